//! Triage of several tenants at once, each separately and all together.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::bail;
use endstate_analysis::{Condition, TriageBuilder};
use endstate_model::MachineSecurityState;
use endstate_paging::{Outcome, Reason};
use futures_util::future::join_all;

use super::TriageInput;
use super::sink::{TenantSink, TriageSink};
use crate::cli::TriageArgs;
use crate::command::report_outcome::print_outcome;
use crate::config::profiles::Profile;
use crate::exit::{Exit, Reported};
use crate::pull::outcome::EndedPull;
use crate::pull::read::{Input, ReadPull, read};
use crate::report::tenants::Tenant;
use crate::store::completeness::Completeness;
use crate::store::pull_info::PullInfo;
use crate::terminal::error_chain;
use crate::terminal::number::counted;
use crate::terminal::output;

/// A tenant, and how its pull ended.
struct FinishedTenant {
    tenant: Tenant,
    exit: Exit,
    not_matching: u64,
    failure: Failure,
}

/// What there is to report of a tenant that is not complete.
enum Failure {
    /// How its pull ended.
    Pull(Box<EndedPull>),
    /// Why there was no pull.
    Settings(anyhow::Error),
}

/// Pulls several tenants at once. A tenant that fails does not stop the others. If nothing could be
/// read of any tenant, that is reported, and the command ends.
pub(super) async fn read_all(
    args: &TriageArgs,
    profiles: Vec<Profile>,
    condition: Option<&Condition<MachineSecurityState>>,
    all: &Rc<RefCell<TriageSink>>,
) -> anyhow::Result<TriageInput> {
    let results = join_all(profiles.into_iter().map(|profile| read_one(args, profile, condition, all))).await;

    let mut worst = Exit::Done;
    let mut not_matching = 0;
    let mut invalid_items = 0;
    let mut tenants = Vec::new();
    for result in results {
        worst = worst.max(result.exit);
        not_matching += result.not_matching;
        invalid_items += result.tenant.invalid_items;
        if result.exit != Exit::Done {
            output::say(&result.tenant.name);
            match &result.failure {
                Failure::Pull(ended) => print_outcome(ended),
                Failure::Settings(error) => output::error(error),
            }
        }
        tenants.push(result.tenant);
    }
    if !tenants.iter().any(|tenant| tenant.is_read) {
        bail!(Reported(worst));
    }
    Ok(TriageInput { info: all_together(&tenants), exit: worst, not_matching, invalid_items, tenants })
}

async fn read_one(
    args: &TriageArgs,
    Profile { name, settings }: Profile,
    condition: Option<&Condition<MachineSecurityState>>,
    all: &Rc<RefCell<TriageSink>>,
) -> FinishedTenant {
    let id = settings.as_ref().ok().and_then(|settings| settings.sign_in.tenant.as_ref()).map(ToString::to_string);
    let own = TriageSink { triage: TriageBuilder::new(args.limit), difference: None };
    let mut sink = TenantSink { own, all: Rc::clone(all) };
    let pull = async {
        let input = Input::live(&args.source, settings?).await?;
        read(&input, condition, &mut sink).await
    };
    let pulled = pull.await;
    let triage = sink.own.triage.finish();

    match pulled {
        Ok(ReadPull { info, not_matching, invalid_items, ended: Some(ended) }) => {
            let exit = ended.exit();
            let is_read = exit.is_usable();
            let info = match &ended.failure {
                Some(failure) if !is_read => PullInfo { completeness: failed(error_chain::one_line(failure)), ..info },
                _ => super::whole_pull(&ended),
            };
            let tenant = Tenant { name, id, is_read, info, triage, invalid_items };
            FinishedTenant { tenant, exit, not_matching, failure: Failure::Pull(Box::new(ended)) }
        }
        Ok(ReadPull { ended: None, .. }) => unreachable!("a live input ends with a receipt"),
        Err(error) => {
            let completeness = failed(error_chain::one_line(error.as_ref()));
            let info = PullInfo { name: String::new(), completeness, started_at: None, condition: None };
            let tenant = Tenant { name, id, is_read: false, info, triage, invalid_items: 0 };
            FinishedTenant { tenant, exit: Exit::Failed, not_matching: 0, failure: Failure::Settings(error) }
        }
    }
}

/// Nothing could be read.
fn failed(why: String) -> Completeness {
    Completeness::new(Outcome::Incomplete(Reason::NothingRead), why)
}

/// The pulls of all tenants as one, which is complete if each of them is.
fn all_together(tenants: &[Tenant]) -> PullInfo {
    let names = |tenants: &mut dyn Iterator<Item = &Tenant>| {
        tenants.map(|tenant| tenant.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let devices = tenants.iter().map(|tenant| tenant.triage.devices).sum();
    let total = format!("{} in {}", counted(devices, "device"), counted(tenants.len() as u64, "tenant"));
    let incomplete = names(&mut tenants.iter().filter(|tenant| !tenant.info.outcome().is_complete()));
    let completeness = if incomplete.is_empty() {
        Completeness::new(Outcome::Complete, format!("all {total}"))
    } else {
        let evidence = format!("{total}; not complete: {incomplete}");
        Completeness::new(Outcome::Incomplete(Reason::SomeTenants), evidence)
    };

    let started_at = tenants.iter().filter_map(|tenant| tenant.info.started_at.clone()).min();
    PullInfo { name: names(&mut tenants.iter()), completeness, started_at, condition: None }
}
