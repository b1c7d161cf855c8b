//! Triage: how many devices need attention, why, and which are most urgent.

use std::hash::Hash;

use endstate_model::{
    Architecture, AttentionProperties, AttentionProperty, Category, MachineSecurityState, ParsedState,
};
use hashbrown::HashMap;
use serde::Serialize;

use crate::combinations::Combinations;
use crate::device_counts::DeviceCounts;
use crate::revisions::{BehindDevice, BuildRevisions, RevisionCounter};
use crate::tally::{all_need_attention, nones_last, share};
use crate::urgency::{MostUrgent, Order};
use crate::{DeviceKey, LeaveOut, LeftOutCounts, Tally};

/// Counts states, one at a time. See the crate's example.
///
/// A device is counted each time that it is added. The caller must add each device once; a pull
/// returns each device once.
#[derive(Debug, Clone)]
pub struct TriageBuilder {
    devices: u64,
    need_attention: u64,
    /// Known properties by position. Almost all properties are known ones.
    known_properties: [u64; AttentionProperty::KNOWN.len()],
    unknown_properties: HashMap<AttentionProperty, u64>,
    /// Devices by category, in the order of [`Category::ALL`].
    categories: [u64; Category::ALL.len()],
    by_build: HashMap<Option<u32>, BuildCounter>,
    by_architecture: HashMap<Option<Architecture>, (u64, u64)>,
    combinations: Combinations,
    most_urgent: MostUrgent,
    limit: usize,
    includes_informational: bool,
    informational: u64,
    not_known: u64,
    known_in_part: u64,
    not_assessed: u64,
    /// Devices of which a property is not known, by position.
    not_known_properties: [u64; AttentionProperty::KNOWN.len()],
    by_device: DeviceCounts,
    leave_out: Option<LeaveOut>,
    left_out: LeftOutCounts,
}

/// A category's discriminant is its index in `Category::ALL`, and a bit in 16.
const _: () = {
    let mut place = 0;
    while place < Category::ALL.len() {
        assert!(Category::ALL[place] as usize == place && place < 16);
        place += 1;
    }
};

#[derive(Debug, Clone)]
struct BuildCounter {
    devices: u64,
    need_attention: u64,
    revisions: RevisionCounter,
}

/// What needs attention in a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Triage {
    /// All devices.
    pub devices: u64,
    /// Devices with at least one property that requires attention. Properties that only inform
    /// count only if they are [included](TriageBuilder::include_informational).
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
    pub not_known_by_property: Vec<(AttentionProperty, u64)>,
    /// Devices by the text that [`count_by`](TriageBuilder::count_by) names. Those with the most
    /// devices that need attention come first, devices without such a text last. A device with
    /// several tags or users is in several rows.
    pub by_device: Vec<Tally<Option<Box<str>>>>,
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
    /// The first devices that need attention, in the [order](TriageBuilder::order) of the builder:
    /// by default the most urgent.
    pub most_urgent: Vec<MachineSecurityState>,
}

impl TriageBuilder {
    /// Starts without devices. `limit` is the number of most urgent devices to keep, and also the
    /// number of devices furthest behind to keep.
    pub fn new(limit: usize) -> Self {
        Self {
            devices: 0,
            need_attention: 0,
            known_properties: [0; AttentionProperty::KNOWN.len()],
            unknown_properties: HashMap::new(),
            categories: [0; Category::ALL.len()],
            by_build: HashMap::new(),
            by_architecture: HashMap::new(),
            combinations: Combinations::default(),
            most_urgent: MostUrgent::new(limit),
            limit,
            includes_informational: false,
            informational: 0,
            not_known: 0,
            known_in_part: 0,
            not_assessed: 0,
            not_known_properties: [0; AttentionProperty::KNOWN.len()],
            by_device: DeviceCounts::default(),
            leave_out: None,
            left_out: LeftOutCounts::default(),
        }
    }

    /// Sets which devices do not count. By default, all count.
    #[must_use]
    pub fn leave_out(mut self, rule: LeaveOut) -> Self {
        self.leave_out = Some(rule);
        self
    }

