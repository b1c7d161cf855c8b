//! The device groups: the documented one, and a few that a tenant might have.

use serde::Serialize;

use crate::contents::Row;

/// An item of `machinegroups`, in the order of the document.
#[derive(Debug, Serialize)]
pub(crate) struct MachineGroup {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    description: &'static str,
    ungrouped: bool,
}

/// The group of the devices that are in no other group.
pub(crate) static UNGROUPED: MachineGroup =
    MachineGroup { id: 86, name: "UnassignedGroup", description: "", ungrouped: true };

pub(crate) static WORKSTATIONS: MachineGroup =
    MachineGroup { id: 87, name: "Workstations", description: "Desks and laptops", ungrouped: false };

pub(crate) static SERVERS: MachineGroup =
    MachineGroup { id: 88, name: "Servers", description: "Everything in the halls", ungrouped: false };

pub(crate) static KIOSKS: MachineGroup = MachineGroup { id: 89, name: "Kiosks", description: "", ungrouped: false };

/// Returns the items of `machinegroups`.
pub(crate) fn machine_groups() -> Vec<Row> {
    let groups = [&UNGROUPED, &WORKSTATIONS, &SERVERS, &KIOSKS];
    groups.iter().map(|group| Row::new(&group.id, group)).collect()
}
