//! `endstate updates`: missing updates, and the vulnerabilities that they fix.

use std::io;
use std::path::Path;
use std::rc::Rc;

use anyhow::bail;
use endstate_analysis::{Condition, MissingUpdatesBuilder, UpdateCatalog};
use endstate_model::{CveKbMap, KbInfo, MachineSecurityState};
use futures_util::future::join_all;

use super::checks::{exit_of, max_age, print_checks};
use super::condition;
use super::report_outcome::{print_completeness, require_rows};
use super::result_output::ResultOutput;
use crate::cli::{ReportFormat, UpdatesArgs};
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::{CliOverrides, Settings};
use crate::exit::{Exit, Reported};
use crate::pull::read::{Input, read};
use crate::report::updates::{TenantUpdates, UpdatesReport};
use crate::rows::{Row, RowSink};
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::counted;
use crate::terminal::output;

impl RowSink<KbInfo> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, KbInfo>) -> io::Result<()> {
        if let Ok(update) = row.item() {
            self.add_update(update.clone());
        }
        Ok(())
    }
}

impl RowSink<CveKbMap> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, CveKbMap>) -> io::Result<()> {
        if let Ok(vulnerability) = row.item() {
            self.add_vulnerability(vulnerability.clone());
        }
        Ok(())
    }
}

impl RowSink<MachineSecurityState> for MissingUpdatesBuilder {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

/// Where each collection of a tenant comes from. A service has all of them.
struct Inputs {
    states: Rc<Input>,
    updates: Rc<Input>,
    vulnerabilities: Rc<Input>,
}

impl Inputs {
    fn files(states: &Path, updates: &Path, vulnerabilities: &Path) -> Self {
        let [states, updates, vulnerabilities] =
            [states, updates, vulnerabilities].map(|path| Rc::new(Input::file(path)));
        Self { states, updates, vulnerabilities }
    }

    async fn service(args: &UpdatesArgs, settings: Settings) -> anyhow::Result<Self> {
        let service = Rc::new(Input::live(&args.source, settings).await?);
        Ok(Self { states: Rc::clone(&service), updates: Rc::clone(&service), vulnerabilities: service })
    }
}

pub(crate) async fn run(args: &UpdatesArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse::<MachineSecurityState>(args.condition.as_deref())?;
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;

    let (tenants, failed) =
        if let (Some(states), Some(updates), Some(vulnerabilities)) = (&args.states, &args.kbinfo, &args.cvekbmap) {
            let inputs = Inputs::files(states, updates, vulnerabilities);
            (vec![assess(args, None, inputs, condition.as_ref()).await?], Exit::Done)
        } else {
            match profiles::resolve(&args.source, overrides)? {
                Tenants::One(settings) => {
                    let inputs = Inputs::service(args, *settings).await?;
                    (vec![assess(args, None, inputs, condition.as_ref()).await?], Exit::Done)
                }
                Tenants::Several(profiles) => assess_all(args, profiles, condition.as_ref()).await?,
            }
        };

    let mut missing = tenants[0].missing.clone();
    for tenant in &tenants[1..] {
        missing.merge(tenant.missing.clone(), args.limit);
    }
    let pulls = [0, 1, 2].map(|place| one_of(&tenants, place));
    let without_version = tenants.iter().map(|tenant| tenant.without_version).sum();
    let report = UpdatesReport {
        missing: &missing,
        tenants: &tenants,
        by: args.by,
        pulls: pulls.each_ref(),
        without_version,
        limit: args.limit,
        guard: FormulaGuard::from_flag(args.csv_raw),
    };
    result_output.write(&report.render(format)?)?;

    if format == ReportFormat::Csv {
        pulls.iter().for_each(print_completeness);
    }
    let states: Vec<_> = tenants.iter().map(|tenant| &tenant.pulls[0]).collect();
    let checks: Vec<_> = args.age.max_age.map(|limit| max_age(&states, limit)).into_iter().collect();
    print_checks(&checks);
    Ok(Exit::for_result(pulls.iter().map(PullInfo::outcome)).max(exit_of(&checks)).max(failed))
}

/// Assesses several tenants at once. One that fails does not stop the others, but the exit code is
/// that of the failure.
async fn assess_all(
    args: &UpdatesArgs,
    profiles: Vec<Profile>,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<(Vec<TenantUpdates>, Exit)> {
    let names: Vec<_> = profiles.iter().map(|profile| profile.name.clone()).collect();
    let assessing = profiles.into_iter().map(|Profile { name, settings }| async move {
        let inputs = Inputs::service(args, settings?).await?;
        assess(args, Some(name), inputs, condition).await
    });

    let mut tenants = Vec::new();
    let mut failed = Exit::Done;
    for (name, result) in names.into_iter().zip(join_all(assessing).await) {
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
    Ok((tenants, failed))
}

/// Assesses one tenant.
async fn assess(
    args: &UpdatesArgs,
    name: Option<String>,
    inputs: Inputs,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<TenantUpdates> {
    // The small collections first: if one is not available, the large one need not be pulled.
    let mut catalog = UpdateCatalog::new();
    let updates = require_rows(read::<KbInfo>(&inputs.updates, None, &mut catalog).await?)?.info;
    let vulnerabilities = read::<CveKbMap>(&inputs.vulnerabilities, None, &mut catalog).await?;
    let vulnerabilities = require_rows(vulnerabilities)?.info;
    let without_version = catalog.without_version();
    if catalog.updates() == 0 && without_version > 0 {
        bail!("{} has no update with a version; expected a pull of kbinfo", updates.name);
    }

    let mut builder = MissingUpdatesBuilder::new(catalog, args.limit);
    let states = require_rows(read(&inputs.states, condition, &mut builder).await?)?.info;
    Ok(TenantUpdates { name, missing: builder.finish(), pulls: [states, updates, vulnerabilities], without_version })
}

/// The pulls of one collection of all tenants as one.
fn one_of(tenants: &[TenantUpdates], place: usize) -> PullInfo {
    if let [only] = tenants {
        return only.pulls[place].clone();
    }
    let what = ["device states", "updates", "vulnerabilities"][place];
    let total = format!("{what} of {}", counted(tenants.len() as u64, "tenant"));
    PullInfo::all(tenants.iter().map(|tenant| (tenant.name.as_deref(), &tenant.pulls[place])), &total)
}
