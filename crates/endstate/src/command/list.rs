//! `endstate list`: the devices as rows.

use endstate_model::MachineSecurityState;

use super::condition;
use super::device_reading::read_devices;
use super::report_outcome::print_completeness;
use super::result_output::ResultOutput;
use super::tenant_input::TenantInput;
use crate::cli::{ListArgs, ListFormat};
use crate::config::settings::CliOverrides;
use crate::exit::{Exit, UsageError};
use crate::report::listing::{ListColumn, Listing, compare};
use crate::store::format::FormulaGuard;
use crate::terminal::output;

pub(crate) async fn run(args: &ListArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    if args.columns.iter().any(|name| name == "help") {
        output::data(&ListColumn::help())?;
        return Ok(Exit::Done);
    }
    let condition = condition::parse::<MachineSecurityState>(args.condition.as_deref())?;
    let columns = args.columns.iter().map(|name| column(name)).collect::<Result<Vec<_>, _>>()?;
    let sort = args.sort.as_deref().map(column).transpose()?;
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;

    let inputs = TenantInput::resolve(&args.files, &args.source, overrides)?;
    let mut reading = read_devices(inputs, &args.source, condition.as_ref()).await?;
    if let Some(sort) = sort {
        let order = |left: &_, right: &_| compare(left, right, &sort, args.reverse);
        reading.devices.sort_by(order);
    }
    let matching = reading.devices.len();
    reading.devices.truncate(args.limit.unwrap_or(usize::MAX));

    let listing = Listing {
        devices: &reading.devices,
        pulls: &reading.pulls,
        columns,
        matching: matching as u64,
        total: matching as u64 + reading.not_matching,
        condition: args.condition.as_deref(),
        guard: FormulaGuard::from_flag(args.csv_raw),
    };
    result_output.write(&listing.render(format)?)?;
    if matches!(format, ListFormat::Csv | ListFormat::Ndjson) {
        reading.pulls.iter().for_each(print_completeness);
    }
    Ok(reading.exit)
}

fn column(name: &str) -> Result<ListColumn, UsageError> {
    ListColumn::from_name(name).map_err(UsageError::new)
}
