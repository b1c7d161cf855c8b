//! What happened in a fleet from pull to pull: counts, what is open since when, and what came back.

use std::cmp::Reverse;

use endstate_model::{AttentionProperty, Category, DeviceId, UtcTime};
use serde::{Deserialize, Serialize};

use crate::Tally;
use crate::time_to_resolve::{Spans, TimeToResolve};

/// What happened from pull to pull. [`HistoryBuilder`](crate::HistoryBuilder) makes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct History {
    /// The pulls, oldest first.
    pub pulls: Vec<PullCounts>,
    /// The properties that require attention in the last pull, those that are open for the longest
    /// time first. A device that the last pull does not have is not among them.
    pub open: Vec<OpenProperty>,
    /// How long each property takes to be resolved, in the order of the vendor's report.
    pub by_property: Vec<PropertyHistory>,
    /// The same for each property of each device group, if the rows name a group.
    pub by_group: Vec<PropertyHistory>,
    /// Properties that came back after they were resolved, those that came back most often first.
    pub flapping: Vec<FlappingProperty>,
}

/// The counts of one pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PullCounts {
    /// When the pull started.
    pub started_at: UtcTime,
    /// All its devices.
    pub devices: u64,
    /// Devices that need attention.
    pub need_attention: u64,
    /// Devices of which it is not known whether they need attention.
    pub not_known: u64,
    /// Devices by property, in the order of the vendor's report.
    pub by_property: Vec<Tally<AttentionProperty>>,
    /// Devices by category. A device counts once in each.
    pub by_category: Vec<Tally<Category>>,
    /// Devices by build, oldest first; those without a build last.
    pub by_build: Vec<Tally<Option<u32>>>,
    /// Devices by group, by name; those without a group last.
    pub by_group: Vec<Tally<Option<Box<str>>>>,
}

/// A property that requires attention on a device now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OpenProperty {
    /// The device.
    pub id: DeviceId,
    /// The property.
    pub property: AttentionProperty,
    /// The first pull in which it required attention, without one in between in which it did not.
    pub since: UtcTime,
    /// Whether it may have required attention before: the first pull has it already, or the pull
    /// before did not know it, or did not have the device.
    pub is_at_least: bool,
    /// How often it came back after it was resolved.
    pub reopened: u32,
}

/// How often a property appeared and was resolved, and how long that took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PropertyHistory {
    /// The property.
    pub property: AttentionProperty,
    /// The device group; absent in the history of all devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Box<str>>,
    /// How often it was resolved: the device is there without it.
    pub resolved: u64,
    /// Devices on which it is open in the last pull.
    pub open: u64,
    /// Devices that had it when a pull last had them. They are not resolved.
    pub gone: u64,
    /// How often it came back after it was resolved.
    pub reopened: u64,
    /// Of those that were resolved, are open or gone: how many began at an unknown time before a
    /// pull. They do not count in the time to resolve.
    pub began_before: u64,
    /// How long it takes to be resolved; `None` if no span has a known beginning.
    pub time_to_resolve: Option<TimeToResolve>,
}

/// A property that came back on a device after it was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FlappingProperty {
    /// The device.
    pub id: DeviceId,
    /// The property.
    pub property: AttentionProperty,
    /// How often it came back.
    pub reopened: u32,
    /// Whether it requires attention in the last pull.
    pub is_open: bool,
}

impl OpenProperty {
    pub(crate) fn order(&self) -> impl Ord + use<'_> {
        (self.since, !self.is_at_least, &self.id, &self.property)
    }
}

impl FlappingProperty {
    pub(crate) fn order(&self) -> impl Ord + use<'_> {
        (Reverse(self.reopened), &self.id, &self.property)
    }
}

impl PropertyHistory {
    /// The time to resolve, if anything is known of it: what began in the last pull says nothing
    /// yet.
    pub fn known_time(&self) -> Option<TimeToResolve> {
        self.time_to_resolve.filter(|time| time.mean > 0.0 || !time.is_mean_at_least)
    }

    pub(crate) fn new(property: AttentionProperty, group: Option<Box<str>>, spans: &Spans) -> Self {
        Self {
            property,
            group,
            resolved: spans.resolved,
            open: spans.open,
            gone: spans.gone,
            reopened: spans.reopened,
            began_before: spans.began_before,
            time_to_resolve: spans.time_to_resolve(),
        }
    }
}
