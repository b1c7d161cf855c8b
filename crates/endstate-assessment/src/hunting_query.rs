//! The queries for advanced hunting.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use crate::PropertyMapping;

/// A query for Defender's advanced hunting. It is displayed in Kusto Query Language; the texts are
/// in the folder `queries`.
///
/// A part is the devices with `hash(DeviceId, parts) == part`. The parts of one number tile the
/// fleet, and part `p` of `n` is parts `p` and `p + n` of `2n`: `hash` is the remainder of one
/// hash.
///
/// ```
/// use endstate_assessment::HuntingQuery;
///
/// let query = HuntingQuery::DeviceStates { part: 3, parts: 4 };
/// assert!(query.to_string().contains("let Parts = 4;\nlet Part = 3;\n"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HuntingQuery {
    /// Counts the devices of each of this many parts. The answer has a row for each part that has
    /// devices, with the columns `Part` and `Devices`.
    DevicesInParts {
        /// The number of parts.
        parts: u32,
    },
    /// Returns a row for each device of a part: [`HuntingRow`](crate::HuntingRow).
    DeviceStates {
        /// The part, from 0.
        part: u32,
        /// The number of parts.
        parts: u32,
    },
    /// Counts the pairs of an update of Windows and a vulnerability that it fixes, for each of this
    /// many parts. Here a part is the vulnerabilities with `hash(CveId, parts) == part`. The
    /// columns are `Part` and `Vulnerabilities`.
    VulnerabilitiesInParts {
        /// The number of parts.
        parts: u32,
    },
    /// Returns a row for each such pair of a part:
    /// [`UpdateVulnerability`](crate::UpdateVulnerability).
    VulnerabilitiesOfUpdates {
        /// The part, from 0.
        part: u32,
        /// The number of parts.
        parts: u32,
    },
}

/// The configurations that the query names by a prefix.
const BY_PREFIX: RangeInclusive<u32> = 2500..=2519;

impl fmt::Display for HuntingQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::DevicesInParts { parts } => {
                include_str!("../queries/devices-in-parts.kql").replace("{parts}", &parts.to_string())
            }
            Self::DeviceStates { part, parts } => include_str!("../queries/device-states.kql")
                .replace("{parts}", &parts.to_string())
                .replace("{part}", &part.to_string())
                .replace("{configurations}", &configurations()),
            Self::VulnerabilitiesInParts { parts } => {
                include_str!("../queries/vulnerabilities-in-parts.kql").replace("{parts}", &parts.to_string())
            }
            Self::VulnerabilitiesOfUpdates { part, parts } => include_str!("../queries/vulnerabilities-of-updates.kql")
                .replace("{parts}", &parts.to_string())
                .replace("{part}", &part.to_string()),
        };
        f.write_str(&text)
    }
}

/// The configurations of the mapping, as a list of texts.
fn configurations() -> String {
    let all = PropertyMapping::ALL.iter().flat_map(PropertyMapping::configurations);
    let listed: BTreeSet<_> = all.filter(|id| !BY_PREFIX.contains(&id.number())).collect();
    listed.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ")
}
