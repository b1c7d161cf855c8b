//! Devices that do not count: not seen for long, duplicates, excluded, or not onboarded.

use endstate_model::{Device, UtcTime};
use serde::{Deserialize, Serialize};

/// Why a device does not count in the shares of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOut {
    /// It is a duplicate of another device, which Defender has merged.
    Duplicate,
    /// An administrator has excluded it.
    Excluded,
    /// It is known to Defender, and not onboarded.
    NotOnboarded,
    /// It was not seen for long.
    Stale,
}

/// Which devices do not count. A device of which nothing is known counts: its state was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaveOut {
    /// A device that was last seen before this moment is stale.
    pub not_seen_since: UtcTime,
}

/// How many devices were left out, and why. A device has one reason, the first that applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LeftOutCounts {
    /// Duplicates that Defender has merged.
    pub duplicates: u64,
    /// Devices that an administrator has excluded.
    pub excluded: u64,
    /// Devices that are not onboarded.
    pub not_onboarded: u64,
    /// Devices that were not seen for long.
    pub stale: u64,
}

impl LeaveOut {
    /// Leaves out stale devices, duplicates, excluded devices and those that are not onboarded.
    pub fn not_seen_since(moment: UtcTime) -> Self {
        Self { not_seen_since: moment }
    }

    /// Why the device does not count; `None` if it counts.
    ///
    /// ```
    /// use endstate_analysis::{LeaveOut, LeftOut};
    /// use endstate_model::{Device, UtcTime};
    ///
    /// let rule = LeaveOut::not_seen_since(UtcTime::from_second(1_000));
    /// let mut device = Device::default();
    /// assert_eq!(rule.reason(&device), None);
    /// device.last_seen = Some(UtcTime::from_second(999));
    /// assert_eq!(rule.reason(&device), Some(LeftOut::Stale));
    /// ```
    pub fn reason(&self, device: &Device) -> Option<LeftOut> {
        if device.merged_into.is_some() {
            Some(LeftOut::Duplicate)
        } else if device.excluded == Some(true) {
            Some(LeftOut::Excluded)
        } else if device.is_onboarded() == Some(false) {
            Some(LeftOut::NotOnboarded)
        } else {
            device.last_seen.filter(|seen| *seen < self.not_seen_since).map(|_| LeftOut::Stale)
        }
    }
}

impl LeftOutCounts {
    /// All devices that were left out.
    pub fn total(&self) -> u64 {
        self.duplicates + self.excluded + self.not_onboarded + self.stale
    }

    pub(crate) fn add(&mut self, reason: LeftOut) {
        *match reason {
            LeftOut::Duplicate => &mut self.duplicates,
            LeftOut::Excluded => &mut self.excluded,
            LeftOut::NotOnboarded => &mut self.not_onboarded,
            LeftOut::Stale => &mut self.stale,
        } += 1;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.duplicates += other.duplicates;
        self.excluded += other.excluded;
        self.not_onboarded += other.not_onboarded;
        self.stale += other.stale;
    }
}
