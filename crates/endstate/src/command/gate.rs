//! The checks of a triage: `--fail-on`, and what has to be known for a check to pass.

use anyhow::bail;
use endstate_analysis::{Condition, Difference, Triage, UnknownValue};
use endstate_model::{Date, MachineSecurityState};
use endstate_paging::Outcome;

use crate::cli::GateArgs;
use crate::cli::fail_on::{FailOn, Finding, FindingLimit};
use crate::command::checks;
use crate::exit::UsageError;
use crate::report::checks::{Check, CheckResult, Quantity};
use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::counted;
use crate::terminal::output;

/// What the checks look at.
pub(super) struct Checked<'c> {
    pub(super) triage: &'c Triage,
    pub(super) difference: Option<&'c Difference>,
    /// The tenants that have no older pull.
    pub(super) not_compared: &'c [String],
    pub(super) day: Date,
    /// The pulls that the triage is made of.
    pub(super) pulls: Vec<&'c PullInfo>,
    pub(super) condition: Option<&'c Condition<MachineSecurityState>>,
    /// The tenants without a device, matching or not.
    pub(super) empty: &'c [Option<String>],
    /// Tenants that the condition names and that do not exist.
    pub(super) unknown_tenants: &'c [String],
    pub(super) unreadable: UnreadableCounts,
}

/// Refuses a check that needs an older pull, if it is missing, and warns of unknown properties.
/// `remedy` says how to name an older pull.
pub(super) fn check_usage(args: &GateArgs, compares: bool, remedy: &str) -> anyhow::Result<()> {
    let new = args.fail_on.iter().find(|check| check.what == Finding::New && !compares);
    if let Some(check) = new {
        bail!(UsageError::new(format!("--fail-on {} needs an older pull to compare with; {remedy}", check.text)));
    }
    for check in &args.fail_on {
        if let Finding::UnknownProperty { property, nearest } = &check.what {
            output::warn(format_args!("--fail-on: {}", not_known("property", property.as_str(), nearest.as_deref())));
        }
    }
    Ok(())
}

impl Checked<'_> {
    /// Every check of the command line, and those that they depend on.
    pub(super) fn run(&self, args: &GateArgs) -> Vec<Check> {
        let mut checks: Vec<_> = args.fail_on.iter().map(|check| self.fail_on(check)).collect();
        checks.extend(args.min_devices.map(|limit| self.min_devices(limit)));
        checks.extend(args.age.max_age.map(|limit| checks::max_age(&self.pulls, limit)));
        if args.fail_on.is_empty() && args.min_devices.is_none() {
            return checks;
        }

        let unknown = |name: &str, value: Quantity, reason: String| Check {
            name: name.to_owned(),
            limit: Quantity::Nothing,
            value,
            result: CheckResult::Unknown(reason),
        };
        checks.extend(self.pulls.iter().filter(|pull| pull.outcome().is_incomplete()).map(|pull| {
            let word = Quantity::Word("incomplete".to_owned());
            unknown("completeness", word, pull.completeness.line())
        }));
        if !args.allow_unknown {
            checks.extend(self.pulls.iter().filter(|pull| matches!(pull.outcome(), Outcome::Unknown(_))).map(|pull| {
                let reason = format!("{}; pull it with -o, or add --allow-unknown", pull.completeness.evidence);
                unknown("completeness", Quantity::Word("unknown".to_owned()), reason)
            }));
            checks.extend(self.unreadable.in_words().map(|reason| unknown("readable", Quantity::Nothing, reason)));
            let lists = self.triage.not_known + self.triage.known_in_part;
            // A limit of its own decides how many may be unknown.
            let has_own_limit = args.fail_on.iter().any(|check| check.what == Finding::Unknown);
            if lists > 0 && !has_own_limit {
                let reason = format!("the properties of {} are not known", counted(lists, "device"));
                checks.push(unknown("known", Quantity::Devices(lists), reason));
            }
            let values = self.condition.map(Condition::unknown_values).unwrap_or_default();
            checks.extend(values.iter().map(|value| unknown("--where", Quantity::Nothing, unknown_value(value))));
            checks.extend(
                self.unknown_tenants
                    .iter()
                    .map(|tenant| unknown("--where", Quantity::Nothing, not_known("tenant", tenant, None))),
            );
        }
        if !args.allow_empty {
            checks.extend(self.empty.iter().map(|tenant| {
                let of = tenant.as_ref().map(|tenant| format!(" in {tenant}")).unwrap_or_default();
                let reason = format!("there are no devices{of}; --allow-empty accepts that");
                unknown("devices", Quantity::Devices(0), reason)
            }));
        }
        checks
    }

    fn fail_on(&self, FailOn { what, limit, text }: &FailOn) -> Check {
        let triage = self.triage;
        let devices = match what {
            Finding::Any => triage.need_attention,
            Finding::New => self.difference.map_or(0, |difference| difference.with_new_properties),
            Finding::Behind => triage.behind(),
            Finding::Unknown => triage.not_known + triage.known_in_part,
            Finding::OutOfSupport => triage.servicing_on(self.day).ended,
            Finding::Category(category) => triage.devices_in(*category),
            Finding::Property(property) | Finding::UnknownProperty { property, .. } => triage.devices_with(property),
        };
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
        let share = if triage.devices == 0 { 0.0 } else { devices as f64 * 100.0 / triage.devices as f64 };
        let (limit, value, is_found) = match limit {
            FindingLimit::Devices(limit) => (Quantity::Devices(*limit), Quantity::Devices(devices), devices >= *limit),
            FindingLimit::Percent(limit) => (Quantity::Percent(*limit), Quantity::Percent(share), share >= *limit),
        };

        let result = match what {
            Finding::UnknownProperty { property, nearest } if devices == 0 => {
                let value = property.to_string();
                CheckResult::Unknown(not_known("property", &value, nearest.as_deref()))
            }
            _ if is_found => CheckResult::Failed,
            Finding::New if self.difference.is_some_and(|difference| difference.not_known > 0) => {
                let devices = self.difference.map_or(0, |difference| difference.not_known);
                CheckResult::Unknown(format!("the properties of {} are not known", counted(devices, "device")))
            }
            Finding::New if self.difference.is_some_and(|difference| difference.need_attention_not_seen_before > 0) => {
                let devices = self.difference.map_or(0, |difference| difference.need_attention_not_seen_before);
                let devices = counted(devices, "device");
                CheckResult::Unknown(format!("{devices} with properties may be new, or were not in the older pull"))
            }
            Finding::New if !self.not_compared.is_empty() => {
                CheckResult::Unknown(format!("no older pull of {}", self.not_compared.join(", ")))
            }
            _ => CheckResult::Passed,
        };
        Check { name: text.clone(), limit, value, result }
    }

    fn min_devices(&self, limit: u64) -> Check {
        let devices = self.triage.devices;
        let result = if devices < limit {
            CheckResult::Unknown(format!("{} of at least {limit}", counted(devices, "device")))
        } else {
            CheckResult::Passed
        };
        let name = "--min-devices".to_owned();
        Check { name, limit: Quantity::Devices(limit), value: Quantity::Devices(devices), result }
    }
}

/// What is wrong with a value of `--where`, if it is not a new one.
pub(super) fn unknown_value(UnknownValue { field, value, nearest, .. }: &UnknownValue) -> String {
    not_known(field, value, nearest.as_deref())
}

fn not_known(field: &str, value: &str, nearest: Option<&str>) -> String {
    let suggestion = nearest.map(|nearest| format!("; did you mean '{nearest}'?")).unwrap_or_default();
    format!("'{value}' is not a known {field}{suggestion}")
}
