//! The devices that need attention most urgently, as a table.

use std::cmp::Reverse;

use endstate_analysis::{Triage, Version};
use endstate_model::{Architecture, AttentionProperty};

use super::arrangement::Arrangement;
use super::device_name::name_of;
use super::table::{Cell, Column, ResultTable};
use super::tenants::{AttentionSince, UrgentDevice};

pub(super) const TENANT: Column = Column::text("TENANT", "tenant").gives_way(3);
const ID: Column = Column::text("ID", "id").gives_way(0);

/// The columns of the devices that need attention.
pub(super) fn urgent_columns(has_tenants: bool, has_names: bool, compares: bool) -> impl Iterator<Item = Column> {
    let tenant = has_tenants.then_some(TENANT);
    let id = has_names.then_some(ID);
    let since = compares.then_some(Column::text("SINCE", "since"));
    let version = Column::text("VERSION", "version").gives_way(2);
    let architecture = Column::text("ARCHITECTURE", "architecture").gives_way(1);
    let name = tenant.into_iter().chain([Column::text("DEVICE", "name")]).chain(id);
    let properties = Column::text("REQUIRES ATTENTION", "requires_attention");
    name.chain([version, architecture]).chain(since).chain([properties])
}

/// The devices that need attention. `compares` says whether it is known since when.
pub(super) fn urgent_table(
    triage: &Triage,
    urgent: &[UrgentDevice<'_>],
    has_tenants: bool,
    compares: bool,
    arrangement: Arrangement<'_>,
) -> ResultTable {
    let has_tenants = has_tenants || arrangement.names(TENANT);
    // Without any name, the id is enough.
    let is_named = |device: &UrgentDevice<'_>| name_of(device.state.device.as_deref()).is_some();
    let has_names = urgent.iter().any(is_named) || arrangement.names(ID);
    let mut table = ResultTable::new(urgent_columns(has_tenants, has_names, compares));

    for UrgentDevice { state, tenant: name, since: first, portal } in urgent {
        let architecture = state.architecture.as_ref().map_or("?", Architecture::as_str);
        let since = compares.then(|| match first {
            Some(AttentionSince::Pull(pull)) => Cell::text(pull.date_or_name()),
            Some(AttentionSince::NotSeenBefore) | None => Cell::text("not known"),
            Some(AttentionSince::Now) => Cell::text("now"),
        });
        // The worst first: a narrow table shows only the first few.
        let counts = |property: &&AttentionProperty| triage.includes_informational || !property.is_informational();
        let mut properties: Vec<_> = state.properties_require_attention.iter().filter(counts).collect();
        properties.sort_by_key(|property| Reverse(property.weight()));
        let id = state.id.to_string();
        let name_or_id = name_of(state.device.as_deref()).unwrap_or(&id).to_owned();
        let device = match portal {
            Some(url) => Cell::Link(name_or_id, url.clone()),
            None => Cell::text(name_or_id),
        };
        let id = has_names.then(|| Cell::text(&id));
        let version = [Cell::text(Version::from_state(state).to_string()), Cell::text(architecture)];
        let tenant = has_tenants.then(|| Cell::optional(*name));
        let row = tenant.into_iter().chain([device]).chain(id).chain(version);
        table.row(row.chain(since).chain([Cell::list(properties)]));
    }
    table
}