    /// Sets a text of the device to count by.
    #[must_use]
    pub fn count_by(mut self, key: DeviceKey) -> Self {
        self.by_device = DeviceCounts::new(key);
        self
    }

    /// Sets whether properties that only inform
    /// ([`AttentionProperty::is_informational`]) count as needing attention. By default they do
    /// not: they are counted by property, and nowhere else.
    #[must_use]
    pub fn include_informational(mut self, is_included: bool) -> Self {
        self.includes_informational = is_included;
        self
    }

    /// Sets the order of the devices that need attention.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.most_urgent.set_order(order);
        self
    }

    /// Counts one device. Returns whether it counts, or is [left out](Self::leave_out).
    pub fn add(&mut self, state: &MachineSecurityState) -> bool {
        self.add_parsed(&state.into())
    }

    /// Counts one device from a state that borrows from its page. Returns whether it counts, or is
    /// [left out](Self::leave_out).
    pub fn add_parsed(&mut self, state: &ParsedState<'_>) -> bool {
        if let (Some(rule), Some(device)) = (&self.leave_out, &state.device)
            && let Some(reason) = rule.reason(device)
        {
            self.left_out.add(reason);
            return false;
        }
        let all = &state.properties_require_attention;
        let without_informational;
        let attention = if self.includes_informational || !all.informs() {
            all
        } else {
            without_informational = all.without_informational();
            &without_informational
        };
        let needs_attention = u64::from(!attention.is_empty());
        self.devices += 1;
        self.need_attention += needs_attention;
        self.informational += u64::from(all.informs());
        if !state.is_known() {
            self.not_known += 1 - needs_attention;
            self.known_in_part += needs_attention;
        }
        if let Some(assessment) = &state.assessment {
            self.not_assessed += u64::from(!assessment.is_assessed);
            for position in assessment.not_known.iter().filter_map(AttentionProperty::position) {
                self.not_known_properties[position] += 1;
            }
        }
        self.by_device.add(state.device.as_deref(), needs_attention);

        for property in all.iter() {
            match property.position() {
                Some(position) => self.known_properties[position] += 1,
                None => add_one(&mut self.unknown_properties, property),
            }
        }
        // One bit for each category of the properties.
        let counted = attention.iter().fold(0_u16, |bits, property| bits | 1 << property.category() as u16);
        for (category, devices) in self.categories.iter_mut().enumerate() {
            *devices += u64::from(counted >> category & 1);
        }

        let build = self.by_build.entry(state.build).or_insert_with(BuildCounter::new);
        build.devices += 1;
        build.need_attention += needs_attention;
        if let (Some(_), Some(revision)) = (state.build, state.revision) {
            build.revisions.add(revision, state, self.limit);
        }

        self.combinations.add(attention);
        // No `entry`, because it would copy every key, not only a new one.
        match self.by_architecture.get_mut(&state.architecture) {
            Some(architecture) => {
                architecture.0 += 1;
                architecture.1 += needs_attention;
            }
            None => {
                self.by_architecture.insert(state.architecture.clone(), (1, needs_attention));
            }
        }

        self.most_urgent.offer(state, attention);
        true
    }

    /// Adds the devices of another fleet, such as another tenant's. A device of both counts twice.
    /// Limit and order are those of this builder.
    ///
    /// ```
    /// use endstate_analysis::TriageBuilder;
    /// use endstate_model::{DeviceId, MachineSecurityState};
    ///
    /// let mut builder = TriageBuilder::new(5);
    /// builder.add(&MachineSecurityState::new(DeviceId::from("0001")));
    /// let mut other = TriageBuilder::new(5);
    /// other.add(&MachineSecurityState::new(DeviceId::from("0001")));
    /// builder.merge(other);
    /// assert_eq!(builder.finish().devices, 2);
    /// ```
    pub fn merge(&mut self, other: Self) {
        self.devices += other.devices;
        self.need_attention += other.need_attention;
        self.informational += other.informational;
        self.not_known += other.not_known;
        self.known_in_part += other.known_in_part;
        self.not_assessed += other.not_assessed;
        self.left_out.merge(other.left_out);
        self.by_device.merge(other.by_device);
        let counts = self.known_properties.iter_mut().zip(other.known_properties);
        let counts = counts.chain(self.not_known_properties.iter_mut().zip(other.not_known_properties));
        counts.chain(self.categories.iter_mut().zip(other.categories)).for_each(|(count, more)| *count += more);

        for (property, devices) in other.unknown_properties {
            *self.unknown_properties.entry(property).or_default() += devices;
        }
        for (architecture, (devices, need_attention)) in other.by_architecture {
            let counts = self.by_architecture.entry(architecture).or_default();
            counts.0 += devices;
            counts.1 += need_attention;
        }
        for (number, counter) in other.by_build {
            let build = self.by_build.entry(number).or_insert_with(BuildCounter::new);
            build.devices += counter.devices;
            build.need_attention += counter.need_attention;
            build.revisions.merge(counter.revisions, self.limit);
        }
        self.combinations.merge(other.combinations);
        self.most_urgent.merge(other.most_urgent);
    }

    /// Sorts the counts and returns them.
    pub fn finish(self) -> Triage {
        let (by_combination, other_combinations) = self.combinations.into_sorted();
        let mut revisions: Vec<_> =
            self.by_build.iter().filter_map(|(build, counter)| counter.revisions.revisions((*build)?)).collect();
        revisions.sort_unstable_by_key(|revisions| revisions.build);

        let counts = self.by_build.iter().map(|(build, counter)| (*build, (counter.devices, counter.need_attention)));
        let by_build = nones_last(counts.collect());

        let behind = self.by_build.into_values().flat_map(|counter| counter.revisions.into_behind());
        let mut furthest_behind: Vec<_> = behind.collect();
        furthest_behind.sort_unstable_by(|device, other| {
            other.distance().cmp(&device.distance()).then_with(|| device.state.id.cmp(&other.state.id))
        });
        furthest_behind.truncate(self.limit);

        let not_known = AttentionProperty::KNOWN.iter().cloned().zip(self.not_known_properties);
        let known = AttentionProperty::KNOWN.iter().cloned().zip(self.known_properties);
        Triage {
            devices: self.devices,
            need_attention: self.need_attention,
            not_known: self.not_known,
            known_in_part: self.known_in_part,
            not_assessed: self.not_assessed,
            not_known_by_property: not_known.filter(|(_, devices)| *devices > 0).collect(),
            by_device: self.by_device.into_sorted(),
            left_out: self.left_out,
            informational: self.informational,
            includes_informational: self.includes_informational,
            by_property: all_need_attention(known.chain(self.unknown_properties)),
            by_category: all_need_attention(Category::ALL.into_iter().zip(self.categories)),
            by_build,
            by_architecture: nones_last(self.by_architecture),
            by_combination,
            other_combinations,
            revisions,
            furthest_behind,
            most_urgent: self.most_urgent.into_sorted(),
        }
    }
}

impl BuildCounter {
    fn new() -> Self {
        Self { devices: 0, need_attention: 0, revisions: RevisionCounter::new() }
    }
}

impl Extend<MachineSecurityState> for TriageBuilder {
    fn extend<T: IntoIterator<Item = MachineSecurityState>>(&mut self, states: T) {
        for state in states {
            self.add(&state);
        }
    }
}

impl<'s> Extend<&'s MachineSecurityState> for TriageBuilder {
    fn extend<T: IntoIterator<Item = &'s MachineSecurityState>>(&mut self, states: T) {
        states.into_iter().for_each(|state| _ = self.add(state));
    }
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
        self.not_known_by_property.iter().find(|(other, _)| other == property).map_or(0, |(_, devices)| *devices)
    }

    /// Returns the number of devices behind the newest revision of their own build in the fleet.
    pub fn behind(&self) -> u64 {
        self.revisions.iter().map(|revisions| revisions.behind).sum()
    }
}

fn add_one<K: Hash + Eq + Clone>(counts: &mut HashMap<K, u64>, key: &K) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.clone(), 1);
        }
    }
}
