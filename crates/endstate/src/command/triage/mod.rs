//! `endstate triage`: what needs attention, from a service or from a file that `pull` wrote.

mod gate;
mod sink;
mod tenants;

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, anyhow};
use endstate_analysis::{Condition, DifferenceBuilder, TriageBuilder};
use endstate_model::{Date, MachineSecurityState};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::sink::TriageSink;
use super::condition;
use super::report_outcome::{print_completeness, require_rows};
use super::result_output::ResultOutput;
use crate::cli::{TriageArgs, TriageFormat, date};
use crate::config::profiles::{self, Tenants};
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::pull::outcome::EndedPull;
use crate::pull::read::{Input, read};
use crate::report::tenants::Tenant;
use crate::report::triage::{Since, TriageReport};
use crate::store::format::FormulaGuard;
use crate::store::history::EarlierPulls;
use crate::store::pull_info::PullInfo;
use crate::store::receipt::Receipt;
use crate::terminal::number::counted;
use crate::terminal::output;

/// What a triage is made of.
struct TriageInput {
    info: PullInfo,
    exit: Exit,
    /// Readable rows that did not match the condition.
    not_matching: u64,
    invalid_items: u64,
    /// Each of several tenants separately.
    tenants: Vec<Tenant>,
}

pub(crate) async fn run(args: &TriageArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse(args.condition.as_deref())?;
    gate::check_usage(args)?;
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;
    let day = args.at.map_or_else(today, Ok)?;

    let EarlierPulls { states, pulls } = EarlierPulls::read(&args.since, condition.as_ref())?;
    let difference = (states.pulls() > 0).then(|| DifferenceBuilder::new(states));
    let mut sink = TriageSink { triage: TriageBuilder::new(args.limit), difference };
    let input = read_input(args, overrides, condition.as_ref(), &mut sink).await?;

    let triage = sink.triage.finish();
    let since = |state: &MachineSecurityState| sink.difference.as_ref()?.since(&state.id);
    let of_urgent: Vec<_> = triage.most_urgent.iter().map(since).collect();
    let difference = sink.difference.map(DifferenceBuilder::finish);
    let report = TriageReport {
        triage: &triage,
        tenants: &input.tenants,
        by: args.by,
        behind: args.behind,
        day,
        info: &input.info,
        invalid_items: input.invalid_items,
        selection: condition.as_ref().map(|condition| (condition.as_str(), triage.devices + input.not_matching)),
        since: difference.as_ref().map(|difference| Since { pulls: &pulls, difference, of_urgent }),
        guard: FormulaGuard::from_flag(args.csv_raw),
    };
    result_output.write(&report.render(format)?)?;
    if matches!(format, TriageFormat::Csv | TriageFormat::Prometheus) {
        print_completeness(&input.info);
    }

    let mut has_findings = false;
    for check in &args.fail_on {
        if let Some(devices) = gate::found(check, &triage, difference.as_ref(), day) {
            output::say(format_args!("--fail-on {}: {}", check.text, counted(devices, "device")));
            has_findings = true;
        }
    }
    // Incomplete wins, because what is missing could be worse.
    Ok(if input.exit == Exit::Done && has_findings { Exit::Found } else { input.exit })
}

async fn read_input(
    args: &TriageArgs,
    overrides: &CliOverrides,
    condition: Option<&Condition<MachineSecurityState>>,
    sink: &mut TriageSink,
) -> anyhow::Result<TriageInput> {
    let input = if let Some(file) = &args.file {
        Input::file(file)
    } else {
        match profiles::resolve(&args.source, overrides)? {
            Tenants::One(settings) => Input::live(&args.source, *settings).await?,
            Tenants::Several(profiles) => {
                let empty = TriageSink { triage: TriageBuilder::new(args.limit), difference: None };
                let all = Rc::new(RefCell::new(std::mem::replace(sink, empty)));
                let input = tenants::read_all(args, profiles, condition, &all).await;
                *sink = Rc::try_unwrap(all).map_err(|_| anyhow!("a tenant is still being read"))?.into_inner();
                return input;
            }
        }
    };

    let pull = require_rows(read(&input, condition, sink).await?)?;
    let not_matching = pull.not_matching;
    let invalid_items = pull.invalid_items;
    // A file keeps the condition of the pull that wrote it.
    let info = pull.ended.as_ref().map_or(pull.info, whole_pull);
    let exit = Exit::for_result([info.outcome()]);
    Ok(TriageInput { info, exit, not_matching, invalid_items, tenants: Vec::new() })
}

/// A live pull reads every device: the condition belongs to the triage, which shows it separately.
fn whole_pull(ended: &EndedPull) -> PullInfo {
    PullInfo::from_receipt(&Receipt { condition: None, ..ended.receipt.clone() })
}

/// Today's date in UTC.
fn today() -> anyhow::Result<Date> {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    date::from_civil(today).context("the clock is set to a date before the year 0")
}
