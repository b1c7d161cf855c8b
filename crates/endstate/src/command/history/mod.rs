//! `endstate history`: pulls over months, and the questions that only they answer.

#[cfg(feature = "history")]
mod add;
mod demo;
#[cfg(feature = "history")]
mod lake;
#[cfg(not(feature = "history"))]
#[path = "no_lake.rs"]
mod lake;

use std::collections::{HashMap, HashSet};

use endstate_analysis::History;
use endstate_model::DeviceId;

use super::result_output::ResultOutput;
use crate::cli::{HistoryArgs, HistoryCommand};
use crate::exit::Exit;
use crate::report::history::{HistoryReport, Question};
use crate::store::format::FormulaGuard;

pub(crate) async fn run(command: &HistoryCommand) -> anyhow::Result<Exit> {
    match command {
        HistoryCommand::Add(args) => lake::add(args),
        HistoryCommand::List(args) => lake::list(args),
        HistoryCommand::Trend(args) => answer(&args.history, Question::Trend(args.by)).await,
        HistoryCommand::Since(args) => answer(args, Question::Since).await,
        HistoryCommand::Resolved(args) => answer(&args.history, Question::Resolved(args.by)).await,
        HistoryCommand::Flapping(args) => answer(args, Question::Flapping).await,
    }
}

async fn answer(args: &HistoryArgs, question: Question) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format)?;
    let asked: Asked = match &args.lake {
        Some(folder) => lake::read(folder, args)?,
        None => demo::asked(args.last).await?,
    };

    let report = HistoryReport {
        history: &asked.history,
        question,
        source: &asked.source,
        tenant: asked.tenant.as_deref(),
        names: &asked.names,
        limit: args.limit,
        guard: FormulaGuard::from_flag(args.result.csv_raw),
    };
    result_output.write(&format, &report.render(format)?)?;
    Ok(Exit::Done)
}

/// The history that is asked.
struct Asked {
    source: String,
    tenant: Option<String>,
    history: History,
    /// The names of the devices that the answers name, as the last pull has them.
    names: HashMap<DeviceId, Box<str>>,
}

/// The devices that an answer may name.
fn devices_of(history: &History) -> HashSet<&DeviceId> {
    let open = history.open.iter().map(|open| &open.id);
    open.chain(history.flapping.iter().map(|flapping| &flapping.id)).collect()
}
