//! Several tenants: a line each.

use endstate_analysis::Triage;
use endstate_model::DeviceId;

use crate::pull_facts::PullFacts;
use crate::view::sheet::{Cell, Column, Sheet};

/// What a triage says of one of several tenants.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// The profile.
    pub(crate) name: String,
    /// The tenant of the profile, if it has one.
    pub(crate) id: Option<String>,
    /// Whether anything could be read.
    pub(crate) is_read: bool,
    pub(crate) facts: PullFacts,
    pub(crate) triage: Triage,
    pub(crate) invalid_items: u64,
}

/// A line each. Of a tenant of which nothing could be read there are no numbers: none are not zero.
pub(crate) fn sheet(tenants: &[Tenant]) -> Sheet {
    let mut sheet = Sheet::new([
        Column::text("TENANT", "tenant"),
        Column::data("tenant_id"),
        Column::number("DEVICES", "devices"),
        Column::number("NEED ATTENTION", "need_attention"),
        Column::number("SHARE", "share"),
        Column::data("outcome"),
        Column::data("reason"),
        Column::text("VERDICT", "verdict"),
        Column::data("source"),
    ]);
    for Tenant { name, id, is_read, facts, triage, .. } in tenants {
        let number = |cell: Cell| if *is_read { cell } else { Cell::Nothing };
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
        let share = if triage.devices == 0 { 0.0 } else { triage.need_attention as f64 / triage.devices as f64 };
        sheet.row([
            Cell::text(name),
            Cell::optional(id.as_ref()),
            number(Cell::Count(triage.devices)),
            number(Cell::Count(triage.need_attention)),
            number(Cell::Share(share)),
            Cell::text(facts.completeness.word()),
            Cell::optional(facts.completeness.reason()),
            Cell::text(facts.completeness.line()),
            Cell::text(&facts.name),
        ]);
    }
    sheet
}

/// Whose a device is that is among the most urgent of all, and so of its tenant.
pub(crate) fn whose<'t>(tenants: &'t [Tenant], id: &DeviceId) -> Option<&'t str> {
    let is_its = |tenant: &&Tenant| tenant.triage.most_urgent.iter().any(|state| state.id == *id);
    tenants.iter().find(is_its).map(|tenant| tenant.name.as_str())
}
