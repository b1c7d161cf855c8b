//! `endstate list`: the devices as rows.

use std::io::{self, Write};
use std::path::Path;

use endstate_analysis::Condition;
use endstate_model::MachineSecurityState;

use super::condition;
use super::device_reading::read_devices;
use super::report_outcome::print_completeness;
use super::result_output::ResultOutput;
use super::tenant_input::TenantInput;
use crate::cli::{ListArgs, ListFormat};
use crate::config::settings::CliOverrides;
use crate::exit::{Exit, UsageError};
use crate::pull::read::read_file;
use crate::report::list_rows::ListRows;
use crate::report::listing::{ListColumn, ListedDevice, Listing, compare};
use crate::report::table::MAX_ROWS;
use crate::rows::{Row, RowSink};
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::store::reader::FileRead;
use crate::terminal::output;
use crate::terminal::program_output::ProgramOutput;

pub(crate) async fn run(args: &ListArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    if args.columns.columns.iter().any(|name| name == "help") {
        output::data(&ListColumn::help())?;
        return Ok(Exit::Done);
    }
    let condition = condition::parse::<MachineSecurityState>(args.condition.as_deref())?;
    let columns = args.columns.columns.iter().map(|name| column(name)).collect::<Result<Vec<_>, _>>()?;
    let sort = args.columns.sort.as_deref().map(column).transpose()?;
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format())?;

    let inputs = TenantInput::resolve(&args.files, &args.source, overrides)?;
    result_output.keep(inputs.iter().filter_map(TenantInput::file))?;
    let listing = Listing {
        devices: &[],
        pulls: &[],
        columns,
        listed: 0,
        matching: 0,
        total: 0,
        condition: args.condition.as_deref(),
        guard: FormulaGuard::from_flag(args.result.csv_raw),
    };
    let limit = args.limit.unwrap_or(usize::MAX);
    if let (None, ListFormat::Csv | ListFormat::Ndjson, [input]) = (sort, format, &*inputs)
        && let Some(path) = input.file()
    {
        let pulls = [PullInfo::from_file(path, &FileRead::default())?];
        let listing = Listing { pulls: &pulls, ..listing };
        let rows =
            if format == ListFormat::Csv { ListRows::csv(listing, limit) } else { ListRows::ndjson(listing, limit) };
        return write_rows(path, input.label.as_deref(), condition.as_ref(), rows, format, &result_output);
    }

    let is_for_people = matches!(format, ListFormat::Table | ListFormat::Markdown);
    let shown = if is_for_people { limit.min(MAX_ROWS) } else { limit };
    // Which devices come first in an order is known once all are read.
    let kept = if sort.is_some() { usize::MAX } else { shown };
    let mut reading = read_devices(inputs, &args.source, condition.as_ref(), kept).await?;
    if let Some(sort) = sort {
        let order = |left: &_, right: &_| compare(left, right, &sort, args.columns.reverse);
        reading.devices.sort_by(order);
    }
    reading.devices.truncate(shown);

    let listing = Listing {
        devices: &reading.devices,
        pulls: &reading.pulls,
        listed: reading.matching.min(limit as u64),
        matching: reading.matching,
        total: reading.matching + reading.not_matching,
        ..listing
    };
    result_output.write_with(&format, |out| listing.write(format, out))?;
    if matches!(format, ListFormat::Csv | ListFormat::Ndjson) {
        reading.pulls.iter().for_each(print_completeness);
    }
    Ok(reading.exit)
}

/// Writes each device of a file when it is read: a list of a million devices is never in memory.
fn write_rows(
    path: &Path,
    tenant: Option<&str>,
    condition: Option<&Condition<MachineSecurityState>>,
    rows: ListRows<'_>,
    format: ListFormat,
    result_output: &ResultOutput,
) -> anyhow::Result<Exit> {
    let mut read = None;
    let written = result_output.write_with(&format, |out| {
        let mut sink = RowSinkOfList { rows, devices: 0, out: ProgramOutput::new(out), failed: None };
        let result = read_file(path, tenant, condition, &mut sink).and_then(|read| {
            read.info.require_content(sink.devices + read.not_matching + read.unreadable.invalid_items)?;
            Ok(read)
        });
        if let Some(error) = sink.failed {
            return Err(error);
        }
        let is_read = result.is_ok();
        if is_read {
            sink.rows.end(&mut sink.out)?;
        }
        // What was read before a failure is on stdout, up to its last row.
        sink.out.finish()?;
        read = Some(result);
        if is_read { Ok(()) } else { Err(io::Error::other("the file cannot be read")) }
    });

    // Why it could not be read matters more than that nothing was written.
    let read = read.transpose()?;
    written?;
    if let Some(read) = &read {
        print_completeness(&read.info);
    }
    Ok(Exit::for_result(read.iter().map(|read| read.info.outcome())))
}

/// Writes the devices of a file.
struct RowSinkOfList<'l, W> {
    rows: ListRows<'l>,
    /// Devices that match.
    devices: u64,
    out: ProgramOutput<W>,
    /// Why a device could not be written.
    failed: Option<io::Error>,
}

impl<W: Write> RowSink<MachineSecurityState> for RowSinkOfList<'_, W> {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if self.rows.are_all_written() {
            self.devices += u64::from(row.read(|_| ()).is_some());
            return Ok(());
        }
        let Ok(state) = row.item() else { return Ok(()) };
        self.devices += 1;
        let device = ListedDevice { state: state.clone(), tenant: row.tenant.map(ToOwned::to_owned), pull: 0 };
        self.rows.check(&device)?;
        self.rows.device(&device, &mut self.out).map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }
}

fn column(name: &str) -> Result<ListColumn, UsageError> {
    ListColumn::from_name(name).map_err(UsageError::new)
}
