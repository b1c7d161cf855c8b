//! Triage: how many devices need attention, why, and which are most urgent.

use std::collections::BTreeMap;

use endstate_model::{Architecture, AttentionProperties, AttentionProperty, Category, MachineSecurityState};
use serde::{Deserialize, Serialize};

use crate::tally::share;
use crate::{BehindDevice, BuildRevisions, LeftOutCounts, Tally};

/// What needs attention in a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Triage {
    /// All devices.
    pub devices: u64,
    /// Devices with at least one property that requires attention. Properties that only inform
    /// count only if they are [included](crate::TriageBuilder::include_informational).
    pub need_attention: u64,
    /// Devices of which it is not known whether they need attention: their list of properties is
    /// missing or cannot be read, and no property is known to require it. They are not OK.
    pub not_known: u64,
    /// Devices that need attention, and of which further properties are not known.
    pub known_in_part: u64,
    /// Devices that today's Defender has not assessed; they are among those that are not known, or
    /// known in part. 0 for the documented collection, which does not say it.
    pub not_assessed: u64,
    /// Devices of which a property is not known, by property. Only today's sources say it; a
    /// property without a row is known of every device.
    pub not_known_by_property: BTreeMap<AttentionProperty, u64>,
    /// Devices by the text that [`count_by`](crate::TriageBuilder::count_by) names. Those with the
    /// most devices that need attention come first, devices without such a text last. A device with
    /// several tags or users is in several rows.
    pub by_device: Vec<Tally<Option<Box<str>>>>,
    /// Devices of which it is not known whether they have such a text: the source does not say it.
    /// They are in the row without a text.
    #[serde(default)]
    pub by_device_not_known: u64,
    /// Devices that do not count, and why. They are in no other number.
    pub left_out: LeftOutCounts,
    /// Devices with at least one property that only informs.
    pub informational: u64,
    /// Whether properties that only inform count as needing attention.
    pub includes_informational: bool,
    /// Devices by property, in the order of Microsoft's report. Unknown properties come last. A
    /// device counts once for each of its properties, also for those that only inform.
    pub by_property: Vec<Tally<AttentionProperty>>,
    /// Devices by category, in the order of Microsoft's report. A device counts once in each
    /// category of its properties.
    pub by_category: Vec<Tally<Category>>,
    /// Devices by build, oldest first. Devices without a build come last. A build is a release of
    /// Windows: [`WindowsRelease::name_of_build`](endstate_model::WindowsRelease::name_of_build)
    /// returns its name.
    pub by_build: Vec<Tally<Option<u32>>>,
    /// Devices by architecture. Devices without an architecture come last.
    pub by_architecture: Vec<Tally<Option<Architecture>>>,
    /// Devices with two or more properties, by the combination of these properties. Combinations
    /// with the most devices come first. A device is in one row.
    pub by_combination: Vec<Tally<AttentionProperties>>,
    /// Devices with two or more properties in a combination without a row. At most 65,536
    /// combinations have a row.
    pub other_combinations: u64,
    /// The revisions of each build, oldest build first.
    pub revisions: Vec<BuildRevisions>,
    /// The devices that are furthest behind the newest revision of their own build in the fleet,
    /// sorted by distance and then by id.
    pub furthest_behind: Vec<BehindDevice>,
    /// The first devices that need attention, in the [order](crate::TriageBuilder::order) of the
    /// builder: by default the most urgent. Without any, the wire form does not have this member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub most_urgent: Vec<MachineSecurityState>,
}

impl Triage {
    /// Returns the number of devices of which it is known that no property requires attention.
    pub fn ok(&self) -> u64 {
        self.devices - self.need_attention - self.not_known
    }

    /// Returns the share of devices that need attention, from 0 to 1. Returns 0 for an empty fleet.
    pub fn share_needing_attention(&self) -> f64 {
        share(self.need_attention, self.devices)
    }

    /// Returns the number of devices with this property.
    pub fn devices_with(&self, property: &AttentionProperty) -> u64 {
        self.by_property.iter().find(|row| row.key == *property).map_or(0, |row| row.devices)
    }

    /// Returns the number of devices with a property of this category.
    pub fn devices_in(&self, category: Category) -> u64 {
        self.by_category.iter().find(|row| row.key == category).map_or(0, |row| row.devices)
    }

    /// Returns the number of devices of which this property is not known.
    pub fn not_known_of(&self, property: &AttentionProperty) -> u64 {
        self.not_known_by_property.get(property).copied().unwrap_or(0)
    }

    /// Returns the number of devices behind the newest revision of their own build in the fleet.
    pub fn behind(&self) -> u64 {
        self.revisions.iter().map(|revisions| revisions.behind).sum()
    }
}
