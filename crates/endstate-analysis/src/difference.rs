//! Finds what changed between pulls.

use std::collections::BTreeMap;

use endstate_model::{AttentionProperties, AttentionProperty, DeviceId, MachineSecurityState, ParsedState};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::earlier_states::EarlierState;
use crate::{EarlierStates, Version};

/// Compares states, one at a time, with those of earlier pulls.
///
/// ```
/// use endstate_analysis::{DifferenceBuilder, EarlierStates};
/// use endstate_model::{AttentionProperty, DeviceId, MachineSecurityState};
///
/// let mut state = MachineSecurityState::new(DeviceId::from("0001"));
/// let mut earlier = EarlierStates::new();
/// earlier.add_pull([&state]);
///
/// state.properties_require_attention.insert(AttentionProperty::FirewallOff);
/// let mut builder = DifferenceBuilder::new(earlier);
/// let change = builder.compare(&state).ok_or("compared before")?;
/// assert!(change.new.contains(&AttentionProperty::FirewallOff) && change.resolved.is_empty());
/// assert_eq!(builder.finish().newly_need_attention, 1);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug)]
pub struct DifferenceBuilder {
    earlier: EarlierStates,
    devices: u64,
    counts: Difference,
    by_property: BTreeMap<AttentionProperty, PropertyChange>,
    moves: HashMap<(Option<u32>, Option<u32>), u64>,
}

/// What changed on one device. Many devices change in the same way, so it does not name the device.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeviceChange {
    /// Whether earlier pulls had the device.
    pub appearance: Appearance,
    /// Properties that require attention now and did not before. Of a device that was [not seen
    /// before](Appearance::NotSeenBefore), or whose earlier properties are not known, this is not
    /// known, and the set is empty.
    pub new: AttentionProperties,
    /// Properties that required attention before and no longer do. If the present properties are
    /// not known, this is not known, and the set is empty.
    pub resolved: AttentionProperties,
    /// Properties that required attention before and still do.
    pub persisting: AttentionProperties,
    /// The version before, equal to `version` if it did not change. Both parts are `None` for a new
    /// device.
    pub version_before: Version,
    /// The version now.
    pub version: Version,
    /// The number of the earlier pull, counted from 0 for the oldest, since which the device needs
    /// attention. No pull after that one had the device without a property that requires attention.
    /// `None` if the device does not need attention, or only since the present pull.
    pub since: Option<u32>,
    /// Whether it needs attention now, and did before; `None` if it did in neither pull, or if one
    /// of them does not know it.
    pub attention: Option<AttentionChange>,
}

/// How the need of attention of a device changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttentionChange {
    /// It needs attention, and did not before.
    New,
    /// It needed attention before, and is OK now.
    Resolved,
    /// It needs attention as before, perhaps for other properties.
    Unchanged,
}

/// Whether earlier pulls had a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Appearance {
    /// An earlier pull had it.
    Known,
    /// No earlier pull had it, and the last one had every device. All its properties are new.
    New,
    /// No earlier pull had it, but the last one may not have had every device. Which of its
    /// properties are new is not known.
    NotSeenBefore,
}

/// What changed in a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Difference {
    /// Devices in the last earlier pull.
    pub devices_before: u64,
    /// Devices in the present pull.
    pub devices: u64,
    /// Devices that are [new](Appearance::New).
    pub new_devices: u64,
    /// Devices that were [not seen before](Appearance::NotSeenBefore).
    pub not_seen_before: u64,
    /// Devices that were not seen before and need attention: whether that is new is not known.
    pub need_attention_not_seen_before: u64,
    /// Devices of the last earlier pull that the present pull does not have, by id. They were
    /// removed only if both pulls are complete, and only the caller knows that.
    pub not_seen: Vec<DeviceId>,
    /// Devices that need attention and did not before, including new devices. Devices that were not
    /// seen before do not count, and neither do those of which all that needs attention was not
    /// known before.
    pub newly_need_attention: u64,
    /// Devices that needed attention before and no longer do. A device does not count if something
    /// that needed attention is not known now.
    pub resolved: u64,
    /// Devices that needed attention before and still do, even if for other properties.
    pub still_need_attention: u64,
    /// Devices of which either pull does not have all properties, so other changes than those
    /// counted are not known. A control of today counts here only if the device needs attention for
    /// it in one pull, and it is not known in the other.
    pub not_known: u64,
    /// Devices with at least one new property that needs attention.
    pub with_new_properties: u64,
    /// Devices of the present pull by property, in the order of Microsoft's report. Unknown
    /// properties come last.
    pub by_property: Vec<PropertyChange>,
    /// Devices that moved to another build. Moves with the most devices come first.
    pub build_moves: Vec<BuildMove>,
    /// Devices on the same build as before with a higher revision.
    pub updated: u64,
    /// Devices on the same build as before with a lower revision.
    pub downgraded: u64,
}

/// How often a property appeared, was resolved or persisted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PropertyChange {
    /// The property.
    pub property: AttentionProperty,
    /// Devices on which the property is new.
    pub new: u64,
    /// Devices on which the property is resolved.
    pub resolved: u64,
    /// Devices on which the property persists.
    pub persisting: u64,
}

