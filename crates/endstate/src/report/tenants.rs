//! Several tenants: a line each.

use endstate_analysis::Triage;
use endstate_model::DeviceId;
use endstate_paging::Reason;

use super::table::{Cell, Column, ResultTable};
use crate::store::pull_info::PullInfo;

/// The triage of one of several tenants.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// The name of the profile.
    pub(crate) name: String,
    /// The tenant of the profile, if it names one.
    pub(crate) id: Option<String>,
    /// Whether anything could be read.
    pub(crate) is_read: bool,
    pub(crate) info: PullInfo,
    pub(crate) triage: Triage,
    pub(crate) invalid_items: u64,
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
            Cell::text(name),
            Cell::optional(id.as_ref()),
            number(Cell::Count(triage.devices)),
            number(Cell::Count(triage.need_attention)),
            number(Cell::Share(triage.share_needing_attention())),
            Cell::text(info.outcome().as_str()),
            Cell::optional(info.outcome().reason().map(Reason::as_str)),
            Cell::text(info.completeness.line()),
            Cell::text(&info.name),
        ]);
    }
    table
}

/// The tenant of a device that is among the most urgent of all, and so among those of its tenant.
pub(crate) fn tenant_of<'t>(tenants: &'t [Tenant], id: &DeviceId) -> Option<&'t str> {
    let is_its = |tenant: &&Tenant| tenant.triage.most_urgent.iter().any(|state| state.id == *id);
    tenants.iter().find(is_its).map(|tenant| tenant.name.as_str())
}
