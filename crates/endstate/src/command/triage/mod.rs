//! `endstate triage`: what needs attention, from services or from files that `pull` wrote.

mod step_summary;

use anyhow::{bail, ensure};
use endstate_analysis::{Condition, DeviceKey, Difference, Order};
use endstate_model::MachineSecurityState;
use endstate_paging::Outcome;

use super::checks::{exit_of, print_checks};
use super::condition;
use super::fleet::{self, Counting, FleetResult};
use super::gate::{self, Checked};
use super::notify;
use super::report_outcome::print_completeness;
use super::result_output::ResultOutput;
use super::table_columns::is_checked;
use crate::cli::{By, Sort, TriageArgs, TriageFormat, TriageOrder};
use crate::config::settings::CliOverrides;
use crate::exit::{Exit, UsageError};
use crate::report::arrangement::Arrangement;
use crate::report::checks::Check;
use crate::report::notice::{Change, Notice, Why};
use crate::report::triage::{Since, TriageReport};
use crate::service::webhook::Webhook;
use crate::store::format::FormulaGuard;
use crate::terminal::output;

pub(crate) async fn run(args: &TriageArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse(args.fleet.condition.as_deref())?;
    let compares = !args.fleet.since.is_empty();
    gate::check_usage(&args.gate, compares, "add --since FILE")?;
    let has_checks = !args.gate.fail_on.is_empty() || args.gate.min_devices.is_some();
    ensure!(
        !args.webhook.is_set() || compares || has_checks,
        UsageError::new("a webhook needs a check or an older pull to compare with; add --fail-on WHAT or --since FILE")
    );
    let webhook = Webhook::open(&args.webhook, &args.settings.service)?;
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format())?;
    let day = fleet::day(&args.fleet)?;
    let (sort, order) = match &args.sort {
        TriageOrder::Devices(sort) => (*sort, None),
        TriageOrder::Counts(column) => (Sort::Urgency, Some(column.as_str())),
    };
    let is_reversed = !args.reverse || order.is_some();
    ensure!(
        is_reversed,
        UsageError::new("--reverse is for counts; name their column with --sort, such as --sort devices")
    );
    let arrangement = Arrangement { columns: &args.columns, sort: order, is_descending: args.reverse };
    let columns = |reader| TriageReport::columns(args.by, args.behind, compares, day, reader);
    if !is_checked(&arrangement, &format, columns)? {
        return Ok(Exit::Done);
    }
    let guard = FormulaGuard::from_flag(args.result.csv_raw);

    let result =
        fleet::read(&args.fleet, overrides, condition.as_ref(), counting(args, sort), None, &result_output).await?;
    require_content(args, &result)?;

    let checked = Checked {
        triage: &result.triage,
        difference: result.difference.as_ref(),
        not_compared: &result.not_compared,
        day,
        pulls: result.read_pulls().collect(),
        condition: condition.as_ref(),
        empty: &result.empty,
        unknown_tenants: &result.unknown_tenants,
        unreadable: result.unreadable,
    };
    let checks = checked.run(&args.gate);
    let total = result.total_devices();
    let report = TriageReport {
        triage: &result.triage,
        tenants: &result.tenants,
        urgent: result.urgent(),
        by: args.by,
        sort,
        arrangement,
        behind: args.behind,
        day,
        info: &result.info,
        unreadable: result.unreadable,
        selection: condition.as_ref().map(|condition: &Condition<MachineSecurityState>| (condition.as_str(), total)),
        since: result.difference.as_ref().map(|difference| Since {
            pulls: &result.earlier_pulls,
            last: &result.last_earlier_pulls,
            difference,
        }),
        checks: &checks,
        guard,
    };
    match result_output.write(&format, &report.render(format)?) {
        // The reader has seen enough, but the checks still decide the exit code.
        Err(error) if output::is_closed_pipe(&error) && !checks.is_empty() => {
            return Ok(result.exit.max(exit_of(&checks)));
        }
        written => written?,
    }

    let has_summary = format != TriageFormat::Github || step_summary::append(&report.render(TriageFormat::Markdown)?);

    let shows_text = matches!(format, TriageFormat::Table | TriageFormat::Markdown);
    if !shows_text && format != TriageFormat::Json {
        print_completeness(&result.info);
    }
    if !shows_text || result_output.is_to_file() {
        print_checks(&checks);
    }
    let is_posted = notify::post(webhook.as_ref(), &args.webhook, &notice(&result, &checks)).await;
    // Incomplete wins, because what is missing could be worse.
    let exit = result.exit.max(exit_of(&checks));
    Ok(if exit == Exit::Done && !(is_posted && has_summary) { Exit::Failed } else { exit })
}

/// What a webhook gets.
fn notice<'n>(result: &'n FleetResult, checks: &'n [Check]) -> Notice<'n> {
    let difference = result.difference.as_ref();
    let has_changed = difference.is_some_and(|difference| {
        let Difference { new_devices, newly_need_attention, resolved, with_new_properties, .. } = difference;
        new_devices + newly_need_attention + resolved + with_new_properties + difference.not_seen.len() as u64 > 0
    });
    let reasons = [
        (Why::CheckNotPassed, checks.iter().any(|check| !check.is_passed())),
        (Why::Changed, has_changed),
        (Why::NotComplete, result.info.outcome().is_incomplete()),
    ];
    Notice {
        why: reasons.into_iter().filter(|(_, applies)| *applies).map(|(why, _)| why).collect(),
        pull: &result.info,
        triage: &result.triage,
        unreadable: result.unreadable,
        checks,
        changes: difference.map(Change::of_difference).unwrap_or_default(),
    }
}

fn counting(args: &TriageArgs, sort: Sort) -> Counting {
    let order = match sort {
        Sort::Urgency => Order::Urgency,
        Sort::Properties => Order::Properties,
        Sort::Version => Order::Version,
        Sort::Id => Order::Id,
        Sort::Name => Order::Name,
    };
    let count_by = match args.by {
        By::Group => Some(DeviceKey::Group),
        By::Tag => Some(DeviceKey::Tag),
        By::Platform => Some(DeviceKey::Platform),
        By::Owner => Some(DeviceKey::Owner),
        _ => None,
    };
    Counting { limit: args.limit, order, count_by, includes_informational: args.fleet.counted.include_informational }
}

/// An empty file without a receipt is no result. If there are checks, they report it.
fn require_content(args: &TriageArgs, result: &FleetResult) -> anyhow::Result<()> {
    let is_empty = result.triage.devices + result.not_matching + result.unreadable.invalid_items == 0;
    let is_unknown = matches!(result.info.outcome(), Outcome::Unknown(_));
    let has_checks = !args.gate.fail_on.is_empty() || args.gate.min_devices.is_some();
    if is_empty && is_unknown && !has_checks && !args.gate.allow_empty {
        bail!("{} is empty and has no receipt: nothing was read; --allow-empty accepts it", result.info.name);
    }
    Ok(())
}
