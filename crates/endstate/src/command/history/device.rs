//! `endstate history device`: what changed on a device from pull to pull.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail};
use endstate_model::{DeviceId, MachineSecurityState, UtcTime};

use super::wanted_device::{FoundStates, Wanted};
use super::{demo, lake};
use crate::cli::{HistoryArgs, HistoryDeviceArgs};
use crate::command::result_output::ResultOutput;
use crate::command::table_columns::arrangement;
use crate::exit::Exit;
use crate::report::arrangement::TableColumns;
use crate::report::device_timeline::{self, DeviceTimeline, TimelinePull};
use crate::report::history_verdict::HistoryVerdict;
use crate::store::format::FormulaGuard;

fn name(state: &MachineSecurityState) -> Option<&str> {
    state.device.as_deref().and_then(|device| device.name.as_deref())
}

pub(super) async fn run(args: &HistoryDeviceArgs) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format())?;
    let columns = |_| TableColumns::sorted(device_timeline::COLUMNS);
    let Some(arrangement) = arrangement(&args.columns, &format, columns)? else { return Ok(Exit::Done) };
    let wanted = Wanted::new(&args.device);
    let found = find(&args.history, wanted).await?;
    let (tenant, profile) = (found.tenant.clone(), found.profile.clone());
    let (id, mut pulls) = follow(wanted, found)?;
    let by_id = id.to_string();
    if !by_id.eq_ignore_ascii_case(wanted.name()) {
        // It may have had another name, or none, in other pulls.
        let found = find(&args.history, Wanted::new(&by_id)).await?;
        (_, pulls) = follow(Wanted::new(&by_id), found)?;
    }

    let source = args.history.lake.as_ref().map_or_else(|| "demo".to_owned(), |lake| lake.display().to_string());
    let timeline = DeviceTimeline {
        source,
        tenant,
        verdict: HistoryVerdict::new(pulls.len(), profile),
        id,
        name: pulls.iter().rev().find_map(|pull| name(pull.state.as_ref()?)).map(ToOwned::to_owned),
        pulls,
    };
    let guard = FormulaGuard::from_flag(args.result.csv_raw);
    let text = timeline.render(format, arrangement, args.history.limit, guard)?;
    result_output.write(&format, &text)?;
    Ok(Exit::Done)
}

async fn find(args: &HistoryArgs, wanted: Wanted<'_>) -> anyhow::Result<FoundStates> {
    match &args.lake {
        Some(folder) => lake::states_of(folder, args, wanted),
        None => demo::states_of(args.last, wanted).await,
    }
}

/// The device that is meant, in each pull. A whole name wins over the first part of another one.
fn follow(wanted: Wanted<'_>, found: FoundStates) -> anyhow::Result<(DeviceId, Vec<TimelinePull>)> {
    let mut devices: BTreeMap<String, (DeviceId, bool)> = BTreeMap::new();
    for state in found.pulls.iter().flat_map(|(_, states)| states) {
        let is_whole = wanted.is_whole(&state.id, name(state));
        let device = devices.entry(state.id.to_join().to_string()).or_insert_with(|| (state.id.to_join(), false));
        device.1 |= is_whole;
    }
    if devices.values().any(|(_, is_whole)| *is_whole) {
        devices.retain(|_, (_, is_whole)| *is_whole);
    }
    if devices.len() > 1 {
        let ids: Vec<_> = devices.into_keys().collect();
        bail!("several devices are named '{}': {}; name one by its id", wanted.name(), ids.join(", "));
    }
    let device = devices.into_values().next();
    let (id, _) = device.ok_or_else(|| {
        anyhow!("no pull has a device with the name or id '{}'; `endstate history since` lists devices", wanted.name())
    })?;
    let of_pull = |(started_at, states): (UtcTime, Vec<MachineSecurityState>)| TimelinePull {
        started_at,
        state: states.into_iter().find(|state| state.id.to_join() == id),
    };
    Ok((id.clone(), found.pulls.into_iter().map(of_pull).collect()))
}
