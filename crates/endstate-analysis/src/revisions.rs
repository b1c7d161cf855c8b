//! Counts how far devices are behind the newest revision of their own build in the fleet.

use std::cmp::Ordering;

use endstate_model::{DeviceId, MachineSecurityState, ParsedState};
use serde::{Deserialize, Serialize};

use crate::first_few::FirstFew;

/// The revisions of one build in a fleet. These numbers exclude devices whose revision is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BuildRevisions {
    /// The build.
    pub build: u32,
    /// Newest revision on a device of the fleet. Microsoft may have published a newer one.
    pub newest: u32,
    /// Oldest revision on a device of the fleet.
    pub oldest: u32,
    /// Devices with the newest revision.
    pub on_newest: u64,
    /// Devices with an older revision.
    pub behind: u64,
}

/// A device that is behind the newest revision of its own build in the fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BehindDevice {
    /// The device's state.
    pub state: MachineSecurityState,
    /// Newest revision of its build in the fleet.
    pub newest: u32,
}

impl BehindDevice {
    /// Returns how many revisions the device is behind. Compare it only within one build, because
    /// each build counts revisions differently.
    pub fn distance(&self) -> u32 {
        self.newest.saturating_sub(self.state.revision.unwrap_or(self.newest))
    }
}

/// Follows the revisions of one build.
#[derive(Debug, Clone)]
pub(crate) struct RevisionCounter {
    newest: u32,
    oldest: u32,
    on_newest: u64,
    devices: u64,
    /// The devices with the oldest revisions.
    oldest_devices: FirstFew<(u32, DeviceId), MachineSecurityState>,
}

impl RevisionCounter {
    pub(crate) fn new() -> Self {
        Self { newest: 0, oldest: u32::MAX, on_newest: 0, devices: 0, oldest_devices: FirstFew::new() }
    }

    /// Counts a device of the build. `limit` is the number of oldest devices to keep.
    pub(crate) fn add(&mut self, revision: u32, state: &ParsedState<'_>, limit: usize) {
        if revision > self.newest || self.devices == 0 {
            (self.newest, self.on_newest) = (revision, 0);
        }
        self.oldest = self.oldest.min(revision);
        self.on_newest += u64::from(revision == self.newest);
        self.devices += 1;
        self.oldest_devices.offer(limit, (revision, state.id.clone()), || state.to_owned());
    }

    /// Adds other devices of the same build.
    pub(crate) fn merge(&mut self, other: Self, limit: usize) {
        match other.newest.cmp(&self.newest) {
            _ if other.devices == 0 => {}
            Ordering::Less if self.devices > 0 => {}
            Ordering::Equal if self.devices > 0 => self.on_newest += other.on_newest,
            _ => (self.newest, self.on_newest) = (other.newest, other.on_newest),
        }
        self.oldest = self.oldest.min(other.oldest);
        self.devices += other.devices;
        self.oldest_devices.merge(limit, other.oldest_devices);
    }

    /// Returns the revisions of the build, or `None` if no device of the build has a revision.
    pub(crate) fn revisions(&self, build: u32) -> Option<BuildRevisions> {
        let Self { newest, oldest, on_newest, devices, .. } = *self;
        (devices > 0).then_some(BuildRevisions { build, newest, oldest, on_newest, behind: devices - on_newest })
    }

    /// Returns the kept devices that are not on the newest revision.
    pub(crate) fn into_behind(self) -> impl Iterator<Item = BehindDevice> {
        let newest = self.newest;
        let behind = self.oldest_devices.into_sorted().filter(move |((revision, _), _)| *revision < newest);
        behind.map(move |(_, state)| BehindDevice { state, newest })
    }
}
