//! Several tenants: a line each.

use endstate_analysis::Triage;
use endstate_model::MachineSecurityState;

use super::portal::device_url;
use super::table::{Cell, Column, ResultTable};
use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;

/// The triage of one tenant.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// The number of the input that has its devices.
    pub(crate) input: usize,
    /// The name that tells it from other tenants; `None` if there is only one.
    pub(crate) name: Option<String>,
    /// The tenant's id or domain, if it is known.
    pub(crate) id: Option<String>,
    /// Whether anything could be read.
    pub(crate) is_read: bool,
    pub(crate) info: PullInfo,
    pub(crate) triage: Triage,
    pub(crate) unreadable: UnreadableCounts,
    /// Since when each of its most urgent devices needs attention.
    pub(crate) since_of_urgent: Vec<AttentionSince>,
}

/// A device that needs attention, and its tenant.
#[derive(Debug, Clone)]
pub(crate) struct UrgentDevice<'u> {
    pub(crate) state: &'u MachineSecurityState,
    pub(crate) tenant: Option<&'u str>,
    pub(crate) since: Option<&'u AttentionSince>,
    /// Its page in the portal, if the cloud is known.
    pub(crate) portal: Option<String>,
}

/// Since when a device needs attention.
#[derive(Debug, Clone)]
pub(crate) enum AttentionSince {
    Pull(Box<PullInfo>),
    /// Only in the present pull.
    Now,
    /// No earlier pull has the device, and they may not have every device.
    NotSeenBefore,
}

/// The tenant of each of the most urgent devices of all. Those of all are in the order of those of
/// each tenant, so each is the next one of a tenant. Two tenants can have a device with the same
/// id.
pub(crate) fn urgent_of_all<'u>(
    most_urgent: &'u [MachineSecurityState],
    tenants: &[&'u Tenant],
) -> Vec<UrgentDevice<'u>> {
    let mut next = vec![0; tenants.len()];
    let urgent = most_urgent.iter().map(|state| {
        let is_its = |place: &usize| tenants[*place].triage.most_urgent.get(next[*place]) == Some(state);
        let Some(place) = (0..tenants.len()).find(is_its) else {
            return UrgentDevice { state, tenant: None, since: None, portal: None };
        };
        let tenant = tenants[place];
        let since = tenant.since_of_urgent.get(next[place]);
        next[place] += 1;
        let portal = device_url(&tenant.info, &state.id);
        UrgentDevice { state, tenant: tenant.name.as_deref(), since, portal }
    });
    urgent.collect()
}

/// A line for each tenant. A tenant that could not be read has no numbers, because unknown is not
/// zero.
pub(crate) fn table(tenants: &[Tenant]) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("TENANT", "tenant"),
        Column::data("tenant_id"),
        Column::number("DEVICES", "devices"),
        Column::number("NEED ATTENTION", "need_attention"),
        Column::number("SHARE", "share"),
        Column::data("outcome"),
        Column::data("reason"),
        Column::text("OUTCOME", "verdict").wraps(),
        Column::data("source"),
    ]);

    for Tenant { name, id, is_read, info, triage, .. } in tenants {
        let number = |cell: Cell| if *is_read { cell } else { Cell::Nothing };
        table.row([
            Cell::optional(name.as_ref()),
            Cell::optional(id.as_ref()),
            number(Cell::Count(triage.devices)),
            number(Cell::Count(triage.need_attention)),
            number(Cell::Share(triage.share_needing_attention())),
            Cell::text(info.outcome().as_str()),
            Cell::optional(info.outcome().reason_word()),
            Cell::text(info.completeness.line()),
            Cell::text(&info.name),
        ]);
    }
    table
}

/// The same line for an only tenant.
pub(crate) fn row_of_only(name: Option<&String>, triage: &Triage, info: &PullInfo) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("TENANT", "tenant"),
        Column::number("DEVICES", "devices"),
        Column::number("NEED ATTENTION", "need_attention"),
        Column::number("SHARE", "share"),
        Column::text("OUTCOME", "verdict").wraps(),
    ]);
    table.row([
        Cell::named(name.cloned(), name.cloned()),
        Cell::Count(triage.devices),
        Cell::Count(triage.need_attention),
        Cell::Share(triage.share_needing_attention()),
        Cell::text(info.completeness.line()),
    ]);
    table
}
