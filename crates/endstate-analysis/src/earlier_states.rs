//! The states of devices in earlier pulls, in compact form.

use endstate_model::{AttentionProperties, DeviceId, MachineSecurityState, ParsedState};
use endstate_odata::EntityKeys;

use crate::Version;
use crate::interned::Interned;

/// The states of one or more earlier pulls, added from the oldest to the newest. The last known
/// state of each device counts.
///
/// A device takes 48 bytes if ids rise, and 59 in any order, because equal versions and equal sets
/// of properties are stored once.
///
/// ```
/// use endstate_analysis::EarlierStates;
/// use endstate_model::{DeviceId, MachineSecurityState};
///
/// let mut earlier = EarlierStates::new();
/// earlier.add_pull([&MachineSecurityState::new(DeviceId::from("0001"))]);
/// assert_eq!((earlier.pulls(), earlier.devices()), (1, 1));
/// ```
#[derive(Debug, Default)]
pub struct EarlierStates {
    pulls: u32,
    /// Whether the last pull may not have every device.
    pub(crate) is_last_partial: bool,
    pub(crate) includes_informational: bool,
    ids: EntityKeys,
    /// The state of each device, at the place of its id.
    states: Vec<EarlierState>,
    sets: Interned<AttentionProperties>,
    versions: Interned<Version>,
}

/// One of the pulls in [`EarlierStates`], to which states are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EarlierPull(u32);

/// The last known state of one device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EarlierState {
    properties: u32,
    not_known: u32,
    version: u32,
    /// The last pull that had the device.
    pub(crate) last_pull: u32,
    /// The pull since which the device needs attention, or `NONE` if it does not.
    since: u32,
    /// Whether the last pull with the device has it among the devices that are compared.
    pub(crate) is_in_scope: bool,
    /// Whether everything was known that the source can say.
    pub(crate) is_known: bool,
    pub(crate) is_compared: bool,
}

const NONE: u32 = u32::MAX;

impl EarlierStates {
    /// Starts without pulls.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether properties that only inform count as needing attention. By default they do not.
    /// Set it before the first state is added.
    #[must_use]
    pub fn include_informational(mut self, is_included: bool) -> Self {
        self.includes_informational = is_included;
        self
    }

