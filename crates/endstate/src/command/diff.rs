//! `endstate diff`: what changed between two pulls.

use std::io;

use endstate_analysis::{DeviceChange, DifferenceBuilder, EarlierStates};
use endstate_model::MachineSecurityState;

use super::report_outcome::{print_completeness, require_rows};
use super::result_output::ResultOutput;
use crate::cli::{DiffArgs, ReportFormat};
use crate::exit::Exit;
use crate::pull::read::{Input, read};
use crate::report::difference::DifferenceReport;
use crate::rows::{Row, RowSink};
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;

/// Compares the newer pull, and keeps what is different in it.
struct DifferenceSink {
    difference: DifferenceBuilder,
    /// Without devices that did not change.
    changes: Vec<DeviceChange>,
}

impl RowSink<MachineSecurityState> for DifferenceSink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        let state = row.item().ok();
        let change = state.and_then(|state| self.difference.compare(state));
        self.changes.extend(change.filter(DeviceChange::is_different));
        Ok(())
    }
}

impl RowSink<MachineSecurityState> for EarlierStates {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

pub(crate) async fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;
    let (old, new) = match (&args.old, &args.new) {
        (Some(old), Some(new)) => (Input::file(old), Input::file(new)),
        // Without files, clap requires --demo.
        _ => (Input::demo(1).await?, Input::demo(2).await?),
    };

    let mut earlier = EarlierStates::new();
    earlier.begin_pull();
    let old = require_rows(read(&old, None, &mut earlier).await?)?.info;
    let mut sink = DifferenceSink { difference: DifferenceBuilder::new(earlier), changes: Vec::new() };
    let new = require_rows(read(&new, None, &mut sink).await?)?.info;
    let (old, new) = if args.demo { (demo_day(1, old), demo_day(2, new)) } else { (old, new) };

    let difference = sink.difference.finish();
    let report = DifferenceReport {
        difference: &difference,
        changes: &sink.changes,
        old: &old,
        new: &new,
        limit: args.limit,
        guard: FormulaGuard::from_flag(args.csv_raw),
    };
    result_output.write(&report.render(format)?)?;

    if format == ReportFormat::Csv {
        print_completeness(&old);
        print_completeness(&new);
    }
    Ok(Exit::for_result([old.outcome(), new.outcome()]))
}

/// Both days of the demo are pulled today, from an address that means nothing to the user.
fn demo_day(day: u32, pull: PullInfo) -> PullInfo {
    PullInfo { name: format!("day {day}"), started_at: None, ..pull }
}
