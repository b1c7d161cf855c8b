//! The devices of a tenant by id, to join to states that do not name theirs.

use endstate_assessment::StateFold;
use endstate_model::{Device, DeviceId, Machine, StateSource};

/// What machines say of each device: its name, its group, when it was seen.
#[derive(Debug)]
pub(crate) struct DeviceTable(StateFold);

impl DeviceTable {
    pub(crate) fn new() -> Self {
        Self(StateFold::new(StateSource::Preview))
    }

    pub(crate) fn add(&mut self, machine: &Machine) {
        self.0.machine(machine);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.counts().devices == 0
    }

    pub(crate) fn get(&self, id: &DeviceId) -> Option<Device> {
        self.0.device(id)
    }
}
