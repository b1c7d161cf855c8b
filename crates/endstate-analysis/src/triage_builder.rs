//! Counts device states, one at a time, into a triage.

use std::hash::Hash;

use endstate_model::{Architecture, AttentionProperty, Category, MachineSecurityState, ParsedState};
use hashbrown::HashMap;

use crate::combinations::Combinations;
use crate::device_counts::DeviceCounts;
use crate::revisions::RevisionCounter;
use crate::tally::{all_need_attention, in_order, nones_last};
use crate::urgency::{MostUrgent, Order};
use crate::{DeviceKey, LeaveOut, LeftOutCounts, Triage};

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
    /// Devices that need no attention, by a property that only informs; known ones by position.
    only_informed: [u64; AttentionProperty::KNOWN.len()],
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

impl TriageBuilder {
    /// Starts without devices. `limit` is the number of most urgent devices to keep, and also the
    /// number of devices furthest behind to keep.
    pub fn new(limit: usize) -> Self {
        Self {
            devices: 0,
            need_attention: 0,
            known_properties: [0; AttentionProperty::KNOWN.len()],
            unknown_properties: HashMap::new(),
            only_informed: [0; AttentionProperty::KNOWN.len()],
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
        self.by_device.add(state, needs_attention);

        for property in all.iter() {
            match property.position() {
                Some(position) => self.known_properties[position] += 1,
                None => add_one(&mut self.unknown_properties, property),
            }
        }
        if needs_attention == 0 && all.informs() {
            for position in all.iter().filter_map(AttentionProperty::position) {
                self.only_informed[position] += 1;
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
        let counts = counts.chain(self.only_informed.iter_mut().zip(other.only_informed));
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
        let by_build = nones_last(counts);

        let behind = self.by_build.into_values().flat_map(|counter| counter.revisions.into_behind());
        let mut furthest_behind: Vec<_> = behind.collect();
        furthest_behind.sort_unstable_by(|device, other| {
            other.distance().cmp(&device.distance()).then_with(|| device.state.id.cmp(&other.state.id))
        });
        furthest_behind.truncate(self.limit);

        let not_known = AttentionProperty::KNOWN.iter().cloned().zip(self.not_known_properties);
        let needing = self.known_properties.iter().zip(self.only_informed).map(|(all, only)| (*all, all - only));
        let known = AttentionProperty::KNOWN.iter().cloned().zip(needing);
        let unknown = self.unknown_properties.into_iter().map(|(property, devices)| (property, (devices, devices)));
        Triage {
            devices: self.devices,
            need_attention: self.need_attention,
            not_known: self.not_known,
            known_in_part: self.known_in_part,
            not_assessed: self.not_assessed,
            not_known_by_property: not_known.filter(|(_, devices)| *devices > 0).collect(),
            by_device_not_known: self.by_device.not_known(),
            by_device: self.by_device.into_sorted(),
            left_out: self.left_out,
            informational: self.informational,
            includes_informational: self.includes_informational,
            by_property: in_order(known.chain(unknown)),
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

fn add_one<K: Hash + Eq + Clone>(counts: &mut HashMap<K, u64>, key: &K) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.clone(), 1);
        }
    }
}
