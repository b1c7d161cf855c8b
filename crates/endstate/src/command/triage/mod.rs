//! `endstate triage`: what needs attention, from services or from files that `pull` wrote.

mod earlier;
mod fleet;
mod gate;
mod read_all;
mod result;

use anyhow::{Context, bail};
use endstate_analysis::{Condition, DeviceKey, LeaveOut, Order};
use endstate_model::{Date, MachineSecurityState, UtcTime};
use endstate_paging::Outcome;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::earlier::EarlierByTenant;
use self::fleet::{Counting, Fleet};
use self::gate::Checked;
use self::read_all::read_all;
use self::result::FleetResult;
use super::checks::{exit_of, print_checks};
use super::condition;
use super::report_outcome::print_completeness;
use super::result_output::ResultOutput;
use super::tenant_input::TenantInput;
use crate::cli::{By, Sort, TriageArgs, TriageFormat, date};
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::report::triage::{Since, TriageReport};
use crate::store::format::FormulaGuard;
use crate::store::history::started_at;
use crate::terminal::output;

pub(crate) async fn run(args: &TriageArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse(args.condition.as_deref())?;
    gate::check_usage(args)?;
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;
    let day = args.at.map_or_else(today, Ok)?;
    let guard = FormulaGuard::from_flag(args.csv_raw);

    let inputs = TenantInput::resolve(&args.files, &args.source, overrides)?;
    let earlier = EarlierByTenant::read(args, &inputs, condition.as_ref())?;
    let rules = inputs.iter().map(|input| leave_out(args, input)).collect();
    let fleet = Fleet::new(counting(args), rules, earlier);
    let identities: Vec<_> = inputs.iter().map(TenantInput::identity).collect();
    let (results, fleet) = read_all(args, inputs, condition.as_ref(), fleet).await?;
    let result = FleetResult::new(fleet, results, identities)?;
    require_content(args, &result)?;

    let unknown_tenants = result.unknown_tenants(condition.as_ref());
    for tenant in &unknown_tenants {
        output::warn(format_args!("--where: no tenant is named '{tenant}'"));
    }
    let checked = Checked {
        triage: &result.triage,
        difference: result.difference.as_ref(),
        not_compared: &result.not_compared,
        day,
        pulls: result.read_pulls().collect(),
        condition: condition.as_ref(),
        empty: &result.empty,
        unknown_tenants: &unknown_tenants,
        unreadable: result.unreadable,
    };
    let checks = checked.run(&args.gate);
    let total = result.triage.devices + result.triage.left_out.total() + result.not_matching;
    let report = TriageReport {
        triage: &result.triage,
        tenants: &result.tenants,
        urgent: result.urgent(),
        by: args.by,
        sort: args.sort,
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

    let shows_text = matches!(format, TriageFormat::Table | TriageFormat::Markdown);
    if !shows_text && format != TriageFormat::Json {
        print_completeness(&result.info);
    }
    if !shows_text || result_output.is_to_file() {
        print_checks(&checks);
    }
    // Incomplete wins, because what is missing could be worse.
    Ok(result.exit.max(exit_of(&checks)))
}

fn counting(args: &TriageArgs) -> Counting {
    let order = match args.sort {
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
    Counting { limit: args.limit, order, count_by, includes_informational: args.include_informational }
}

/// Which devices of an input do not count. Ages count from the pull.
fn leave_out(args: &TriageArgs, input: &TenantInput) -> Option<LeaveOut> {
    let pulled_at = input.file().and_then(started_at).and_then(|text| text.parse::<Timestamp>().ok());
    let pulled_at = pulled_at.unwrap_or_else(Timestamp::now).as_second();
    let age = i64::try_from(args.stale.as_secs()).unwrap_or(i64::MAX);
    let rule = LeaveOut::not_seen_since(UtcTime::from_second(pulled_at.saturating_sub(age)));
    (!args.all_devices).then_some(rule)
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

/// Today's date in UTC.
fn today() -> anyhow::Result<Date> {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    date::from_civil(today).context("the clock is set to a date before the year 0")
}
