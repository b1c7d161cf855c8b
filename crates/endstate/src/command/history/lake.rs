//! A history in a folder.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{bail, ensure};
use endstate_analysis::{Condition, HistoryBuilder, PullCounts};
use endstate_history::{Lake, Snapshot, StoredState, TenantName};
use endstate_model::MachineSecurityState;

pub(crate) use super::add::{add, add_file, prepare};
pub(super) use super::expire::expire;
pub(super) use super::show::show;
pub(super) use super::verify::verify;
use super::wanted_device::{FoundStates, Wanted};
use super::{Asked, devices_of};
use crate::cli::{HistoryArgs, HistoryListArgs, ReportFormat};
use crate::command::result_output::ResultOutput;
use crate::command::table_columns::arrangement;
use crate::exit::{Exit, UsageError};
use crate::report::arrangement::TableColumns;
use crate::report::history::Question;
use crate::report::history_list::{self, ListedPull};
use crate::report::trend_lines::TenantPulls;
use crate::store::format::FormulaGuard;
use crate::store::lake;
use crate::store::receipt::Receipt;

/// The history of a tenant.
pub(super) fn read(
    folder: &Path,
    args: &HistoryArgs,
    condition: Option<&Condition<MachineSecurityState>>,
    question: Question,
) -> anyhow::Result<Asked> {
    let lake = lake::open(folder)?;
    let snapshots = asked_snapshots(&lake, args)?;
    let mut builder = HistoryBuilder::new();
    lake.add_to(&mut builder, &snapshots)?;
    let history = builder.finish();
    let devices = if question.names_devices() { devices_of(&history) } else { HashSet::new() };
    let names = match snapshots.last() {
        Some(last) if !devices.is_empty() => lake.device_names(last, &devices)?,
        _ => HashMap::new(),
    };

    let tenant = snapshots.first().and_then(|snapshot| snapshot.tenant.as_ref()).map(ToString::to_string);
    let mut matching = None;
    if let (Some(condition), Some(last)) = (condition, snapshots.last()) {
        let ids = matching.insert(HashSet::new());
        for stored in lake.states(last) {
            let StoredState { state, .. } = stored?;
            if condition.decide(&state, tenant.as_deref()) == Some(true) {
                ids.insert(state.id.to_join());
            }
        }
    }
    let profile = profile_of(&lake, snapshots.last());
    Ok(Asked { source: folder.display().to_string(), tenant, profile, history, names, matching })
}

/// The profile of a pull, if the table of pulls has its receipt: a writer that was killed has not
/// written it.
fn profile_of(lake: &Lake, snapshot: Option<&Snapshot>) -> Option<String> {
    let receipt = lake.receipt(snapshot?).ok()??;
    serde_json::from_str::<Receipt>(&receipt).ok()?.profile
}

/// The pulls of each tenant.
pub(super) fn tenants(folder: &Path, args: &HistoryArgs) -> anyhow::Result<Vec<TenantPulls>> {
    let lake = lake::open(folder)?;
    let snapshots = |tenant: &Option<TenantName>| lake.snapshots_of_tenant(tenant.as_ref());
    let names = lake.tenants()?;
    let all = names.iter().map(snapshots).collect::<Result<Vec<_>, _>>()?;
    let newest = all.iter().map(|snapshots| newest(snapshots)).max().unwrap_or_default();

    let mut tenants = Vec::new();
    for (tenant, snapshots) in names.into_iter().zip(all) {
        let mut builder = HistoryBuilder::new();
        lake.add_to(&mut builder, &last_of(snapshots, args, newest))?;
        let tenant = tenant.map(|name| name.to_string());
        tenants.push(TenantPulls { tenant, pulls: builder.finish().pulls });
    }
    Ok(tenants)
}

/// Refuses what is no history.
pub(crate) fn check(folder: &Path) -> anyhow::Result<()> {
    lake::open(folder).map(|_| ())
}

