//! The answer to a hunting query.

use std::collections::HashSet;
use std::fmt;

use endstate_model::DeviceId;
use endstate_odata::RawItem;
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::value::RawValue;

use crate::configuration_row::id_text;

/// The answer of `runHuntingQuery` (Microsoft Graph, `security: runHuntingQuery`): its rows,
/// borrowed from the body. The answer has no next link, and no count: a service that cuts rows off
/// does not say so.
///
/// ```
/// use endstate_assessment::HuntingResults;
///
/// let body = br#"{"schema":[{"name":"Part","type":"Int64"}],"results":[{"Part":1,"Devices":30}]}"#;
/// let results = HuntingResults::parse(body)?;
/// assert_eq!(results.devices_in_parts(), Some(vec![(1, 30)]));
/// # Ok::<(), endstate_assessment::NotAnAnswer>(())
/// ```
pub struct HuntingResults<'a> {
    rows: Vec<&'a RawValue>,
}

/// The body is not the answer to a hunting query.
#[derive(Debug, thiserror::Error)]
#[error("not an answer of advanced hunting, which is an object with the array 'results'")]
#[non_exhaustive]
pub struct NotAnAnswer {
    #[source]
    source: serde_json::Error,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, alias = "Results")]
    results: Vec<&'a RawValue>,
    /// A link to more rows. No document has one, and an answer that continues is not a whole one.
    #[serde(rename = "@odata.nextLink", alias = "results@odata.nextLink", default)]
    next: Option<IgnoredAny>,
}

impl<'a> HuntingResults<'a> {
    /// Parses a body.
    ///
    /// # Errors
    /// [`NotAnAnswer`] if it has no array `results`, is cut off, or continues on another page.
    pub fn parse(body: &'a [u8]) -> Result<Self, NotAnAnswer> {
        let Envelope { results, next } = serde_json::from_slice(body).map_err(|source| NotAnAnswer { source })?;
        if next.is_some() {
            let source = serde_json::Error::custom("it continues on another page");
            return Err(NotAnAnswer { source });
        }
        Ok(Self { rows: results })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, in the order of the service.
    pub fn rows(&self) -> impl Iterator<Item = RawItem<'a>> + '_ {
        self.rows.iter().filter_map(|row| RawItem::parse(row.get()).ok())
    }

    /// The number of different devices in the column `DeviceId`, whatever the letter case of its
    /// name. Rows without a device do not count.
    pub fn devices(&self) -> usize {
        let id = |row| id_text(column(row, "DeviceId")?).map(|id| DeviceId::for_join(&id));
        self.rows().filter_map(id).collect::<HashSet<_>>().len()
    }

    /// The answer to [`HuntingQuery::DevicesInParts`](crate::HuntingQuery::DevicesInParts): each
    /// part with its number of devices. `None` if a row is not of this form.
    pub fn devices_in_parts(&self) -> Option<Vec<(u32, u64)>> {
        self.in_parts("devices")
    }

    /// The answer to
    /// [`HuntingQuery::VulnerabilitiesInParts`](crate::HuntingQuery::VulnerabilitiesInParts): each
    /// part with its number of rows. `None` if a row is not of this form.
    pub fn vulnerabilities_in_parts(&self) -> Option<Vec<(u32, u64)>> {
        self.in_parts("vulnerabilities")
    }

    fn in_parts(&self, column: &str) -> Option<Vec<(u32, u64)>> {
        self.rows().map(|row| Some((count(row, "part")?.try_into().ok()?, count(row, column)?))).collect()
    }
}

/// A number, which may also be written as a text.
fn count(row: RawItem<'_>, name: &str) -> Option<u64> {
    let value = column(row, name)?;
    value.as_whole_number().or_else(|| value.as_plain_text()?.parse().ok())
}

/// The value of a column. Names are compared without regard to case.
fn column<'a>(row: RawItem<'a>, name: &str) -> Option<RawItem<'a>> {
    row.members().find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl fmt::Debug for HuntingResults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HuntingResults").field("rows", &self.rows.len()).finish()
    }
}
