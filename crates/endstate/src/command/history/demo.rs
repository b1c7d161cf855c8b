//! Thirty days of the emulated tenant.

use std::io;
use std::time::Duration;

use endstate_analysis::{History, HistoryBuilder, HistoryRow};
use endstate_model::{MachineSecurityState, UtcTime};
use jiff::Timestamp;

use crate::cli::StatesFrom;
use crate::command::report_outcome::require_rows;
use crate::pull::read::{Input, read};
use crate::rows::{Row, RowSink};

const DAYS: u32 = 30;
const SECONDS_A_DAY: i64 = 86_400;

/// Each day is pulled now, as if at this time of its day.
pub(super) async fn history(last: Option<Duration>) -> anyhow::Result<History> {
    let now = Timestamp::now().as_second();
    let mut builder = HistoryBuilder::new();
    let days = last.map_or(DAYS, |last| u32::try_from(last.as_secs() / 86_400 + 1).unwrap_or(DAYS).clamp(1, DAYS));
    for day in DAYS - days + 1..=DAYS {
        builder.begin_pull(UtcTime::from_second(now - i64::from(DAYS - day) * SECONDS_A_DAY))?;
        let input = Input::demo(day, StatesFrom::Hunting).await?;
        require_rows(read(&input, None, &mut HistorySink(&mut builder)).await?)?;
    }
    Ok(builder.finish())
}

/// Adds the rows of a pull.
struct HistorySink<'b>(&'b mut HistoryBuilder);

impl RowSink<MachineSecurityState> for HistorySink<'_> {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        row.read(|state| self.0.add(&HistoryRow::from(state)));
        Ok(())
    }
}
