//! `endstate triage`: what needs attention, from a live source or from a file that `pull` wrote.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use anyhow::anyhow;
use endstate_analysis::{Condition, DifferenceBuilder, TriageBuilder};
use endstate_model::MachineSecurityState;

use crate::args::{TriageArgs, TriageFormat};
use crate::condition::{parsed, usage};
use crate::day;
use crate::earlier_pulls::EarlierPulls;
use crate::exit::Exit;
use crate::format::Cells;
use crate::output;
use crate::pull_facts::PullFacts;
use crate::pulled_file;
use crate::row::Row;
use crate::settings::Given;
use crate::tenants::{self, Tenants};
use crate::triaging::{Read, Triaging, of_tenant, of_tenants};
use crate::view::triage::{Since, TriageView};

pub(crate) async fn run(args: &TriageArgs, given: &Given) -> anyhow::Result<Exit> {
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
    let read = if let Some(path) = &args.file {
        of_file(path, condition.as_ref(), &mut triaging)?
    } else {
        let read = match tenants::of(&args.source, given)? {
            Tenants::One(settings) => of_tenant(args, *settings, condition.as_ref(), &mut triaging).await?,
            Tenants::Several(profiles) => {
                let whole = Rc::new(RefCell::new(triaging));
                let read = of_tenants(args, profiles, condition.as_ref(), &whole).await;
                triaging = Rc::try_unwrap(whole).map_err(|_| anyhow!("a tenant is still being read"))?.into_inner();
                read
            }
        };
        match read {
            Ok(read) => read,
            Err(exit) => return Ok(exit),
        }
    };
    let triage = triaging.triage.finish();
    let since_of_urgent: Vec<_> = {
        let since = |state: &MachineSecurityState| triaging.difference.as_ref()?.since(&state.id);
        triage.most_urgent.iter().map(since).collect()
    };
    let difference = triaging.difference.map(DifferenceBuilder::finish);
    let view = TriageView {
        triage: &triage,
        tenants: &read.tenants,
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
    Ok(Read { facts, exit, left_out, invalid_items: read.invalid_items, tenants: Vec::new() })
}