    /// Adds the next pull, which must be newer than all earlier ones, with its states. If it has
    /// several states of a device, the first one counts.
    pub fn add_pull<'s>(&mut self, states: impl IntoIterator<Item = &'s MachineSecurityState>) -> EarlierPull {
        let pull = self.begin_pull();
        for state in states {
            self.add(pull, state);
        }
        pull
    }

    /// Adds the next pull, which must be newer than all earlier ones, and has no states yet.
    pub fn begin_pull(&mut self) -> EarlierPull {
        let pull = EarlierPull(self.pulls);
        self.pulls += 1;
        self.is_last_partial = false;
        pull
    }

    /// Notes that a pull may not have every device: it is incomplete, or has only devices that
    /// match a condition. If it is the last one, a device that no pull has is not known to be new.
    pub fn mark_partial(&mut self, pull: EarlierPull) {
        self.is_last_partial |= pull.0 + 1 == self.pulls;
    }

    /// Adds a state to a pull of these states; one of others is ignored. If the pull has several
    /// states of a device, the first one counts. A state is ignored if a newer pull has the device.
    pub fn add(&mut self, pull: EarlierPull, state: &MachineSecurityState) {
        self.add_parsed(pull, &state.into());
    }

    /// Adds a state that borrows from its page, as [`add`](Self::add) does.
    pub fn add_parsed(&mut self, pull: EarlierPull, state: &ParsedState<'_>) {
        self.insert(pull, state, true);
    }

    /// Adds a state that the comparison leaves out, such as one that does not match a condition.
    /// The device is not compared if it is missing later, and not new if it is there later.
    pub fn add_outside(&mut self, pull: EarlierPull, state: &MachineSecurityState) {
        self.add_outside_parsed(pull, &state.into());
    }

    /// Adds a state that borrows from its page, as [`add_outside`](Self::add_outside) does.
    pub fn add_outside_parsed(&mut self, pull: EarlierPull, state: &ParsedState<'_>) {
        self.insert(pull, state, false);
    }

    /// Whether a set of properties counts as needing attention.
    pub(crate) fn needs_attention(&self, properties: &AttentionProperties) -> bool {
        if self.includes_informational { !properties.is_empty() } else { properties.needs_attention() }
    }

    fn insert(&mut self, pull: EarlierPull, state: &ParsedState<'_>, is_in_scope: bool) {
        let pull = pull.0;
        if pull >= self.pulls {
            // It is a pull of other `EarlierStates`.
            return;
        }
        let properties = self.sets.number(&state.properties_require_attention);
        let not_known = state.assessment.as_ref().map_or(NONE, |assessment| self.sets.number(&assessment.not_known));
        let version = self.versions.number(&Version { build: state.build, revision: state.revision });
        let needs_attention = self.needs_attention(&state.properties_require_attention);
        let now = EarlierState {
            properties,
            not_known,
            version,
            last_pull: pull,
            since: if needs_attention { pull } else { NONE },
            is_in_scope,
            is_known: state.is_known(),
            is_compared: false,
        };

        let (place, _) = self.ids.insert(state.id.to_join().as_key());
        match self.states.get_mut(place) {
            Some(known) if known.last_pull >= pull => {}
            // A device that was missing from a pull in between may have needed attention then.
            Some(known) if needs_attention && known.since != NONE => {
                *known = EarlierState { since: known.since, ..now };
            }
            Some(known) => *known = now,
            None => self.states.push(now),
        }
    }

    /// Marks a device as compared. Returns its state, or one that was [never
    /// seen](EarlierState::was_seen); `None` if it is marked already.
    pub(crate) fn mark_compared(&mut self, device: &DeviceId) -> Option<EarlierState> {
        let (place, is_new) = self.ids.insert(device.to_join().as_key());
        if is_new {
            self.states.push(EarlierState::never_seen());
        }
        let state = self.states.get_mut(place).filter(|state| !state.is_compared)?;
        state.is_compared = true;
        Some(*state)
    }

    pub(crate) fn get(&self, device: &DeviceId) -> Option<&EarlierState> {
        self.states.get(self.ids.number_of(device.to_join().as_key())?)
    }

    pub(crate) fn get_mut(&mut self, device: &DeviceId) -> Option<&mut EarlierState> {
        self.states.get_mut(self.ids.find(device.to_join().as_key())?)
    }

    /// Each device, and its state.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (DeviceId, &EarlierState)> {
        self.ids.as_slice().iter().cloned().map(DeviceId::from).zip(&self.states)
    }

    /// Returns the number of pulls.
    pub fn pulls(&self) -> u32 {
        self.pulls
    }

    /// Returns the number of devices in all pulls.
    pub fn devices(&self) -> usize {
        self.states.len()
    }

    /// Returns the number of devices in the last pull, without those that were added as outside.
    pub fn devices_of_last_pull(&self) -> u64 {
        let last = self.pulls.saturating_sub(1);
        self.states.iter().filter(|state| state.last_pull == last && state.is_in_scope).count() as u64
    }

    pub(crate) fn properties(&self, state: EarlierState) -> &AttentionProperties {
        self.sets.get(state.properties)
    }

    /// Whether the state was from one of today's sources.
    pub(crate) fn has_assessment(state: EarlierState) -> bool {
        state.not_known != NONE
    }

    /// The properties that were not known.
    pub(crate) fn not_known(&self, state: EarlierState) -> &AttentionProperties {
        self.sets.get(state.not_known)
    }

    pub(crate) fn version(&self, state: EarlierState) -> Version {
        *self.versions.get(state.version)
    }
}

impl EarlierState {
    /// Returns the number of the pull since which the device needs attention, counted from 0.
    pub(crate) fn since(self) -> Option<u32> {
        (self.since != NONE).then_some(self.since)
    }

    /// Returns whether an earlier pull had the device.
    pub(crate) fn was_seen(self) -> bool {
        self.last_pull != NONE
    }

    /// Returns the state of a device that no earlier pull had.
    pub(crate) fn never_seen() -> Self {
        Self {
            properties: NONE,
            not_known: NONE,
            version: NONE,
            last_pull: NONE,
            since: NONE,
            is_in_scope: false,
            is_known: true,
            is_compared: false,
        }
    }
}
