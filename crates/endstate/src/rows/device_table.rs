//! The devices of a tenant by id, to join to states that do not name theirs.

use endstate_assessment::StateFold;
use endstate_model::{Device, DeviceId, Machine, StateSource};

/// What machines say of each device: its name, its group, when it was seen.
#[derive(Debug)]
pub(crate) struct DeviceTable {
    fold: StateFold,
    /// Whether the names of all device groups were read.
    pub(crate) has_all_groups: bool,
}

impl DeviceTable {
    pub(crate) fn new() -> Self {
        Self { fold: StateFold::new(StateSource::Preview), has_all_groups: true }
    }

    pub(crate) fn add(&mut self, machine: &Machine) {
        self.fold.machine(machine);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fold.counts().devices == 0
    }

    pub(crate) fn get(&self, id: &DeviceId) -> Option<Device> {
        self.fold.device(id)
    }
}
