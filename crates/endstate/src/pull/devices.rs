//! The devices of a tenant: names, groups and tags, to join to states.

use std::collections::HashMap;
use std::num::NonZeroU32;

use endstate_model::{Entity, Machine, MachineGroup};
use endstate_paging::{Continuation, Duplicates, FirstPageNotFound, PullReport};

use super::run::{ReadPage, Run};
use crate::rows::{DeviceTable, InvalidItems, Row};
use crate::service::source_kind::SourceKind;
use crate::store::read_record::ReadRecord;
use crate::terminal::error_chain;

/// Machines on a requested page, which is also the most that the service returns.
const PAGE_SIZE: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// Passes each machine of the tenant on. A collection that does not exist has no machines.
pub(super) async fn each(run: &Run<'_>, mut add: impl FnMut(&Machine)) -> anyhow::Result<(PullReport, InvalidItems)> {
    let url = run.source.url_of(Machine::ENTITY_SET)?;
    // The preview family has next links; today's service sends none with `$top`.
    let continuation = match run.source.kind {
        SourceKind::Preview => Continuation::Links,
        _ => Continuation::SkipUnlessLinked { page_size: run.source.settings.limits.page_size.unwrap_or(PAGE_SIZE) },
    };
    let pull = run.source.unlimited_pull::<Machine>(url).continuation(continuation);
    // "Not found" is how the service says that there are no recent machines. A machine that changes
    // while the pull runs may come on two pages: the fold takes the record that was seen last.
    let pull = pull.first_page_not_found(FirstPageNotFound::Empty).duplicates(Duplicates::DropEqual);

    let mut invalid = InvalidItems::new::<Machine>();
    let on_page = |ReadPage { page, .. }: ReadPage| {
        for (index, raw) in page.rows().enumerate() {
            let row: Row<'_, Machine> = Row::new(raw, None);
            invalid.check(&row, || format!("item {} of page {} of machines", index + 1, page.number()));
            if let Ok(machine) = row.item() {
                add(machine);
            }
        }
        Ok(())
    };
    let report = run.pages(pull, Machine::NOUN, on_page).await?;
    invalid.report_total();
    Ok((report, invalid))
}

/// The names of the device groups, by id. The documented machines have only the id.
async fn group_names(run: &Run<'_>) -> anyhow::Result<(HashMap<Box<str>, Box<str>>, PullReport)> {
    let url = run.source.url_of(MachineGroup::ENTITY_SET)?;
    let pull = run.source.unlimited_pull::<MachineGroup>(url).first_page_not_found(FirstPageNotFound::Empty);
    let mut names = HashMap::new();
    let on_page = |ReadPage { page, .. }: ReadPage| {
        for group in page.rows().filter_map(|raw| MachineGroup::read(raw).ok()) {
            // One group is for devices without a group.
            let name = group.name.filter(|name| !name.is_empty() && group.ungrouped != Some(true));
            names.extend(name.map(|name| (group.id.to_string().into(), name.into())));
        }
        Ok(())
    };
    let report = run.pages(pull, MachineGroup::NOUN, on_page).await?;
    Ok((names, report))
}

/// Devices that are joined to documented states.
pub(super) struct ReadDevices {
    pub(super) table: DeviceTable,
    pub(super) records: [ReadRecord; 2],
    /// Why not every device has its name and group, if so.
    pub(super) lack: Option<String>,
}

/// Reads the devices that are joined to documented states. If they cannot be read, the states are
/// shown without names.
pub(super) async fn read(run: &Run<'_>) -> anyhow::Result<ReadDevices> {
    let (groups, group_report) = group_names(run).await?;
    let mut table = DeviceTable::new();
    table.has_all_groups = group_report.outcome.is_complete();
    let (report, _) = each(run, |machine| {
        let is_nameless = machine.rbac_group_name.is_none();
        let id = machine.rbac_group_id.as_ref().filter(|_| is_nameless);
        match id.and_then(|id| groups.get(id)) {
            Some(name) => {
                let mut machine = machine.clone();
                machine.rbac_group_name = Some(name.clone());
                table.add(&machine);
            }
            None => table.add(machine),
        }
    })
    .await?;

    let incomplete = [&report, &group_report].into_iter().find(|report| report.outcome.is_incomplete());
    let why = |report: &PullReport| {
        report.failure.as_ref().map_or_else(|| report.outcome.to_string(), |failure| error_chain::one_line(failure))
    };
    let records =
        [ReadRecord::new(MachineGroup::ENTITY_SET, &group_report), ReadRecord::new(Machine::ENTITY_SET, &report)];
    Ok(ReadDevices { table, records, lack: incomplete.map(why) })
}
