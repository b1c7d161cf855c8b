//! Thirty days of the emulated tenant.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::Duration;

use endstate_analysis::{Condition, HistoryBuilder, HistoryRow, PullCounts};
use endstate_model::{DeviceId, MachineSecurityState, UtcTime};
use jiff::Timestamp;

use super::wanted_device::{FoundStates, Wanted};
use super::{Asked, devices_of};
use crate::cli::StatesFrom;
use crate::command::report_outcome::require_rows;
use crate::pull::read::{Input, read};
use crate::report::device_name::name_of;
use crate::rows::{Row, RowSink};

pub(crate) const DAYS: u32 = 30;
const SECONDS_A_DAY: i64 = 86_400;

/// Each day of the demo that is asked, and the moment of its pull. Each is pulled now, as if at
/// this time of its day.
fn days(last: Option<Duration>) -> impl Iterator<Item = (u32, UtcTime)> {
    let days = last.map_or(DAYS, |last| u32::try_from(last.as_secs() / 86_400 + 1).unwrap_or(DAYS).clamp(1, DAYS));
    days_until(DAYS, days)
}

/// So many days until one that is today.
fn days_until(today: u32, days: u32) -> impl Iterator<Item = (u32, UtcTime)> {
    let now = Timestamp::now().as_second();
    let moment = move |day: u32| UtcTime::from_second(now - i64::from(today - day) * SECONDS_A_DAY);
    (today.saturating_sub(days) + 1..=today).map(move |day| (day, moment(day)))
}

/// The counts of thirty days until one that is today.
pub(crate) async fn pulls(today: u32, source: StatesFrom) -> anyhow::Result<Vec<PullCounts>> {
    let mut sink = HistorySink::default();
    for (day, started_at) in days_until(today, DAYS) {
        sink.builder.begin_pull(started_at)?;
        let input = Input::demo(day, source).await?;
        require_rows(read(&input, None, &mut sink).await?)?;
    }
    Ok(sink.builder.finish().pulls)
}

pub(super) async fn asked(
    last: Option<Duration>,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<Asked> {
    let mut sink = HistorySink { condition, ..HistorySink::default() };
    for (day, started_at) in days(last) {
        sink.matching.clear();
        sink.builder.begin_pull(started_at)?;
        let input = Input::demo(day, StatesFrom::Hunting).await?;
        require_rows(read(&input, None, &mut sink).await?)?;
    }

    let HistorySink { builder, mut names, matching, .. } = sink;
    let history = builder.finish();
    let devices = devices_of(&history);
    names.retain(|id, _| devices.contains(id));
    let matching = condition.map(|_| matching);
    Ok(Asked { source: "demo".to_owned(), tenant: None, profile: None, history, names, matching })
}

/// The states of a device on each day.
pub(super) async fn states_of(last: Option<Duration>, wanted: Wanted<'_>) -> anyhow::Result<FoundStates> {
    let mut found = FoundStates::default();
    for (day, started_at) in days(last) {
        let mut sink = DeviceSink { wanted, states: Vec::new() };
        let input = Input::demo(day, StatesFrom::Hunting).await?;
        require_rows(read(&input, None, &mut sink).await?)?;
        found.pulls.push((started_at, sink.states));
    }
    Ok(found)
}

/// Keeps the states that may be meant.
struct DeviceSink<'w> {
    wanted: Wanted<'w>,
    states: Vec<MachineSecurityState>,
}

impl RowSink<MachineSecurityState> for DeviceSink<'_> {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        let Ok(state) = row.item() else { return Ok(()) };
        let name = state.device.as_deref().and_then(|device| device.name.as_deref());
        if self.wanted.may_be(&state.id, name) {
            self.states.push(state.clone());
        }
        Ok(())
    }
}

/// Adds the rows of a pull.
#[derive(Default)]
struct HistorySink<'c> {
    builder: HistoryBuilder,
    names: HashMap<DeviceId, Box<str>>,
    condition: Option<&'c Condition<MachineSecurityState>>,
    /// The devices of the last day that match.
    matching: HashSet<DeviceId>,
}

impl RowSink<MachineSecurityState> for HistorySink<'_> {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let (Some(condition), Ok(state)) = (self.condition, row.item())
            && condition.decide(state, None) == Some(true)
        {
            self.matching.insert(state.id.to_join());
        }
        row.read(|state| {
            self.builder.add(&HistoryRow::from(state));
            if let Some(name) = name_of(state.device.as_deref()) {
                self.names.insert(state.id.to_join(), name.into());
            }
        });
        Ok(())
    }
}
