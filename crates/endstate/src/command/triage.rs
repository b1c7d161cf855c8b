//! `endstate triage`: what needs attention, from a live source or from a file that `pull` wrote.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use endstate_analysis::TriageBuilder;
use endstate_model::DeviceId;
use endstate_paging::Checkpoint;

use crate::args::{TriageArgs, TriageFormat};
use crate::exit::Exit;
use crate::output;
use crate::receipt::Receipt;
use crate::row::{InvalidItems, Row};
use crate::run::{self, Consumer};
use crate::source::{Source, retry_policy};
use crate::states_file;
use crate::view::completeness::Completeness;
use crate::view::triage::TriageView;
use crate::view::verdict;

impl Consumer for TriageBuilder {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        if let Ok(state) = &row.state {
            self.add(state);
        }
        Ok(())
    }

    fn page_end(&mut self, _: Option<&Checkpoint>) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) async fn run(args: &TriageArgs) -> anyhow::Result<Exit> {
    let mut builder = TriageBuilder::new(args.limit);
    let (source, completeness, invalid_items, exit) = match &args.file {
        Some(path) => of_file(path, &mut builder)?,
        None => match of_service(args, &mut builder).await? {
            Ok(done) => done,
            Err(exit) => return Ok(exit),
        },
    };
    let triage = builder.finish();
    let view = TriageView { triage: &triage, by: args.by, completeness: &completeness, source: &source, invalid_items };
    output::data(&view.render(args.format)?)?;
    if args.format == TriageFormat::Csv {
        // A flat table has no place for it.
        output::verdict(completeness.is_complete(), completeness.line());
    }
    let found: Vec<_> = args.fail_on.iter().filter(|what| what.devices(&triage) > 0).collect();
    for what in &found {
        output::say(format_args!("--fail-on {}: {} devices", what.name(), what.devices(&triage)));
    }
    // Incomplete wins: what is missing could have been worse.
    Ok(if exit == Exit::Done && !found.is_empty() { Exit::Found } else { exit })
}

/// Where the states came from, whether they are all, how many items are no states, and the exit.
type Triaged = (String, Completeness, u64, Exit);

/// The error is the exit of a pull that read nothing, about which all is said already.
async fn of_service(args: &TriageArgs, builder: &mut TriageBuilder) -> anyhow::Result<Result<Triaged, Exit>> {
    let source = Source::open(&args.source, &args.limits).await?;
    let pulled = run::run(&source, source.pull(&args.source, &args.limits), InvalidItems::default(), builder).await?;
    let exit = Exit::of(&pulled.report);
    let receipt = Receipt::new(&pulled, &retry_policy(&args.limits), None);
    if !matches!(exit, Exit::Done | Exit::Incomplete) {
        verdict::tell(&receipt, pulled.report.failure.as_ref());
        return Ok(Err(exit));
    }
    verdict::tell_failure(&receipt, pulled.report.failure.as_ref());
    Ok(Ok((pulled.source, Completeness::of_receipt(&receipt), pulled.invalid_items, exit)))
}

fn of_file(path: &Path, builder: &mut TriageBuilder) -> anyhow::Result<Triaged> {
    // With --keep-duplicates a file has devices twice, and each is one device all the same.
    let mut seen: HashSet<DeviceId> = HashSet::new();
    let read = states_file::read(path, |row| {
        if let Ok(state) = &row.state
            && seen.insert(state.id.clone())
        {
            builder.add(state);
        }
    })?;
    let completeness = Completeness::of_file(path, &read)?;
    let exit = if completeness.is_incomplete() { Exit::Incomplete } else { Exit::Done };
    Ok((path.display().to_string(), completeness, read.invalid_items, exit))
}
