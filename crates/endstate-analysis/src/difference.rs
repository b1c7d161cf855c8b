//! What changed between two pulls.

use std::collections::BTreeMap;

use endstate_model::{AttentionProperties, AttentionProperty, DeviceId, MachineSecurityState};
use hashbrown::HashMap;

use crate::earlier_states::EarlierState;
use crate::{EarlierStates, Version};

/// Compares states one by one with those of earlier pulls.
///
/// ```
/// use endstate_analysis::{DifferenceBuilder, EarlierStates};
/// use endstate_model::{AttentionProperty, DeviceId, MachineSecurityState};
///
/// let mut state = MachineSecurityState::new(DeviceId::from("0001"));
/// let mut earlier = EarlierStates::new();
/// earlier.begin_pull();
/// earlier.add(&state);
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

/// What changed on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceChange {
    /// The device.
    pub id: DeviceId,
    /// Whether it was in none of the earlier pulls; all its properties are new then.
    pub is_new: bool,
    /// Properties that did not require attention before.
    pub new: AttentionProperties,
    /// Properties that required attention before.
    pub resolved: AttentionProperties,
    /// Properties that require attention as before.
    pub persisting: AttentionProperties,
    /// The version before; the same as now where it did not move, and nothing for a new device.
    pub version_before: Version,
    /// The version now.
    pub version: Version,
    /// The earlier pull, counted from 0 for the oldest, since which the device needs attention without having been seen well
    /// in between; `None` where it needs none, or only since now.
    pub since: Option<u32>,
}

/// What changed in a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Devices of the last earlier pull.
    pub devices_before: u64,
    /// Devices now.
    pub devices: u64,
    /// Devices that were in no earlier pull.
    pub new_devices: u64,
    /// Devices of the last earlier pull that were not seen now, by id. They are gone only if both pulls were complete, which
    /// is for the caller to know.
    pub not_seen: Vec<DeviceId>,
    /// Devices that need attention and did not before, new devices included.
    pub newly_need_attention: u64,
    /// Devices that needed attention before and need none now.
    pub resolved: u64,
    /// Devices that needed attention before and still do, if for something else.
    pub still_need_attention: u64,
    /// Devices with at least one new property.
    pub with_new_properties: u64,
    /// Devices by property, in the order of the vendor's report, unknown ones last; only those seen now.
    pub by_property: Vec<PropertyChange>,
    /// Devices that moved to another build: by the most devices first.
    pub build_moves: Vec<BuildMove>,
    /// Devices on the same build as before with a higher revision.
    pub updated: u64,
    /// Devices on the same build as before with a lower revision.
    pub downgraded: u64,
}

/// What became of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyChange {
    /// The property.
    pub property: AttentionProperty,
    /// Devices on which it is new.
    pub new: u64,
    /// Devices on which it is resolved.
    pub resolved: u64,
    /// Devices on which it persists.
    pub persisting: u64,
}

/// A move from a build to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildMove {
    /// The build before; `None` where it was not known.
    pub from: Option<u32>,
    /// The build now; `None` where it is not known.
    pub to: Option<u32>,
    /// Devices that moved so.
    pub devices: u64,
}

impl DifferenceBuilder {
    /// Compares with these.
    pub fn new(earlier: EarlierStates) -> Self {
        let counts = Difference { devices_before: earlier.devices_of_last_pull(), ..Difference::default() };
        Self { earlier, devices: 0, counts, by_property: BTreeMap::new(), moves: HashMap::new() }
    }

    /// Compares a state of the present pull; `None` where one of this device was compared already.
    pub fn compare(&mut self, state: &MachineSecurityState) -> Option<DeviceChange> {
        let before = match self.earlier.devices.get_mut(&state.id) {
            Some(known) if known.is_compared => return None,
            Some(known) => {
                known.is_compared = true;
                Some(*known)
            }
            None => {
                self.earlier.devices.insert(state.id.clone(), EarlierState::never_seen());
                None
            }
        };
        let now = &state.properties_require_attention;
        let nothing = AttentionProperties::new();
        let then = before.map_or(&nothing, |before| self.earlier.properties(before));
        let version = Version::from_state(state);
        let change = DeviceChange {
            id: state.id.clone(),
            is_new: before.is_none(),
            new: now.difference(then),
            resolved: then.difference(now),
            persisting: now.intersection(then),
            version_before: before.map_or_else(Version::default, |before| self.earlier.version(before)),
            version,
            since: before.and_then(EarlierState::since).filter(|_| !now.is_empty()),
        };
        let (needed, needs) = (!then.is_empty(), !now.is_empty());
        self.count(&change, needed, needs);
        Some(change)
    }

    fn count(&mut self, change: &DeviceChange, needed: bool, needs: bool) {
        self.devices += 1;
        let counts = &mut self.counts;
        counts.new_devices += u64::from(change.is_new);
        counts.with_new_properties += u64::from(!change.new.is_empty());
        counts.newly_need_attention += u64::from(needs && !needed);
        counts.resolved += u64::from(needed && !needs);
        counts.still_need_attention += u64::from(needed && needs);
        let mut add = |properties: &AttentionProperties, to: fn(&mut PropertyChange) -> &mut u64| {
            for property in properties.iter() {
                let new_row = || PropertyChange { property: property.clone(), new: 0, resolved: 0, persisting: 0 };
                *to(self.by_property.entry(property.clone()).or_insert_with(new_row)) += 1;
            }
        };
        add(&change.new, |row| &mut row.new);
        add(&change.resolved, |row| &mut row.resolved);
        add(&change.persisting, |row| &mut row.persisting);
        let (before, now) = (change.version_before, change.version);
        if change.is_new {
            return;
        }
        if before.build != now.build {
            *self.moves.entry((before.build, now.build)).or_default() += 1;
        } else if let (Some(before), Some(now)) = (before.revision, now.revision) {
            counts.updated += u64::from(now > before);
            counts.downgraded += u64::from(now < before);
        }
    }

    /// The earlier pull, counted from 0 for the oldest, since which a device needed attention when it was last seen; `None`
    /// where it needed none.
    pub fn since(&self, device: &DeviceId) -> Option<u32> {
        self.earlier.devices.get(device).and_then(|before| before.since())
    }

    /// What changed in all.
    pub fn finish(self) -> Difference {
        let last = self.earlier.pulls().saturating_sub(1);
        let unseen =
            self.earlier.devices.into_iter().filter(|(_, state)| !state.is_compared && state.last_pull == last);
        let mut not_seen: Vec<_> = unseen.map(|(id, _)| id).collect();
        not_seen.sort_unstable();
        let moves = self.moves.into_iter().map(|((from, to), devices)| BuildMove { from, to, devices });
        let mut build_moves: Vec<_> = moves.collect();
        build_moves.sort_unstable_by_key(|row| (std::cmp::Reverse(row.devices), row.from, row.to));
        let by_property = self.by_property.into_values().collect();
        Difference { devices: self.devices, not_seen, by_property, build_moves, ..self.counts }
    }
}

impl DeviceChange {
    /// Whether anything is different: the device, its properties or its version.
    pub fn is_different(&self) -> bool {
        self.is_new || !self.new.is_empty() || !self.resolved.is_empty() || self.version_before != self.version
    }
}