/// The counts of each pull of a tenant; without one, of the pulls that name none.
pub(crate) fn pulls(folder: &Path, tenant: Option<&str>) -> anyhow::Result<Vec<PullCounts>> {
    let lake = lake::open(folder)?;
    let tenants = lake.tenants()?;
    let is_named = |name: &&Option<TenantName>| name.as_ref().map(TenantName::as_str) == tenant;
    let Some(found) = tenants.iter().find(is_named) else {
        let wanted = tenant.map_or_else(|| "no tenant".to_owned(), |name| format!("'{name}'"));
        let known = match &*tenants {
            [None] => "no tenant".to_owned(),
            tenants => lake::tenant_names(tenants),
        };
        bail!(UsageError::new(format!(
            "--history: this report is of {wanted}, and {} has pulls of {known}",
            folder.display()
        )));
    };
    let mut builder = HistoryBuilder::new();
    lake.add_to(&mut builder, &lake.snapshots_of_tenant(found.as_ref())?)?;
    Ok(builder.finish().pulls)
}

/// The states of a device in each pull.
pub(super) fn states_of(folder: &Path, args: &HistoryArgs, wanted: Wanted<'_>) -> anyhow::Result<FoundStates> {
    let lake = lake::open(folder)?;
    let mut found = FoundStates::default();
    let snapshots = asked_snapshots(&lake, args)?;
    for snapshot in &snapshots {
        let stored = lake.find_states(snapshot, |id, name| wanted.may_be(id, name))?;
        found.pulls.push((snapshot.started_at, stored.into_iter().map(|stored| stored.state).collect()));
    }
    let last = snapshots.last();
    found.tenant = last.and_then(|snapshot| snapshot.tenant.as_ref()).map(ToString::to_string);
    found.profile = profile_of(&lake, last);
    Ok(found)
}

/// The pulls of the tenant and the time that are asked.
fn asked_snapshots(lake: &Lake, args: &HistoryArgs) -> anyhow::Result<Vec<Snapshot>> {
    let mut tenants = lake.tenants()?;
    let names = lake::tenant_names(&tenants);
    if let Some(name) = &args.tenant {
        tenants.retain(|tenant| tenant.as_ref().map_or("", TenantName::as_str) == name);
        let message = || UsageError::new(format!("the history has no pull of '{name}'; it has {names}"));
        ensure!(!tenants.is_empty(), message());
    }
    let message = || UsageError::new(format!("the history has several tenants: {names}; name one with --tenant"));
    ensure!(tenants.len() < 2, message());

    let snapshots = lake.snapshots_of_tenant(tenants.into_iter().next().flatten().as_ref())?;
    let newest = newest(&snapshots);
    Ok(last_of(snapshots, args, newest))
}

/// The pulls of the last time that is asked, counted from the newest one.
fn last_of(mut snapshots: Vec<Snapshot>, args: &HistoryArgs, newest: i64) -> Vec<Snapshot> {
    let seconds = args.last.map_or(i64::MAX, |last| i64::try_from(last.as_secs()).unwrap_or(i64::MAX));
    snapshots.retain(|snapshot| newest.saturating_sub(snapshot.started_at.as_second()) <= seconds);
    snapshots
}

/// When the newest pull started, in seconds of Unix time.
fn newest(snapshots: &[Snapshot]) -> i64 {
    snapshots.last().map_or(0, |snapshot| snapshot.started_at.as_second())
}

pub(super) fn list(args: &HistoryListArgs) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format())?;
    let columns = |_| TableColumns::sorted(history_list::COLUMNS);
    let Some(arrangement) = arrangement(&args.columns, &format, columns)? else { return Ok(Exit::Done) };
    let lake = lake::open(&args.lake)?;
    let mut snapshots = lake.snapshots()?;
    snapshots.sort_by_key(|snapshot| snapshot.started_at);

    // The table of states does not have it, and people do not see it. A writer that was killed has
    // not begun the table of pulls.
    let records = if format == ReportFormat::Json { lake.records().unwrap_or_default() } else { Vec::new() };
    let profiles: HashMap<_, _> = records.into_iter().map(|record| (record.id, record.profile)).collect();
    let listed: Vec<_> = snapshots
        .iter()
        .map(|snapshot| ListedPull {
            tenant: snapshot.tenant.as_ref().map(TenantName::as_str),
            profile: profiles.get(&snapshot.pull).cloned().flatten(),
            started_at: snapshot.started_at,
            devices: snapshot.devices,
            pull_id: snapshot.pull.as_str(),
        })
        .collect();
    let guard = FormulaGuard::from_flag(args.result.csv_raw);
    let text = history_list::render(&args.lake.display().to_string(), &listed, format, arrangement, args.limit, guard)?;
    result_output.write(&format, &text)?;
    Ok(Exit::Done)
}
