//! Follows what requires attention on each device from pull to pull.

use std::collections::BTreeMap;

use endstate_model::{AttentionProperties, AttentionProperty, Category, DeviceId, UtcTime};
use hashbrown::{HashMap, HashSet};

use crate::history::{FlappingProperty, OpenProperty, PropertyHistory, PullCounts};
use crate::interned::{Interned, Numbered};
use crate::known_devices::{KnownDevice, KnownDevices};
use crate::open_properties::OpenProperties;
use crate::place::{NONE, number};
use crate::property_sets::PropertySets;
use crate::pull_counter::PullCounter;
use crate::tally::{all_need_attention, in_order, nones_last};
use crate::time_to_resolve::Spans;
use crate::{GroupNumber, History, HistoryRow, NumberedRow, SetNumber};

/// Takes the states of many pulls of one tenant, one pull after the other, and follows what
/// requires attention on each device.
///
/// - A property is **resolved** when the device is there, and the property is known and not
///   required any more. What is not known, and a device that is not there, resolve nothing.
/// - It is **reopened** when it comes back after that.
/// - A device that the last pull does not have is **gone** with what was open on it.
/// - A day without a pull is a gap, in which nothing is resolved.
///
/// A device takes 56 to 67 bytes, and each property that is open on it 12.
///
/// ```
/// use endstate_analysis::{HistoryBuilder, HistoryRow};
/// use endstate_model::{AttentionProperty, DeviceId, MachineSecurityState, UtcTime};
///
/// let mut state = MachineSecurityState::new(DeviceId::from("0001"));
/// let mut builder = HistoryBuilder::new();
/// for (day, is_off) in [(0, false), (1, true), (2, true), (3, false)] {
///     builder.begin_pull(UtcTime::from_second(day * 86_400))?;
///     state.properties_require_attention = is_off.then_some(AttentionProperty::FirewallOff).into_iter().collect();
///     builder.add(&HistoryRow::from(&state));
/// }
/// let history = builder.finish();
/// let time = history.by_property[0].time_to_resolve.ok_or("nothing was resolved")?;
/// assert_eq!(time.median, Some(2 * 86_400));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct HistoryBuilder {
    pulls: Vec<PullCounts>,
    devices: KnownDevices,
    sets: PropertySets,
    groups: Numbered<Box<str>>,
    unknown_names: Interned<Option<AttentionProperty>>,
    open: OpenProperties,
    /// How often a property came back.
    reopened: HashMap<Place, u32>,
    /// Properties without a number below 64 that were resolved.
    resolved_unknown: HashSet<Place>,
    /// What was resolved, by property and group.
    ended: BTreeMap<(u16, u32), Spans>,
    counts: PullCounter,
}

/// A device and one of its properties, by their numbers.
type Place = (u32, u16);

/// The pull did not start after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotInOrder {
    /// When the pull before started.
    pub before: UtcTime,
}

impl std::fmt::Display for NotInOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the pull did not start after the one of {}", self.before)
    }
}

impl std::error::Error for NotInOrder {}

impl HistoryBuilder {
    /// Starts without pulls.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the next pull, with the moment at which it started.
    ///
    /// # Errors
    ///
    /// If it did not start after the pull before. Then nothing is changed.
    pub fn begin_pull(&mut self, started_at: UtcTime) -> Result<(), NotInOrder> {
        if let Some(before) = self.counts.started_at
            && before >= started_at
        {
            return Err(NotInOrder { before });
        }
        self.end_pull();
        self.counts.started_at = Some(started_at);
        self.devices.begin_pull();
        Ok(())
    }

    /// Adds a device of the pull that was begun last. A device that the pull had already, and one
    /// without a pull, is ignored.
    pub fn add(&mut self, row: &HistoryRow<'_>) {
        let HistoryRow { id, is_known, build, .. } = *row;
        let properties = self.number_of_set(row.properties);
        let not_known = row.not_known.map(|set| self.number_of_set(set));
        let group = row.group.map(|name| self.number_of_group(name));
        self.add_numbered(&NumberedRow { id, properties, not_known, is_known, build, group });
    }

    /// The number of a set of properties in this history.
    pub fn number_of_set(&mut self, set: &AttentionProperties) -> SetNumber {
        SetNumber(self.sets.number(set))
    }

    /// The number of a device group in this history.
    pub fn number_of_group(&mut self, name: &str) -> GroupNumber {
        let found = self.groups.get_index_of(name);
        GroupNumber(number(found.unwrap_or_else(|| self.groups.insert_full(name.into()).0)))
    }

