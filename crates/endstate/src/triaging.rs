//! Triage of live sources: of one tenant, or of several at once, each by itself and all together.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use endstate_analysis::{Condition, DifferenceBuilder, TriageBuilder};
use endstate_model::{MachineSecurityState, ParsedState};
use endstate_paging::FetchError;
use futures_util::future::join_all;

use crate::args::TriageArgs;
use crate::exit::Exit;
use crate::output;
use crate::pull_facts::PullFacts;
use crate::receipt::Receipt;
use crate::row::Row;
use crate::run::{self, Consumer, Pulled};
use crate::settings::Settings;
use crate::source::{Source, retry_policy};
use crate::tenants::Profile;
use crate::view::completeness::Completeness;
use crate::view::number::counted;
use crate::view::tenants::Tenant;
use crate::view::verdict;

/// Counts, and compares with earlier pulls where there are any.
pub(crate) struct Triaging {
    pub(crate) triage: TriageBuilder,
    pub(crate) difference: Option<DifferenceBuilder>,
}

/// Where the states came from, how many were left out, and how many items are no states.
pub(crate) struct Read {
    pub(crate) facts: PullFacts,
    pub(crate) exit: Exit,
    pub(crate) left_out: u64,
    pub(crate) invalid_items: u64,
    /// Where there are several, each by itself.
    pub(crate) tenants: Vec<Tenant>,
}

