//! A day of the emulated tenant, for commands that have no source of their own.

use clap::Parser;
use endstate_model::MachineSecurityState;

use crate::args::{PullLimits, SourceArgs};
use crate::pull_facts::PullFacts;
use crate::receipt::Receipt;
use crate::run::{self, Consumer};
use crate::source::{Source, retry_policy};

/// The arguments of a pull as they are without any given.
#[derive(Debug, Parser)]
struct Defaults {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    limits: PullLimits,
}

/// Pulls the states of a day.
pub(crate) async fn pull(day: u32, consumer: &mut impl Consumer<MachineSecurityState>) -> anyhow::Result<PullFacts> {
    let day_argument = day.to_string();
    let Defaults { source: args, limits } =
        Defaults::try_parse_from(["endstate", "--demo", "--demo-day", &day_argument])?;
    let source = Source::open(&args, &limits).await?;
    let order = source.order(&args, &limits, None)?;
    let pulled = run::run(&source, order, consumer).await?;
    let facts = PullFacts::of_receipt(&Receipt::new(&pulled, &retry_policy(&limits), None));
    // Both days are pulled today, from an address that says nothing.
    Ok(PullFacts { name: format!("day {day}"), started_at: None, ..facts })
}
