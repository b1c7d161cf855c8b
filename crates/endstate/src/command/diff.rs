//! `endstate diff`: what changed between two pulls.

use std::io;
use std::path::Path;

use endstate_analysis::{DeviceChange, DifferenceBuilder, EarlierStates};
use endstate_model::MachineSecurityState;

use crate::args::{DiffArgs, ReportFormat};
use crate::demo;
use crate::earlier_pulls::EarlierPulls;
use crate::exit::Exit;
use crate::format::Cells;
use crate::output;
use crate::pull_facts::PullFacts;
use crate::pulled_file;
use crate::row::Row;
use crate::run::Consumer;
use crate::view::difference::DifferenceView;

/// The pull that is compared, and what is different in it.
struct Comparing {
    difference: DifferenceBuilder,
    /// Devices that did not change are left out.
    changes: Vec<DeviceChange>,
}

impl Comparing {
    fn with(earlier: EarlierStates) -> Self {
        Self { difference: DifferenceBuilder::new(earlier), changes: Vec::new() }
    }
}

impl Consumer<MachineSecurityState> for Comparing {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        let state = row.item().ok();
        let change = state.and_then(|state| self.difference.compare(state));
        self.changes.extend(change.filter(DeviceChange::is_different));
        Ok(())
    }
}

impl Consumer<MachineSecurityState> for EarlierStates {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

pub(crate) async fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let (old, new, comparing) = match (&args.old, &args.new) {
        (Some(old), Some(new)) => of_files(old, new)?,
        // Without files there is --demo, or clap would have refused.
        _ => of_demo().await?,
    };
    let difference = comparing.difference.finish();
    let view = DifferenceView {
        difference: &difference,
        changes: &comparing.changes,
        old: &old,
        new: &new,
        limit: args.limit,
        cells: Cells::of(args.csv_raw),
    };
    output::data(&view.render(args.format)?)?;
    if args.format == ReportFormat::Csv {
        // A flat table has no place for it.
        for facts in [&old, &new] {
            output::verdict(facts.completeness.is_complete(), facts.completeness.line());
        }
    }
    let is_incomplete = [&old, &new].iter().any(|facts| facts.completeness.is_incomplete());
    Ok(if is_incomplete { Exit::Incomplete } else { Exit::Done })
}

fn of_files(old: &Path, new: &Path) -> anyhow::Result<(PullFacts, PullFacts, Comparing)> {
    let earlier = EarlierPulls::read(&[old.to_owned()], None)?;
    let mut comparing = Comparing::with(earlier.states);
    let mut written = Ok(());
    let read = pulled_file::read(new, |row| {
        if written.is_ok() {
            written = comparing.row(row);
        }
    })?;
    written?;
    let new = PullFacts::of_file(new, &read)?;
    let old = earlier.facts.into_iter().next().unwrap_or_else(|| new.clone());
    Ok((old, new, comparing))
}

/// The emulated tenant of two days.
async fn of_demo() -> anyhow::Result<(PullFacts, PullFacts, Comparing)> {
    let mut earlier = EarlierStates::new();
    earlier.begin_pull();
    let old = demo::pull(1, &mut earlier).await?;
    let mut comparing = Comparing::with(earlier);
    let new = demo::pull(2, &mut comparing).await?;
    Ok((old, new, comparing))
}