impl Triaging {
    pub(crate) fn add(&mut self, row: &Row<'_, MachineSecurityState>) {
        if self.difference.is_none()
            && let Some(state) = ParsedState::read(row.raw)
        {
            // At a glance: nothing of it is kept.
            row.note_plainly_one();
            self.triage.add_parsed(&state);
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

/// A tenant's rows, which count for themselves and for the whole.
struct OfTenant {
    own: Triaging,
    whole: Rc<RefCell<Triaging>>,
}

impl Consumer<MachineSecurityState> for OfTenant {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        self.own.add(row);
        self.whole.borrow_mut().add(row);
        Ok(())
    }
}

/// Pulls one tenant. The error is the exit of a pull that read nothing, about which all is said already.
pub(crate) async fn of_tenant(
    args: &TriageArgs,
    settings: Settings,
    condition: Option<&Condition<MachineSecurityState>>,
    triaging: &mut Triaging,
) -> anyhow::Result<Result<Read, Exit>> {
    let (pulled, receipt) = pull(args, settings, false, condition, triaging).await?;
    let exit = Exit::of(&pulled.report);
    let failure = pulled.report.failure.as_ref();
    if !matches!(exit, Exit::Done | Exit::Incomplete) {
        verdict::tell(&receipt, failure);
        return Ok(Err(exit));
    }
    verdict::tell_failure(&receipt, failure);
    let (left_out, invalid_items) = (pulled.left_out, pulled.invalid_items);
    Ok(Ok(Read { facts: facts_of(receipt), exit, left_out, invalid_items, tenants: Vec::new() }))
}

async fn pull(
    args: &TriageArgs,
    settings: Settings,
    is_one_of_many: bool,
    condition: Option<&Condition<MachineSecurityState>>,
    consumer: &mut impl Consumer<MachineSecurityState>,
) -> anyhow::Result<(Pulled, Receipt)> {
    let source = Source::open(&args.source, settings, is_one_of_many).await?;
    let mut order = source.order(condition)?;
    // Each row is read here anyway.
    order.pull = order.pull.glance(|_| false);
    let pulled = run::run(&source, order, consumer).await?;
    let receipt = Receipt::new(&pulled, &retry_policy(&source.settings.limits), None);
    Ok((pulled, receipt))
}

/// The condition is not of the pull, but of what is shown of it.
fn facts_of(receipt: Receipt) -> PullFacts {
    PullFacts::of_receipt(&Receipt { condition: None, ..receipt })
}

/// A tenant and what there is to tell of it.
struct Ended {
    tenant: Tenant,
    exit: Exit,
    left_out: u64,
    told: Told,
}

enum Told {
    Pulled(Box<Receipt>, Option<FetchError>),
    /// There was no pull.
    Error(anyhow::Error),
}

/// Pulls several tenants at once: one that fails stops no other. The error is the exit where nothing could be read of any.
pub(crate) async fn of_tenants(
    args: &TriageArgs,
    profiles: Vec<Profile>,
    condition: Option<&Condition<MachineSecurityState>>,
    whole: &Rc<RefCell<Triaging>>,
) -> Result<Read, Exit> {
    let ended = join_all(profiles.into_iter().map(|profile| one_of_many(args, profile, condition, whole))).await;
    let (mut worst, mut left_out, mut invalid_items) = (Exit::Done, 0, 0);
    let mut tenants = Vec::new();
    for Ended { tenant, exit, left_out: left_out_here, told } in ended {
        worst = worst.max(exit);
        left_out += left_out_here;
        invalid_items += tenant.invalid_items;
        if exit != Exit::Done {
            output::say(format_args!("{}", tenant.name));
            match told {
                Told::Pulled(receipt, failure) => verdict::tell(&receipt, failure.as_ref()),
                Told::Error(error) => output::error(&error),
            }
        }
        tenants.push(tenant);
    }
    if !tenants.iter().any(|tenant| tenant.is_read) {
        return Err(worst);
    }
    Ok(Read { facts: all_together(&tenants), exit: worst, left_out, invalid_items, tenants })
}

async fn one_of_many(
    args: &TriageArgs,
    Profile { name, settings }: Profile,
    condition: Option<&Condition<MachineSecurityState>>,
    whole: &Rc<RefCell<Triaging>>,
) -> Ended {
    let id = settings.as_ref().ok().and_then(|settings| settings.sign_in.tenant.as_ref()).map(ToString::to_string);
    let own = Triaging { triage: TriageBuilder::new(args.limit), difference: None };
    let mut consumer = OfTenant { own, whole: Rc::clone(whole) };
    let pulled = match settings {
        Ok(settings) => pull(args, settings, true, condition, &mut consumer).await,
        Err(error) => Err(error),
    };
    let triage = consumer.own.triage.finish();
    match pulled {
        Ok((pulled, receipt)) => {
            let exit = Exit::of(&pulled.report);
            let is_read = matches!(exit, Exit::Done | Exit::Incomplete);
            let (mut facts, invalid_items) = (facts_of(receipt.clone()), pulled.invalid_items);
            if let (false, Some(failure)) = (is_read, &pulled.report.failure) {
                facts.completeness = failed(failure.to_string());
            }
            let told = Told::Pulled(Box::new(receipt), pulled.report.failure);
            let tenant = Tenant { name, id, is_read, facts, triage, invalid_items };
            Ended { tenant, exit, left_out: pulled.left_out, told }
        }
        Err(error) => {
            let completeness = failed(error.to_string());
            let facts = PullFacts { name: String::new(), completeness, started_at: None, condition: None };
            let tenant = Tenant { name, id, is_read: false, facts, triage, invalid_items: 0 };
            Ended { tenant, exit: Exit::Failed, left_out: 0, told: Told::Error(error) }
        }
    }
}

/// Nothing could be read.
fn failed(what: String) -> Completeness {
    Completeness::Incomplete { reason: "failed".to_owned(), what }
}

/// The pulls of all tenants as one, which is complete where each is.
fn all_together(tenants: &[Tenant]) -> PullFacts {
    let devices = tenants.iter().map(|tenant| tenant.triage.devices).sum();
    let not_whole: Vec<_> = tenants
        .iter()
        .filter(|tenant| !tenant.facts.completeness.is_complete())
        .map(|tenant| tenant.name.as_str())
        .collect();
    let of = format!("{} of {}", counted(devices, "device"), counted(tenants.len() as u64, "tenant"));
    let completeness = if not_whole.is_empty() {
        Completeness::Complete(of)
    } else {
        let what = format!("{of}; not all of {}", not_whole.join(", "));
        Completeness::Incomplete { reason: "tenants".to_owned(), what }
    };
    let names: Vec<_> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    let started_at = tenants.iter().filter_map(|tenant| tenant.facts.started_at.clone()).min();
    PullFacts { name: names.join(", "), completeness, started_at, condition: None }
}
