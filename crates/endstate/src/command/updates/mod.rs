//! `endstate updates`: missing updates, and the vulnerabilities that they fix.

mod attempt;
mod current;
mod documented;

use std::path::PathBuf;

use anyhow::bail;
use endstate_analysis::Condition;
use endstate_model::MachineSecurityState;
use futures_util::future::join_all;

use self::attempt::{Attempted, CurrentTenant};
use self::documented::Inputs;
use super::checks::{exit_of, max_age, print_checks};
use super::condition;
use super::report_outcome::{print_completeness, print_outcome};
use super::result_output::ResultOutput;
use super::table_columns::arrangement;
use crate::cli::{ReportFormat, UpdatesArgs};
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::{CliOverrides, Settings};
use crate::exit::{Exit, Reported};
use crate::pull::runner::first_available;
use crate::report::arrangement::{Arrangement, Reader, TableColumns};
use crate::report::checks::Check;
use crate::report::current_updates::{self, CurrentUpdatesReport, TenantKbs};
use crate::report::updates::{self, TenantUpdates, UpdatesReport};
use crate::service::source::LiveSource;
use crate::service::source_kind::SourceKind;
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::counted;
use crate::terminal::output;

/// What was found in every tenant.
enum Found {
    Documented(Vec<TenantUpdates>),
    Current(Vec<CurrentTenant>),
}

pub(crate) async fn run(args: &UpdatesArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse::<MachineSecurityState>(args.condition.as_deref())?;
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format())?;
    let columns = |_| {
        let today = current_updates::columns(args.by, true, true, true);
        TableColumns::sorted(updates::columns(args.by, true, true).into_iter().chain(today))
    };
    let Some(arrangement) = arrangement(&args.columns, &format, columns)? else { return Ok(Exit::Done) };
    let files = args.states.iter().chain(&args.kbinfo).chain(&args.cvekbmap);
    result_output.keep(files.map(PathBuf::as_path))?;

    let (found, failed) = Box::pin(find(args, overrides, condition.as_ref())).await?;
    let states: Vec<_> = match &found {
        Found::Documented(tenants) => tenants.iter().map(|tenant| &tenant.pulls[0]).collect(),
        Found::Current(tenants) => tenants.iter().map(|tenant| &tenant.pulls[0]).collect(),
    };
    let checks: Vec<_> = args.age.max_age.map(|limit| max_age(&states, limit)).into_iter().collect();
    let (text, pulls) = match &found {
        Found::Documented(tenants) => show_documented(args, tenants, format, arrangement, &checks)?,
        Found::Current(tenants) => show_current(args, tenants, format, arrangement, &checks)?,
    };
    result_output.write(&format, &text)?;

    if format == ReportFormat::Csv {
        pulls.iter().for_each(print_completeness);
    }
    print_checks(&checks);
    Ok(Exit::for_result(pulls.iter().map(PullInfo::outcome)).max(exit_of(&checks)).max(failed))
}

