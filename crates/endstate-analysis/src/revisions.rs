//! How far devices are behind the newest revision of their own build in the fleet.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use endstate_model::{DeviceId, MachineSecurityState, ParsedState};

/// The revisions of one build in a fleet. Devices of which no revision is known are in none of these numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildRevisions {
    /// The build.
    pub build: u32,
    /// Newest revision that a device of the fleet has. The vendor may have published a newer one.
    pub newest: u32,
    /// Oldest revision that a device of the fleet has.
    pub oldest: u32,
    /// Devices with the newest revision.
    pub on_newest: u64,
    /// Devices with an older one.
    pub behind: u64,
}

/// A device that is behind the newest revision of its own build in the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BehindDevice {
    /// The device's state.
    pub state: MachineSecurityState,
    /// Newest revision of its build in the fleet.
    pub newest: u32,
}

impl BehindDevice {
    /// How many revisions lie between; a measure within one build, since builds count differently.
    pub fn distance(&self) -> u32 {
        self.newest.saturating_sub(self.state.revision.unwrap_or(self.newest))
    }
}

/// Follows the revisions of one build.
#[derive(Debug)]
pub(crate) struct RevisionCounter {
    newest: u32,
    oldest: u32,
    on_newest: u64,
    devices: u64,
    /// The devices with the oldest revisions; the newest of them on top.
    oldest_devices: BinaryHeap<ByRevision>,
}

impl RevisionCounter {
    pub(crate) fn new() -> Self {
        Self { newest: 0, oldest: u32::MAX, on_newest: 0, devices: 0, oldest_devices: BinaryHeap::new() }
    }

    /// Counts a device of the build; `limit` is how many of the oldest are kept.
    pub(crate) fn add(&mut self, revision: u32, state: &ParsedState<'_>, limit: usize) {
        if revision > self.newest || self.devices == 0 {
            (self.newest, self.on_newest) = (revision, 0);
        }
        self.oldest = self.oldest.min(revision);
        self.on_newest += u64::from(revision == self.newest);
        self.devices += 1;
        if self.oldest_devices.len() < limit {
            self.oldest_devices.push(ByRevision { revision, state: state.to_owned() });
        } else if let Some(mut newest) = self.oldest_devices.peek_mut()
            && (revision, &state.id) < newest.key()
        {
            // Copied only once it is known to stay.
            *newest = ByRevision { revision, state: state.to_owned() };
        }
    }

    /// `None` where no device of the build has a revision.
    pub(crate) fn revisions(&self, build: u32) -> Option<BuildRevisions> {
        let Self { newest, oldest, on_newest, devices, .. } = *self;
        (devices > 0).then_some(BuildRevisions { build, newest, oldest, on_newest, behind: devices - on_newest })
    }

    pub(crate) fn into_behind(self) -> impl Iterator<Item = BehindDevice> {
        let newest = self.newest;
        let behind = self.oldest_devices.into_iter().filter(move |device| device.revision < newest);
        behind.map(move |device| BehindDevice { state: device.state, newest })
    }
}

#[derive(Debug)]
struct ByRevision {
    revision: u32,
    state: MachineSecurityState,
}

impl ByRevision {
    fn key(&self) -> (u32, &DeviceId) {
        (self.revision, &self.state.id)
    }
}

impl Ord for ByRevision {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for ByRevision {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByRevision {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByRevision {}
