//! `--fail-on`: whether a triage has what makes the run fail.

use anyhow::bail;
use endstate_analysis::{Difference, Triage};
use endstate_model::Date;

use crate::cli::TriageArgs;
use crate::cli::fail_on::{FailOn, Finding};
use crate::exit::UsageError;

/// Refuses a check that needs an older pull, if --since is missing.
pub(super) fn check_usage(args: &TriageArgs) -> anyhow::Result<()> {
    if let Some(check) = args.fail_on.iter().find(|check| check.what == Finding::New && args.since.is_empty()) {
        bail!(UsageError::new(format!(
            "--fail-on {} needs an older pull to compare with; add --since FILE",
            check.text
        )));
    }
    Ok(())
}

/// How many devices a check finds; `None` if they are fewer than it counts as a finding.
pub(super) fn found(check: &FailOn, triage: &Triage, difference: Option<&Difference>, day: Date) -> Option<u64> {
    let devices = match &check.what {
        Finding::Any => triage.need_attention,
        Finding::New => difference.map_or(0, |difference| difference.with_new_properties),
        Finding::Behind => triage.behind(),
        Finding::OutOfSupport => triage.servicing_on(day).ended,
        Finding::Category(category) => triage.devices_in(*category),
        Finding::Property(property) => triage.devices_with(property),
    };
    (devices >= check.min_devices).then_some(devices)
}