/// Finds what is missing in each tenant. The exit code is that of tenants that failed.
async fn find(
    args: &UpdatesArgs,
    overrides: &CliOverrides,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<(Found, Exit)> {
    let found = match (&args.states, &args.kbinfo, &args.cvekbmap) {
        (Some(states), Some(updates), Some(vulnerabilities)) => {
            let inputs = Inputs::Files(states, updates, vulnerabilities);
            documented::assess(args, None, inputs, condition).await?
        }
        (Some(states), ..) => Attempted::Current(Box::new(current::count_file(args, states, condition).await?)),
        _ => match profiles::resolve(&args.source, overrides)? {
            Tenants::One(settings) => Box::pin(of_service(args, None, *settings, condition)).await?,
            Tenants::Several(profiles) => return find_all(args, profiles, condition).await,
        },
    };
    Ok((together([found])?, Exit::Done))
}

/// Finds what is missing in several tenants at once. One that fails does not stop the others, but
/// the exit code is that of the failure.
async fn find_all(
    args: &UpdatesArgs,
    profiles: Vec<Profile>,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<(Found, Exit)> {
    let names: Vec<_> = profiles.iter().map(|profile| profile.name.clone()).collect();
    let finding = profiles.into_iter().map(|Profile { name, settings }| async move {
        Box::pin(of_service(args, Some(name), settings?, condition)).await
    });

    let mut tenants = Vec::new();
    let mut failed = Exit::Done;
    for (name, result) in names.into_iter().zip(join_all(finding).await) {
        match result {
            Ok(tenant) => tenants.push(tenant),
            Err(error) => {
                output::say(&name);
                failed = failed.max(if let Some(Reported(exit)) = error.downcast_ref() {
                    *exit
                } else {
                    output::error(&error);
                    Exit::Failed
                });
            }
        }
    }

    if tenants.is_empty() {
        bail!(Reported(failed));
    }
    Ok((together(tenants)?, failed))
}

/// Finds what is missing in one tenant of a service, from the first source that it has.
async fn of_service(
    args: &UpdatesArgs,
    name: Option<String>,
    settings: Settings,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<Attempted> {
    let source = LiveSource::open(&args.source, settings).await?.with_devices();
    let read = async |source: &LiveSource| match source.kind {
        SourceKind::Preview => documented::assess(args, name.clone(), Inputs::Service(source), condition).await,
        _ => current::count(args, name.clone(), source, condition).await,
    };
    let (attempt, _) = first_available(&source, read).await?;
    if let Attempted::Nothing(ended) = &attempt {
        print_outcome(ended);
        bail!(Reported(ended.exit()));
    }
    Ok(attempt)
}

/// The tenants as one result. Results of the two kinds cannot be added: they do not count the same.
fn together(tenants: impl IntoIterator<Item = Attempted>) -> anyhow::Result<Found> {
    let (mut documented, mut current) = (Vec::new(), Vec::new());
    for tenant in tenants {
        match tenant {
            Attempted::Documented(tenant) => documented.push(*tenant),
            Attempted::Current(tenant) => current.push(*tenant),
            Attempted::Nothing(ended) => {
                print_outcome(&ended);
                bail!(Reported(ended.exit()));
            }
        }
    }
    match (documented.is_empty(), current.is_empty()) {
        (_, true) => Ok(Found::Documented(documented)),
        (true, false) => Ok(Found::Current(current)),
        (false, false) => bail!(
            "only some of the tenants have the documented collections; set --source hunting or --source assessments \
             for all"
        ),
    }
}

/// Maximum exposed devices to keep. Which come first in another order is known once all are there.
fn kept(args: &UpdatesArgs) -> usize {
    if args.columns.sort.is_some() { usize::MAX } else { args.limit }
}

/// Who reads a format: each source has columns of its own, which are known once it is read.
fn reader(format: ReportFormat) -> Reader {
    if format == ReportFormat::Csv { Reader::Program } else { Reader::Person }
}

/// What is shown, and the pulls of all tenants by collection.
type Shown = (String, Vec<PullInfo>);

fn show_documented(
    args: &UpdatesArgs,
    tenants: &[TenantUpdates],
    format: ReportFormat,
    arrangement: Arrangement<'_>,
    checks: &[Check],
) -> anyhow::Result<Shown> {
    let mut missing = tenants[0].missing.clone();
    for tenant in &tenants[1..] {
        missing.merge(tenant.missing.clone(), kept(args));
    }
    let pulls = ["device states", "updates", "vulnerabilities"];
    let pulls = [0, 1, 2]
        .map(|place| one_of(pulls[place], tenants.iter().map(|tenant| (tenant.name.as_deref(), &tenant.pulls[place]))));

    arrangement.check(&TableColumns::sorted(updates::columns(args.by, true, true)), reader(format))?;
    let report = UpdatesReport {
        missing: &missing,
        tenants,
        by: args.by,
        pulls: pulls.each_ref(),
        without_version: tenants.iter().map(|tenant| tenant.without_version).sum(),
        limit: args.limit,
        arrangement,
        checks,
        guard: FormulaGuard::from_flag(args.result.csv_raw),
    };
    let text = report.render(format)?;
    Ok((text, pulls.into()))
}

fn show_current(
    args: &UpdatesArgs,
    tenants: &[CurrentTenant],
    format: ReportFormat,
    arrangement: Arrangement<'_>,
    checks: &[Check],
) -> anyhow::Result<Shown> {
    let mut all = tenants[0].builder.clone();
    for tenant in &tenants[1..] {
        all.merge(tenant.builder.clone());
    }
    let what = ["device states", "vulnerabilities"];
    let pulls = (0..tenants[0].pulls.len())
        .map(|place| one_of(what[place], tenants.iter().map(|tenant| (tenant.name.as_deref(), &tenant.pulls[place]))));
    let pulls: Vec<_> = pulls.collect();

    let named = tenants.iter().filter_map(|tenant| {
        let name = tenant.name.clone()?;
        Some(TenantKbs { name, missing: tenant.builder.finish(), states: &tenant.pulls[0] })
    });
    arrangement.check(&TableColumns::sorted(current_updates::columns(args.by, true, true, true)), reader(format))?;
    let report = CurrentUpdatesReport {
        missing: &all.finish(),
        tenants: &named.collect::<Vec<_>>(),
        by: args.by,
        pulls: &pulls,
        limit: args.limit,
        arrangement,
        checks,
        guard: FormulaGuard::from_flag(args.result.csv_raw),
    };
    let text = report.render(format)?;
    Ok((text, pulls))
}

/// The pulls of one collection of all tenants as one.
fn one_of<'p>(what: &str, pulls: impl Iterator<Item = (Option<&'p str>, &'p PullInfo)>) -> PullInfo {
    let pulls: Vec<_> = pulls.collect();
    if let [(_, only)] = pulls[..] {
        return only.clone();
    }
    let total = format!("{what} of {}", counted(pulls.len() as u64, "tenant"));
    PullInfo::all(pulls, &total)
}
