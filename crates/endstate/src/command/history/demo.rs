//! Thirty days of the emulated tenant.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use endstate_analysis::{HistoryBuilder, HistoryRow};
use endstate_model::{DeviceId, MachineSecurityState, UtcTime};
use jiff::Timestamp;

use super::{Asked, devices_of};
use crate::cli::StatesFrom;
use crate::command::report_outcome::require_rows;
use crate::pull::read::{Input, read};
use crate::report::device_name::name_of;
use crate::rows::{Row, RowSink};

const DAYS: u32 = 30;
const SECONDS_A_DAY: i64 = 86_400;

/// Each day is pulled now, as if at this time of its day.
pub(super) async fn asked(last: Option<Duration>) -> anyhow::Result<Asked> {
    let now = Timestamp::now().as_second();
    let mut sink = HistorySink::default();
    let days = last.map_or(DAYS, |last| u32::try_from(last.as_secs() / 86_400 + 1).unwrap_or(DAYS).clamp(1, DAYS));
    for day in DAYS - days + 1..=DAYS {
        sink.builder.begin_pull(UtcTime::from_second(now - i64::from(DAYS - day) * SECONDS_A_DAY))?;
        let input = Input::demo(day, StatesFrom::Hunting).await?;
        require_rows(read(&input, None, &mut sink).await?)?;
    }

    let HistorySink { builder, mut names } = sink;
    let history = builder.finish();
    let devices = devices_of(&history);
    names.retain(|id, _| devices.contains(id));
    Ok(Asked { source: "demo".to_owned(), tenant: None, history, names })
}

/// Adds the rows of a pull.
#[derive(Default)]
struct HistorySink {
    builder: HistoryBuilder,
    names: HashMap<DeviceId, Box<str>>,
}

impl RowSink<MachineSecurityState> for HistorySink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        row.read(|state| {
            self.builder.add(&HistoryRow::from(state));
            if let Some(name) = name_of(state.device.as_deref()) {
                self.names.insert(state.id.to_join(), name.into());
            }
        });
        Ok(())
    }
}
