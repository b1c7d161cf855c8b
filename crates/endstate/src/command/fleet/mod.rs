//! The devices of all tenants, from services or from files: counted, and compared with earlier
//! pulls.

mod devices;
mod earlier;
mod read_all;
mod result;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, anyhow};
use endstate_analysis::{Condition, LeaveOut};
use endstate_model::{Date, MachineSecurityState, UtcTime};
use jiff::Timestamp;

pub(super) use self::devices::{Counting, DeviceSink};
use self::devices::{Fleet, FleetSink};
use self::earlier::EarlierByTenant;
use self::read_all::read_all;
pub(super) use self::result::FleetResult;
use super::result_output::ResultOutput;
use super::tenant_input::{InputIdentity, TenantInput};
use crate::cli::{CountedArgs, FleetArgs, date};
use crate::config::settings::CliOverrides;
use crate::exit::Reported;
use crate::pull::read::{Input, read as read_rows};
use crate::store::history::started_at;
use crate::store::pull_info::PullInfo;
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

/// What was read of a tenant whose input stays open.
pub(super) struct TenantReading {
    pub(super) info: PullInfo,
    /// `None` if nothing could be read.
    pub(super) result: Option<FleetResult>,
}

/// Reads the devices of one tenant from an input that stays open. Each that counts also goes to
/// `sink`.
pub(super) async fn read_open(
    args: &CountedArgs,
    input: &Input,
    identity: InputIdentity,
    counting: Counting,
    sink: Rc<RefCell<dyn DeviceSink>>,
) -> anyhow::Result<TenantReading> {
    let rules = vec![rule(args, Timestamp::now())];
    let fleet = Rc::new(RefCell::new(Fleet::new(counting, rules, EarlierByTenant::default(), Some(sink))));
    let tenant = identity.name.clone();
    if tenant.is_some() {
        fleet.borrow_mut().begin(tenant.as_deref(), 0);
    }
    let mut rows = FleetSink { fleet: Rc::clone(&fleet), input: 0, tenant };
    let read = read_rows(input, None, &mut rows).await?;
    drop(rows);

    let info = read.info.clone();
    let fleet = Rc::try_unwrap(fleet).map_err(|_| anyhow!("a tenant is still being read"))?.into_inner();
    let result = match FleetResult::new(fleet, vec![Ok(read)], vec![identity]) {
        Ok(result) => Some(result),
        Err(error) if error.is::<Reported>() => None,
        Err(error) => return Err(error),
    };
    Ok(TenantReading { info, result })
}

/// Which devices of an input do not count. Ages count from the pull.
fn leave_out(args: &FleetArgs, input: &TenantInput) -> Option<LeaveOut> {
    let pulled_at = input.file().and_then(started_at).and_then(|text| text.parse::<Timestamp>().ok());
    rule(&args.counted, pulled_at.unwrap_or_else(Timestamp::now))
}

/// Which devices of a pull of this time do not count.
fn rule(args: &CountedArgs, pulled_at: Timestamp) -> Option<LeaveOut> {
    let age = i64::try_from(args.stale.as_secs()).unwrap_or(i64::MAX);
    let rule = LeaveOut::not_seen_since(UtcTime::from_second(pulled_at.as_second().saturating_sub(age)));
    (!args.all_devices).then_some(rule)
}

/// The date of out-of-support checks: that of `--at`, else today's in UTC.
pub(super) fn day(args: &FleetArgs) -> anyhow::Result<Date> {
    args.at.map_or_else(today, Ok)
}

/// Today's date in UTC.
pub(super) fn today() -> anyhow::Result<Date> {
    date::today().context("the clock is set to a date before the year 0")
}
