//! `endstate report`: a page for a browser, or text for a ticket.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{anyhow, bail, ensure};
use endstate_analysis::{DeviceChange, DeviceKey, MissingKbs, MissingKbsBuilder, Order, PullCounts};
use endstate_model::{Date, MachineSecurityState, StateSource};

use super::fleet::{self, Counting, DeviceSink, FleetResult};
use super::report_outcome::print_completeness;
use super::result_output::ResultOutput;
use super::{condition, history};
use crate::cli::{FleetArgs, PageFormat, ReportArgs, StatesFrom};
use crate::config::settings::CliOverrides;
use crate::exit::{Exit, UsageError};
use crate::report::fleet_report::{DeviceList, FleetReport};
use crate::report::triage::Since;
use crate::rows::Row;
use crate::terminal::output;

pub(crate) async fn run(args: &ReportArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse::<MachineSecurityState>(args.fleet.condition.as_deref())?;
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;
    let is_shown = args.output.is_none() && args.format.is_none() && output::is_terminal();
    let is_binary = format == PageFormat::Xlsx && args.output.is_none() && output::is_terminal();
    ensure!(!is_binary, UsageError::new("a workbook is nothing for a terminal: add -o report.xlsx"));
    ensure!(!is_shown, UsageError::new("a report is a page for a browser: add -o report.html, or --format markdown"));
    let day = fleet::day(&args.fleet)?;

    // Before a long pull.
    args.history.as_deref().map(history::lake::check).transpose()?;
    let mut fleet_args = args.fleet.clone();
    if fleet_args.source.demo {
        // The last day has all others before it.
        fleet_args.source.demo_day.get_or_insert(history::DEMO_DAYS);
    }
    let includes_informational = args.fleet.counted.include_informational;
    let count_by = Some(DeviceKey::Group);
    let counting = Counting { limit: args.limit, order: Order::Urgency, count_by, includes_informational };
    let listed = Rc::new(RefCell::new(ListedDevices::new(includes_informational)));
    let sink: Rc<RefCell<dyn DeviceSink>> = Rc::clone(&listed) as _;
    let result = fleet::read(&fleet_args, overrides, condition.as_ref(), counting, Some(sink), &result_output).await?;
    let listed = Rc::try_unwrap(listed).map_err(|_| anyhow!("a tenant is still being read"))?.into_inner();
    result.info.require_content(result.total_devices() + result.unreadable.invalid_items)?;
    let trend = trend(args, &fleet_args, &result).await?;

    let missing = listed.missing.finish();
    let report = FleetReport {
        selection: condition.as_ref().map(|condition| (condition.as_str(), result.total_devices())),
        trend: trend.as_deref(),
        ..fleet_report(&result, &listed.list, &missing, day)
    };
    let rendered = report.render(format)?;
    result_output.write_with(&format, |out| out.write_all(&rendered))?;
    if format != PageFormat::Markdown || result_output.is_to_file() {
        print_completeness(&result.info);
    }
    Ok(result.exit)
}

/// The pulls of the history of the report's tenant.
async fn trend(args: &ReportArgs, fleet: &FleetArgs, result: &FleetResult) -> anyhow::Result<Option<Vec<PullCounts>>> {
    if let (true, Some(today)) = (fleet.source.demo, fleet.source.demo_day) {
        let source = match result.info.states_from {
            Some(StateSource::Hunting) => StatesFrom::Hunting,
            Some(StateSource::Assessments) => StatesFrom::Assessments,
            Some(StateSource::Export) => StatesFrom::Export,
            _ => StatesFrom::Preview,
        };
        return Ok(Some(history::demo_pulls(today, source).await?));
    }
    let Some(lake) = &args.history else { return Ok(None) };
    if result.tenants.len() > 1 {
        bail!(UsageError::new("--history shows one tenant, and this report has several; write a report for each"));
    }
    let only = result.tenants.first().and_then(|tenant| tenant.id.as_deref().or(tenant.name.as_deref()));
    let tenant = only.or(result.info.tenant.as_deref()).or(result.info.profile.as_deref());
    let mut pulls = history::lake::pulls(lake, tenant)?;
    if let Some(started) = result.info.started_seconds().and_then(|started| i64::try_from(started).ok()) {
        // What came after the report's own pull is not of it.
        pulls.retain(|pull| pull.started_at.as_second() <= started);
    }
    Ok(Some(pulls))
}

/// The report of a fleet without a condition and without a history.
pub(super) fn fleet_report<'r>(
    result: &'r FleetResult,
    devices: &'r DeviceList,
    missing: &'r MissingKbs,
    day: Date,
) -> FleetReport<'r> {
    FleetReport {
        triage: &result.triage,
        tenants: &result.tenants,
        urgent: result.urgent(),
        devices,
        missing,
        info: &result.info,
        unreadable: result.unreadable,
        selection: None,
        since: result.difference.as_ref().map(|difference| Since {
            pulls: &result.earlier_pulls,
            last: &result.last_earlier_pulls,
            difference,
        }),
        not_compared: &result.not_compared,
        trend: None,
        day,
    }
}

/// The devices of the report, and the updates that they lack.
pub(super) struct ListedDevices {
    pub(super) list: DeviceList,
    pub(super) missing: MissingKbsBuilder,
}

impl ListedDevices {
    pub(super) fn new(includes_informational: bool) -> Self {
        Self { list: DeviceList::new(includes_informational), missing: MissingKbsBuilder::new(0) }
    }
}

impl DeviceSink for ListedDevices {
    fn device(&mut self, row: &Row<'_, MachineSecurityState>, tenant: Option<&str>, change: Option<DeviceChange>) {
        let Ok(state) = row.item() else { return };
        self.list.add(state, tenant, change);
        self.missing.add(state);
    }
}
