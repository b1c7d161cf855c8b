//! The devices of all tenants, from services or from files: counted, and compared with earlier
//! pulls.

mod devices;
mod earlier;
mod read_all;
mod result;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context;
use endstate_analysis::{Condition, LeaveOut};
use endstate_model::{Date, MachineSecurityState, UtcTime};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::devices::Fleet;
pub(super) use self::devices::{Counting, DeviceSink};
use self::earlier::EarlierByTenant;
use self::read_all::read_all;
pub(super) use self::result::FleetResult;
use super::result_output::ResultOutput;
use super::tenant_input::TenantInput;
use crate::cli::{FleetArgs, date};
use crate::config::settings::CliOverrides;
use crate::store::history::started_at;
use crate::terminal::output;

/// Reads the devices of all tenants. Each that counts also goes to `sink`. A file that is
/// read is not replaced by `output`.
pub(super) async fn read(
    args: &FleetArgs,
    overrides: &CliOverrides,
    condition: Option<&Condition<MachineSecurityState>>,
    counting: Counting,
    sink: Option<Rc<RefCell<dyn DeviceSink>>>,
    output: &ResultOutput,
) -> anyhow::Result<FleetResult> {
    let inputs = TenantInput::resolve(&args.files, &args.source, overrides)?;
    output.keep(inputs.iter().filter_map(TenantInput::file).chain(args.since.iter().map(PathBuf::as_path)))?;
    let earlier = EarlierByTenant::read(args, &inputs, condition)?;
    let rules = inputs.iter().map(|input| leave_out(args, input)).collect();
    let fleet = Fleet::new(counting, rules, earlier, sink);
    let identities: Vec<_> = inputs.iter().map(TenantInput::identity).collect();
    let (results, fleet) = read_all(args, inputs, condition, fleet).await?;
    let mut result = FleetResult::new(fleet, results, identities)?;

    result.unknown_tenants = result.unknown_tenants(condition);
    for tenant in &result.unknown_tenants {
        output::warn(format_args!("--where: no tenant is named '{tenant}'"));
    }
    Ok(result)
}

/// Which devices of an input do not count. Ages count from the pull.
fn leave_out(args: &FleetArgs, input: &TenantInput) -> Option<LeaveOut> {
    let pulled_at = input.file().and_then(started_at).and_then(|text| text.parse::<Timestamp>().ok());
    let pulled_at = pulled_at.unwrap_or_else(Timestamp::now).as_second();
    let age = i64::try_from(args.stale.as_secs()).unwrap_or(i64::MAX);
    let rule = LeaveOut::not_seen_since(UtcTime::from_second(pulled_at.saturating_sub(age)));
    (!args.all_devices).then_some(rule)
}

/// The date of out-of-support checks: that of `--at`, else today's in UTC.
pub(super) fn day(args: &FleetArgs) -> anyhow::Result<Date> {
    let today = || {
        let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
        date::from_civil(today).context("the clock is set to a date before the year 0")
    };
    args.at.map_or_else(today, Ok)
}
