//! `endstate triage`: what needs attention, from a live source or from a file that `pull` wrote.

use std::io;
use std::path::Path;

use anyhow::anyhow;
use endstate_analysis::{Condition, DifferenceBuilder, TriageBuilder};
use endstate_model::{MachineSecurityState, MachineSecurityStateRef};

use crate::args::{TriageArgs, TriageFormat};
use crate::condition::{parsed, usage};
use crate::day;
use crate::earlier_pulls::EarlierPulls;
use crate::exit::Exit;
use crate::format::Cells;
use crate::output;
use crate::pull_facts::PullFacts;
use crate::pulled_file;
use crate::receipt::Receipt;
use crate::row::Row;
use crate::run::{self, Consumer};
use crate::source::{Source, retry_policy};
use crate::view::triage::{Since, TriageView};
use crate::view::verdict;

/// Counts, and compares with earlier pulls where there are any.
struct Triaging {
    triage: TriageBuilder,
    difference: Option<DifferenceBuilder>,
}

impl Triaging {
    fn add(&mut self, row: &Row<'_, MachineSecurityState>) {
        if self.difference.is_none()
            && let Some(state) = MachineSecurityStateRef::read(row.raw)
        {
            // At a glance: nothing of it is kept.
            row.note_plainly_one();
            self.triage.add_ref(&state);
        } else if let Ok(state) = row.item() {
            self.triage.add(state);
            if let Some(difference) = &mut self.difference {
                difference.compare(state);
            }
        }
    }
}

impl Consumer<MachineSecurityState> for Triaging {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        self.add(row);
        Ok(())
    }
}

/// Where the states came from, how many there are in all, and how many items are no states.
struct Read {
    facts: PullFacts,
    exit: Exit,
    left_out: u64,
    invalid_items: u64,
}

pub(crate) async fn run(args: &TriageArgs) -> anyhow::Result<Exit> {
    let condition = match args.condition.as_deref().map(parsed).transpose() {
        Ok(condition) => condition,
        Err(error) => return Ok(usage(&error)),
    };
    if args.since.is_empty()
        && let Some(what) = args.fail_on.iter().find(|what| what.needs_older_pull())
    {
        return Ok(usage(&anyhow!("--fail-on {} needs an older pull to compare with: --since FILE", what.as_str())));
    }
    let day = args.at.map_or_else(day::today, Ok)?;
    let earlier = EarlierPulls::read(&args.since, condition.as_ref())?;
    let (pulls, states) = (earlier.facts, earlier.states);
    let difference = (states.pulls() > 0).then(|| DifferenceBuilder::new(states));
    let mut triaging = Triaging { triage: TriageBuilder::new(args.limit), difference };
    let read = match &args.file {
        Some(path) => of_file(path, condition.as_ref(), &mut triaging)?,
        None => match of_service(args, condition.as_ref(), &mut triaging).await? {
            Ok(read) => read,
            Err(exit) => return Ok(exit),
        },
    };
    let triage = triaging.triage.finish();
    let since_of_urgent: Vec<_> = {
        let since = |state: &MachineSecurityState| triaging.difference.as_ref()?.since(&state.id);
        triage.most_urgent.iter().map(since).collect()
    };
    let difference = triaging.difference.map(DifferenceBuilder::finish);
    let view = TriageView {
        triage: &triage,
        by: args.by,
        behind: args.behind,
        day,
        facts: &read.facts,
        invalid_items: read.invalid_items,
        selection: condition.as_ref().map(|condition| (condition.as_str(), triage.devices + read.left_out)),
        since: difference.as_ref().map(|difference| Since { pulls: &pulls, difference, of_urgent: since_of_urgent }),
        cells: Cells::of(args.csv_raw),
    };
    output::data(&view.render(args.format)?)?;
    if matches!(args.format, TriageFormat::Csv | TriageFormat::Prometheus) {
        // A flat table has no place for it, and metrics are read by nobody.
        output::verdict(read.facts.completeness.is_complete(), read.facts.completeness.line());
    }
    let mut has_found = false;
    for what in &args.fail_on {
        if let Some(devices) = what.found(&triage, difference.as_ref(), day) {
            output::say(format_args!("--fail-on {}: {devices} devices", what.as_str()));
            has_found = true;
        }
    }
    // Incomplete wins: what is missing could have been worse.
    Ok(if read.exit == Exit::Done && has_found { Exit::Found } else { read.exit })
}

/// The error is the exit of a pull that read nothing, about which all is said already.
async fn of_service(
    args: &TriageArgs,
    condition: Option<&Condition<MachineSecurityState>>,
    triaging: &mut Triaging,
) -> anyhow::Result<Result<Read, Exit>> {
    let source = Source::open(&args.source, &args.limits).await?;
    let mut order = source.order(&args.source, &args.limits, condition)?;
    // Each row is read here anyway.
    order.pull = order.pull.glance(|_| false);
    let pulled = run::run(&source, order, triaging).await?;
    let exit = Exit::of(&pulled.report);
    let receipt = Receipt::new(&pulled, &retry_policy(&args.limits), None);
    if !matches!(exit, Exit::Done | Exit::Incomplete) {
        verdict::tell(&receipt, pulled.report.failure.as_ref());
        return Ok(Err(exit));
    }
    verdict::tell_failure(&receipt, pulled.report.failure.as_ref());
    // The condition is not of the pull, but of what is shown of it.
    let facts = PullFacts::of_receipt(&Receipt { condition: None, ..receipt });
    Ok(Ok(Read { facts, exit, left_out: pulled.left_out, invalid_items: pulled.invalid_items }))
}

fn of_file(
    path: &Path,
    condition: Option<&Condition<MachineSecurityState>>,
    triaging: &mut Triaging,
) -> anyhow::Result<Read> {
    let mut left_out = 0;
    let read = pulled_file::read(path, |row: &Row<'_, MachineSecurityState>| {
        if row.meets(condition) {
            triaging.add(row);
        } else if row.item().is_ok() {
            left_out += 1;
        }
    })?;
    let facts = PullFacts::of_file(path, &read)?;
    let exit = if facts.completeness.is_incomplete() { Exit::Incomplete } else { Exit::Done };
    Ok(Read { facts, exit, left_out, invalid_items: read.invalid_items })
}