    /// The same as [`add`](Self::add), with the numbers of this history.
    ///
    /// ```
    /// use endstate_analysis::{HistoryBuilder, NumberedRow};
    /// use endstate_model::{AttentionProperties, DeviceId, UtcTime};
    ///
    /// let mut builder = HistoryBuilder::new();
    /// builder.begin_pull(UtcTime::from_second(86_400))?;
    /// let fine = builder.number_of_set(&AttentionProperties::new());
    /// for id in ["0001", "0002"].map(DeviceId::from) {
    ///     let (id, properties) = (&id, fine);
    ///     builder.add_numbered(&NumberedRow {
    ///         id, properties, not_known: Some(fine), is_known: true, build: None, group: None
    ///     });
    /// }
    /// assert_eq!(builder.finish().pulls[0].devices, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_numbered(&mut self, row: &NumberedRow<'_>) {
        if self.counts.started_at.is_none() {
            return;
        }
        let pull = number(self.pulls.len());
        let SetNumber(required) = row.properties;
        let not_known = match row.not_known {
            Some(SetNumber(number)) => number,
            None => self.sets.controls_of_today(),
        };
        let group = row.group.map_or(NONE, |GroupNumber(number)| number);
        let set = self.sets.summary(required);

        let place = self.devices.place(row.id, || KnownDevice::new(group));
        let device = self.devices.devices[place];
        if device.last_pull == pull {
            return;
        }
        self.counts.add(row, set.needs_attention, group);
        let is_same = device.open == required && set.is_whole;
        let open = if is_same { required } else { self.sets.still_open(device.open, required, not_known) };
        if open != device.open {
            self.change(number(place), device, open, pull);
        }
        let not_known = if set.is_whole { not_known } else { NONE };
        let device = &mut self.devices.devices[place];
        *device = KnownDevice { open, not_known, group, last_pull: pull, ..*device };
    }

    /// Opens and resolves what is different.
    fn change(&mut self, place: u32, device: KnownDevice, open: u32, pull: u32) {
        let [before, now] = [self.sets.get(device.open), self.sets.get(open)];
        let (opened, resolved) = (now.difference(before), before.difference(now));

        for property in opened.iter() {
            let number = self.property(property);
            if self.was_resolved(place, number) {
                *self.reopened.entry((place, number)).or_default() += 1;
                self.ended.entry((number, device.group)).or_default().reopened += 1;
            }
            let was_absent = device.last_pull != NONE && device.last_pull + 1 < pull;
            let is_unknown = device.not_known == NONE || self.sets.get(device.not_known).contains(property);
            let was_unknown = device.last_pull != NONE && (was_absent || is_unknown);
            let is_at_least = pull == 0 || was_unknown;
            let list = &mut self.devices.devices[place as usize].opened;
            self.open.insert(list, number, pull, is_at_least);
        }

        let now = self.counts.started_at.map_or(0, UtcTime::as_second);
        for property in resolved.iter() {
            let number = self.property(property);
            let list = &mut self.devices.devices[place as usize].opened;
            let Some(opened) = self.open.remove(list, number) else { continue };
            match 1_u64.checked_shl(u32::from(number)) {
                Some(bit) => self.devices.resolved[place as usize] |= bit,
                None => _ = self.resolved_unknown.insert((place, number)),
            }
            let since = self.pulls[opened.since as usize].started_at.as_second();
            let spans = self.ended.entry((number, device.group)).or_default();
            if opened.is_at_least {
                spans.resolved += 1;
                spans.began_before += 1;
            } else {
                spans.add_resolved(now.abs_diff(since), 1);
            }
        }
    }

    fn was_resolved(&self, place: u32, number: u16) -> bool {
        match self.devices.resolved[place as usize].checked_shr(u32::from(number)) {
            Some(bits) => bits & 1 == 1,
            None => self.resolved_unknown.contains(&(place, number)),
        }
    }

    /// A number for a property: the position of a known one, and others after that.
    fn property(&mut self, property: &AttentionProperty) -> u16 {
        match property.position() {
            Some(position) => small(number(position)),
            None => FIRST_UNKNOWN + small(self.unknown_names.number(&Some(property.clone()))),
        }
    }

    fn end_pull(&mut self) {
        let mut counter = std::mem::take(&mut self.counts);
        let Some(started_at) = counter.started_at else { return };
        let by_build = counter.take_builds();
        let mut by_property: BTreeMap<AttentionProperty, (u64, u64)> = BTreeMap::new();
        let mut by_category = [0; Category::ALL.len()];
        for (set, devices) in self.sets.values().iter().zip(&counter.by_set).filter(|(_, devices)| **devices > 0) {
            let needing = if set.needs_attention() { *devices } else { 0 };
            for property in set.iter() {
                let counts = by_property.entry(property.clone()).or_default();
                *counts = (counts.0 + devices, counts.1 + needing);
            }
            let attention = set.without_informational();
            let categories = attention.iter().fold(0_u16, |bits, property| bits | 1 << property.category() as u16);
            for (category, count) in by_category.iter_mut().enumerate() {
                *count += devices * u64::from(categories >> category & 1);
            }
        }

        let by_group = counter.by_group.into_iter().enumerate();
        let by_group = by_group.map(|(group, counts)| (self.groups.get_index(group).cloned(), counts));
        let by_group = by_group.chain([(None, counter.without_group)]).filter(|(_, (devices, _))| *devices > 0);
        self.pulls.push(PullCounts {
            started_at,
            devices: counter.devices,
            need_attention: counter.need_attention,
            not_known: counter.not_known,
            by_property: in_order(by_property),
            by_category: all_need_attention(Category::ALL.into_iter().zip(by_category)),
            by_build: nones_last(by_build),
            by_group: nones_last(by_group),
        });
    }

    /// Ends the last pull, and returns what happened.
    pub fn finish(mut self) -> History {
        self.end_pull();
        let Some(last) = self.pulls.last().map(|pull| pull.started_at) else { return History::default() };
        let last_pull = number(self.pulls.len() - 1);
        let properties = self.property_names();
        let name = |number: u16| properties[usize::from(number)].clone();
        let id = |place: u32| DeviceId::from(self.devices.ids.as_slice()[place as usize].clone());

        let mut open = Vec::new();
        for (place, device) in self.devices.devices.iter().enumerate() {
            let place = number(place);
            let is_open = device.last_pull == last_pull;
            for entry in self.open.iter(device.opened) {
                let since = self.pulls[entry.since as usize].started_at;
                let spans = self.ended.entry((entry.number, device.group)).or_default();
                if entry.is_at_least {
                    spans.began_before += 1;
                    spans.count_unresolved(is_open);
                } else {
                    let seen = self.pulls[device.last_pull as usize].started_at;
                    spans.add_unresolved(seen.as_second().abs_diff(since.as_second()), is_open);
                }
                if is_open {
                    let reopened = self.reopened.get(&(place, entry.number)).copied().unwrap_or_default();
                    let (property, is_at_least) = (name(entry.number), entry.is_at_least);
                    open.push(OpenProperty { id: id(place), property, since, is_at_least, reopened });
                }
            }
        }
        open.sort_unstable_by(|one, other| one.order().cmp(&other.order()));
        debug_assert!(open.iter().all(|property| property.since <= last));

        let is_open = |device: &KnownDevice, number: u16| {
            device.last_pull == last_pull && self.open.iter(device.opened).any(|entry| entry.number == number)
        };
        let flapping = self.reopened.iter().map(|((place, number), reopened)| FlappingProperty {
            id: id(*place),
            property: name(*number),
            reopened: *reopened,
            is_open: is_open(&self.devices.devices[*place as usize], *number),
        });
        let mut flapping: Vec<_> = flapping.collect();
        flapping.sort_unstable_by(|one, other| one.order().cmp(&other.order()));

        let mut by_property: BTreeMap<AttentionProperty, Spans> = BTreeMap::new();
        let mut by_group: BTreeMap<(AttentionProperty, Box<str>), &Spans> = BTreeMap::new();
        for ((number, group), spans) in &self.ended {
            by_property.entry(name(*number)).or_default().merge(spans);
            if let Some(group) = self.groups.get_index(*group as usize) {
                by_group.insert((name(*number), group.clone()), spans);
            }
        }
        let of_property = by_property.into_iter().map(|(property, spans)| PropertyHistory::new(property, None, &spans));
        let of_group = by_group.into_iter();
        let of_group = of_group.map(|((property, group), spans)| PropertyHistory::new(property, Some(group), spans));
        History { by_property: of_property.collect(), by_group: of_group.collect(), open, flapping, pulls: self.pulls }
    }

    /// The property of each number.
    fn property_names(&self) -> Vec<AttentionProperty> {
        let known = AttentionProperty::KNOWN.iter().cloned();
        let none = std::iter::repeat_n(
            AttentionProperty::from_wire(""),
            usize::from(FIRST_UNKNOWN) - AttentionProperty::KNOWN.len(),
        );
        known.chain(none).chain(self.unknown_names.values().iter().flatten().cloned()).collect()
    }
}

/// The number of the first property that is not a known one.
const FIRST_UNKNOWN: u16 = 64;

/// There are fewer properties than 65,000; those beyond share a number.
fn small(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX).min(u16::MAX - FIRST_UNKNOWN)
}
