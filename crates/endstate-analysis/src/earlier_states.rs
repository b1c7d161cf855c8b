//! What earlier pulls said of each device, in compact form.

use endstate_model::{AttentionProperties, DeviceId, MachineSecurityState};
use hashbrown::HashMap;

use crate::Version;

/// The states of one or more earlier pulls, the oldest first, of which the last one known counts for each device.
///
/// A device takes about 90 bytes with all that belongs to it, since versions and sets of properties that are the same are kept once.
///
/// ```
/// use endstate_analysis::EarlierStates;
/// use endstate_model::{DeviceId, MachineSecurityState};
///
/// let mut earlier = EarlierStates::new();
/// earlier.begin_pull();
/// earlier.add(&MachineSecurityState::new(DeviceId::from("0001")));
/// assert_eq!((earlier.pulls(), earlier.devices()), (1, 1));
/// ```
#[derive(Debug, Default)]
pub struct EarlierStates {
    pulls: u32,
    pub(crate) devices: HashMap<DeviceId, EarlierState>,
    sets: Interned<AttentionProperties>,
    versions: Interned<Version>,
}

/// What is known of one device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EarlierState {
    properties: u32,
    version: u32,
    /// The pull that it was last seen in.
    pub(crate) last_pull: u32,
    /// The pull since which it needs attention, if it does; the highest number is none.
    since: u32,
    pub(crate) is_compared: bool,
}

const NONE: u32 = u32::MAX;

impl EarlierStates {
    /// No pulls.
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on states are those of the next pull, which is later than all before.
    pub fn begin_pull(&mut self) {
        self.pulls += 1;
    }

    /// Adds a state of the pull that was begun last. The first that comes of a device in a pull counts.
    pub fn add(&mut self, state: &MachineSecurityState) {
        let pull = self.pulls.saturating_sub(1);
        let properties = self.sets.number(&state.properties_require_attention);
        let version = self.versions.number(&Version::from_state(state));
        let needs_attention = !state.properties_require_attention.is_empty();
        let now = EarlierState {
            properties,
            version,
            last_pull: pull,
            since: if needs_attention { pull } else { NONE },
            is_compared: false,
        };
        match self.devices.get_mut(&state.id) {
            Some(known) if known.last_pull == pull => {}
            // Not to have been seen in between does not mean that it was well.
            Some(known) if needs_attention && known.since != NONE => {
                *known = EarlierState { since: known.since, ..now };
            }
            Some(known) => *known = now,
            None => {
                self.devices.insert(state.id.clone(), now);
            }
        }
    }

    /// How many pulls there are.
    pub fn pulls(&self) -> u32 {
        self.pulls
    }

    /// How many devices were seen in any of them.
    pub fn devices(&self) -> usize {
        self.devices.len()
    }

    /// How many devices were seen in the last of them.
    pub fn devices_of_last_pull(&self) -> u64 {
        let last = self.pulls.saturating_sub(1);
        self.devices.values().filter(|state| state.last_pull == last).count() as u64
    }

    pub(crate) fn properties(&self, state: EarlierState) -> &AttentionProperties {
        self.sets.get(state.properties)
    }

    pub(crate) fn version(&self, state: EarlierState) -> Version {
        *self.versions.get(state.version)
    }
}

impl EarlierState {
    /// The number of the pull since which it needs attention, from 0.
    pub(crate) fn since(self) -> Option<u32> {
        (self.since != NONE).then_some(self.since)
    }

    /// A device that was in no earlier pull.
    pub(crate) fn never_seen() -> Self {
        Self { properties: NONE, version: NONE, last_pull: NONE, since: NONE, is_compared: true }
    }
}

/// Values that are kept once, and known by a number.
#[derive(Debug)]
struct Interned<T> {
    numbers: HashMap<T, u32>,
    values: Vec<T>,
    none: T,
}

impl<T: Default> Default for Interned<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new(), none: T::default() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Interned<T> {
    fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        // Fewer values than devices, of which there are no four thousand million.
        let number = u32::try_from(self.values.len()).unwrap_or(NONE);
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }

    fn get(&self, number: u32) -> &T {
        self.values.get(number as usize).unwrap_or(&self.none)
    }
}
