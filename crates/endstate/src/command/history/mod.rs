//! `endstate history`: pulls over months, and the questions that only they answer.

#[cfg(feature = "history")]
mod add;
mod demo;
mod device;
#[cfg(feature = "history")]
mod expire;
#[cfg(feature = "history")]
pub(crate) mod lake;
#[cfg(not(feature = "history"))]
#[path = "no_lake.rs"]
pub(crate) mod lake;
#[cfg(feature = "history")]
mod show;
mod sql;
mod trend;
#[cfg(feature = "history")]
mod verify;
mod wanted_device;

pub(crate) use self::demo::{DAYS as DEMO_DAYS, pulls as demo_pulls};

use std::collections::{HashMap, HashSet};

use endstate_analysis::{Condition, History};
use endstate_model::{DeviceId, MachineSecurityState};

use super::condition;
use super::result_output::ResultOutput;
use super::table_columns::arrangement;
use crate::cli::{ColumnArgs, HistoryArgs, HistoryCommand, HistoryDevicesArgs, ResultArgs};
use crate::exit::Exit;
use crate::report::history::{HistoryReport, Question};
use crate::store::format::FormulaGuard;

pub(crate) async fn run(command: &HistoryCommand) -> anyhow::Result<Exit> {
    match command {
        HistoryCommand::Add(args) => lake::add(args),
        HistoryCommand::List(args) => lake::list(args),
        HistoryCommand::Trend(args) => trend::run(args).await,
        HistoryCommand::Since(args) => answer_of_devices(args, Question::Since).await,
        HistoryCommand::Resolved(args) => {
            answer(&args.history, &args.columns, &args.result, None, Question::Resolved(args.by)).await
        }
        HistoryCommand::Flapping(args) => answer_of_devices(args, Question::Flapping).await,
        HistoryCommand::Device(args) => device::run(args).await,
        HistoryCommand::Show(args) => lake::show(args),
        HistoryCommand::Sql(args) => sql::run(args),
        HistoryCommand::Verify(args) => lake::verify(args),
        HistoryCommand::Expire(args) => lake::expire(args),
    }
}

async fn answer_of_devices(args: &HistoryDevicesArgs, question: Question) -> anyhow::Result<Exit> {
    let condition = condition::parse::<MachineSecurityState>(args.condition.as_deref())?;
    answer(&args.history, &args.columns, &args.result, condition.as_ref(), question).await
}

async fn answer(
    args: &HistoryArgs,
    columns: &ColumnArgs,
    result: &ResultArgs,
    condition: Option<&Condition<MachineSecurityState>>,
    question: Question,
) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(result.output.as_ref())?;
    let format = result_output.format(result.format())?;
    let table = |reader| HistoryReport::columns(question, reader);
    let Some(arrangement) = arrangement(columns, &format, table)? else { return Ok(Exit::Done) };
    let mut asked: Asked = match &args.lake {
        Some(folder) => lake::read(folder, args, condition, question)?,
        None => demo::asked(args.last, condition).await?,
    };
    if let Some(matching) = &asked.matching {
        asked.history.open.retain(|open| matching.contains(&open.id));
        asked.history.flapping.retain(|flapping| matching.contains(&flapping.id));
    }

    let report = HistoryReport {
        history: &asked.history,
        question,
        source: &asked.source,
        tenant: asked.tenant.as_deref(),
        profile: asked.profile.as_deref(),
        tenants: &[],
        names: &asked.names,
        limit: args.limit,
        arrangement,
        guard: FormulaGuard::from_flag(result.csv_raw),
    };
    result_output.write(&format, &report.render(format)?)?;
    Ok(Exit::Done)
}

/// The history that is asked.
struct Asked {
    source: String,
    tenant: Option<String>,
    /// The profile of the last pull.
    profile: Option<String>,
    history: History,
    /// The names of the devices that the answers name, as the last pull has them.
    names: HashMap<DeviceId, Box<str>>,
    /// The devices of the last pull that match the condition, if there is one.
    matching: Option<HashSet<DeviceId>>,
}

/// The devices that an answer may name.
fn devices_of(history: &History) -> HashSet<&DeviceId> {
    let open = history.open.iter().map(|open| &open.id);
    open.chain(history.flapping.iter().map(|flapping| &flapping.id)).collect()
}
