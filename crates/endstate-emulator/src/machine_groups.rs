//! The device groups: the documented one, and a few that a tenant might have.

use serde::Serialize;

use crate::contents::Row;

/// An item of `machinegroups`, in the order of the document.
#[derive(Serialize)]
struct MachineGroup {
    id: u64,
    name: &'static str,
    description: &'static str,
    ungrouped: bool,
}

/// Returns the items of `machinegroups`.
pub(crate) fn machine_groups() -> Vec<Row> {
    let groups = [
        MachineGroup { id: 86, name: "UnassignedGroup", description: "", ungrouped: true },
        MachineGroup { id: 87, name: "Workstations", description: "Desks and laptops", ungrouped: false },
        MachineGroup { id: 88, name: "Servers", description: "Everything in the halls", ungrouped: false },
        MachineGroup { id: 89, name: "Kiosks", description: "", ungrouped: false },
    ];
    groups.iter().map(|group| Row::new(&group.id, group)).collect()
}