/// A move from one build to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BuildMove {
    /// The build before, or `None` if it was unknown.
    pub from: Option<u32>,
    /// The build now, or `None` if it is unknown.
    pub to: Option<u32>,
    /// Devices that made this move.
    pub devices: u64,
}

impl DifferenceBuilder {
    /// Starts a comparison with earlier states.
    pub fn new(earlier: EarlierStates) -> Self {
        let counts = Difference { devices_before: earlier.devices_of_last_pull(), ..Difference::default() };
        Self { earlier, devices: 0, counts, by_property: BTreeMap::new(), moves: HashMap::new() }
    }

    /// Compares a state of the present pull. Returns `None` if a state of this device was already
    /// compared.
    pub fn compare(&mut self, state: &MachineSecurityState) -> Option<DeviceChange> {
        self.compare_parsed(&state.into())
    }

    /// Compares a state that borrows from its page, as [`compare`](Self::compare) does.
    pub fn compare_parsed(&mut self, state: &ParsedState<'_>) -> Option<DeviceChange> {
        let before = self.earlier.mark_compared(&state.id)?;
        let before = Some(before).filter(|before| before.was_seen());

        let now = &state.properties_require_attention;
        let nothing = AttentionProperties::new();
        let then = before.map_or(&nothing, |before| self.earlier.properties(before));
        let [not_known_then, not_known_now] = self.not_known(before, state);
        let version = Version { build: state.build, revision: state.revision };

        let appearance = before.map_or_else(|| self.appearance_of_unseen(), |_| Appearance::Known);

        let mut change = DeviceChange {
            appearance,
            new: if appearance != Appearance::NotSeenBefore && then.is_known() {
                now.difference(then).difference(&not_known_then)
            } else {
                nothing.clone()
            },
            resolved: if now.is_known() { then.difference(now).difference(&not_known_now) } else { nothing.clone() },
            persisting: now.intersection(then),
            version_before: before.map_or_else(Version::default, |before| self.earlier.version(before)),
            version,
            since: before.and_then(EarlierState::since).filter(|_| self.earlier.needs_attention(now)),
            attention: None,
        };

        let was_known = before.is_none_or(|before| before.is_known);
        let needs = |properties: &AttentionProperties| self.earlier.needs_attention(properties);
        let [was_needed, is_needed] = [needs(then), needs(now)];
        // Whether all that changes the need of attention is not known in the other pull.
        let is_lost = !is_needed && needs(&then.intersection(&not_known_now));
        let is_found = !was_needed && is_needed && appearance == Appearance::Known && !needs(&change.new);

        let before = Attention { is_needed: was_needed, is_known: was_known && !is_found };
        let after = Attention { is_needed, is_known: state.is_known() && !is_lost };
        change.attention = if before.is_needed && after.is_needed {
            Some(AttentionChange::Unchanged)
        } else if before.is_needed && after.is_ok() {
            Some(AttentionChange::Resolved)
        } else if after.is_needed && before.is_ok() && appearance != Appearance::NotSeenBefore {
            Some(AttentionChange::New)
        } else {
            None
        };
        self.count(&change, before, after);
        Some(change)
    }

    /// The properties that are not known of a device, then and now. The documented collection says
    /// nothing of today's controls, which matters if only one of the states is from it.
    fn not_known(&self, before: Option<EarlierState>, state: &ParsedState<'_>) -> [AttentionProperties; 2] {
        let Some(before) = before else { return [AttentionProperties::new(), AttentionProperties::new()] };
        let then = self.earlier.not_known(before).clone();
        match (EarlierStates::has_assessment(before), &state.assessment) {
            (true, Some(assessment)) => [then, assessment.not_known.clone()],
            (true, None) => [then, AttentionProperties::current()],
            (false, Some(assessment)) => [AttentionProperties::current(), assessment.not_known.clone()],
            (false, None) => [then, AttentionProperties::new()],
        }
    }

    fn count(&mut self, change: &DeviceChange, before: Attention, after: Attention) {
        self.devices += 1;
        let counts = &mut self.counts;
        let was_seen = change.appearance != Appearance::NotSeenBefore;
        counts.new_devices += u64::from(change.appearance == Appearance::New);
        counts.not_seen_before += u64::from(!was_seen);
        counts.need_attention_not_seen_before += u64::from(!was_seen && after.is_needed);
        counts.with_new_properties += u64::from(self.earlier.needs_attention(&change.new));
        counts.newly_need_attention += u64::from(change.attention == Some(AttentionChange::New));
        counts.resolved += u64::from(change.attention == Some(AttentionChange::Resolved));
        counts.still_need_attention += u64::from(change.attention == Some(AttentionChange::Unchanged));
        counts.not_known += u64::from(!before.is_known || !after.is_known);

        let mut add = |properties: &AttentionProperties, to: fn(&mut PropertyChange) -> &mut u64| {
            for property in properties.iter() {
                let new_row = || PropertyChange { property: property.clone(), new: 0, resolved: 0, persisting: 0 };
                *to(self.by_property.entry(property.clone()).or_insert_with(new_row)) += 1;
            }
        };
        add(&change.new, |row| &mut row.new);
        add(&change.resolved, |row| &mut row.resolved);
        add(&change.persisting, |row| &mut row.persisting);

        let before = change.version_before;
        let now = change.version;
        if change.appearance != Appearance::Known {
            return;
        }
        if before.build != now.build {
            *self.moves.entry((before.build, now.build)).or_default() += 1;
        } else if let (Some(before), Some(now)) = (before.revision, now.revision) {
            counts.updated += u64::from(now > before);
            counts.downgraded += u64::from(now < before);
        }
    }

