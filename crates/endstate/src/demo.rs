//! A day of the emulated tenant, for commands that have no source of their own.

use endstate_model::MachineSecurityState;

use crate::args::SourceArgs;
use crate::pull_facts::PullFacts;
use crate::receipt::Receipt;
use crate::run::{self, Consumer};
use crate::settings::{Given, Settings};
use crate::source::{Source, retry_policy};

/// Pulls the states of a day.
pub(crate) async fn pull(day: u32, consumer: &mut impl Consumer<MachineSecurityState>) -> anyhow::Result<PullFacts> {
    let args = SourceArgs { demo: true, demo_day: day, profile: Vec::new(), all_profiles: false, config: None };
    let settings = Settings::resolve(&Given::default(), None, false)?;
    let limits = settings.limits.clone();
    let source = Source::open(&args, settings, false).await?;
    let order = source.order(None)?;
    let pulled = run::run(&source, order, consumer).await?;
    let facts = PullFacts::of_receipt(&Receipt::new(&pulled, &retry_policy(&limits), None));
    // Both days are pulled today, from an address that says nothing.
    Ok(PullFacts { name: format!("day {day}"), started_at: None, ..facts })
}