    /// Notes that the present pull has a device whose state is not compared: it cannot be read, or
    /// does not match a condition. The device is not missing then.
    pub fn note_seen(&mut self, device: &DeviceId) {
        if let Some(known) = self.earlier.get_mut(device) {
            known.is_compared = true;
        }
    }

    /// Returns the number of the earlier pull, counted from 0 for the oldest, since which a device
    /// needed attention when a pull last had it. Returns `None` if it did not need attention then.
    pub fn since(&self, device: &DeviceId) -> Option<u32> {
        self.earlier.get(device).and_then(|before| before.since())
    }

    /// Returns whether earlier pulls had a device that was compared; `None` if it was not compared.
    pub fn appearance(&self, device: &DeviceId) -> Option<Appearance> {
        let state = self.earlier.get(device).filter(|state| state.is_compared)?;
        Some(if state.was_seen() { Appearance::Known } else { self.appearance_of_unseen() })
    }

    fn appearance_of_unseen(&self) -> Appearance {
        if self.earlier.is_last_partial { Appearance::NotSeenBefore } else { Appearance::New }
    }

    /// Returns what changed in the fleet.
    pub fn finish(self) -> Difference {
        let last = self.earlier.pulls().saturating_sub(1);
        let unseen =
            self.earlier.iter().filter(|(_, state)| !state.is_compared && state.is_in_scope && state.last_pull == last);
        let mut not_seen: Vec<_> = unseen.map(|(id, _)| id).collect();
        not_seen.sort_unstable();

        let moves = self.moves.into_iter().map(|((from, to), devices)| BuildMove { from, to, devices });
        let mut build_moves: Vec<_> = moves.collect();
        build_moves.sort_unstable_by_key(BuildMove::order);
        let by_property = self.by_property.into_values().collect();
        Difference { devices: self.devices, not_seen, by_property, build_moves, ..self.counts }
    }
}

/// What is known of a device's need of attention in one pull.
#[derive(Debug, Clone, Copy)]
struct Attention {
    is_needed: bool,
    /// Whether all properties are known.
    is_known: bool,
}

impl Attention {
    fn is_ok(self) -> bool {
        !self.is_needed && self.is_known
    }
}

impl Difference {
    /// Adds what changed in another fleet, such as another tenant's. A device of both counts twice.
    pub fn merge(&mut self, other: Self) {
        self.devices_before += other.devices_before;
        self.devices += other.devices;
        self.new_devices += other.new_devices;
        self.not_seen_before += other.not_seen_before;
        self.need_attention_not_seen_before += other.need_attention_not_seen_before;
        self.newly_need_attention += other.newly_need_attention;
        self.resolved += other.resolved;
        self.still_need_attention += other.still_need_attention;
        self.not_known += other.not_known;
        self.with_new_properties += other.with_new_properties;
        self.updated += other.updated;
        self.downgraded += other.downgraded;
        self.not_seen.extend(other.not_seen);
        self.not_seen.sort_unstable();

        // By key, because a server may send a million of either.
        let own_properties = std::mem::take(&mut self.by_property).into_iter();
        let mut by_property: BTreeMap<_, _> = own_properties.map(|row| (row.property.clone(), row)).collect();
        for row in other.by_property {
            match by_property.get_mut(&row.property) {
                Some(own) => {
                    own.new += row.new;
                    own.resolved += row.resolved;
                    own.persisting += row.persisting;
                }
                None => {
                    by_property.insert(row.property.clone(), row);
                }
            }
        }
        self.by_property = by_property.into_values().collect();

        let mut moves: BTreeMap<_, u64> = BTreeMap::new();
        for BuildMove { from, to, devices } in
            std::mem::take(&mut self.build_moves).into_iter().chain(other.build_moves)
        {
            *moves.entry((from, to)).or_default() += devices;
        }
        self.build_moves = moves.into_iter().map(|((from, to), devices)| BuildMove { from, to, devices }).collect();
        self.build_moves.sort_unstable_by_key(BuildMove::order);
    }
}

impl BuildMove {
    /// Moves with the most devices come first.
    fn order(&self) -> (std::cmp::Reverse<u64>, Option<u32>, Option<u32>) {
        (std::cmp::Reverse(self.devices), self.from, self.to)
    }
}

impl DeviceChange {
    /// Returns whether the device is new, or its properties or version changed.
    pub fn is_different(&self) -> bool {
        self.appearance != Appearance::Known
            || !self.new.is_empty()
            || !self.resolved.is_empty()
            || self.version_before != self.version
    }
}
