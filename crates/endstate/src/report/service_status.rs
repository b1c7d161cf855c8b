//! What a service says of itself: metrics of its pulls, its health, and its tenants.

use std::fmt::Write as _;
use std::sync::Arc;

use endstate_analysis::Triage;
use endstate_model::{Date, UtcTime};
use endstate_paging::{Outcome, Reason};

use super::checks::Check;
use super::prometheus::{self, written};
use super::reading::Reading;
use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;

/// How far a clock may be set back, in seconds, before the age of a pull says nothing.
const CLOCK_SKEW: i64 = 300;

/// A tenant of a service.
#[derive(Debug, Default)]
pub(crate) struct TenantStatus {
    /// The name that tells it from other tenants; `None` if there is only one.
    pub(crate) name: Option<String>,
    /// The last complete pull, which stays until the next complete one.
    pub(crate) kept: Option<Arc<KeptPull>>,
    /// How the last pull ended; `None` until the first one has.
    pub(crate) last: Option<EndedAttempt>,
    pub(crate) pulls: u64,
    pub(crate) failures: u64,
}

/// What is kept of a complete pull.
#[derive(Debug)]
pub(crate) struct KeptPull {
    pub(crate) triage: Triage,
    pub(crate) info: PullInfo,
    pub(crate) unreadable: UnreadableCounts,
    /// The same for the same devices with the same properties, in any order.
    pub(crate) digest: u64,
    /// The checks of the command line.
    pub(crate) checks: Vec<Check>,
    /// When the pull started.
    pub(crate) started_at: UtcTime,
    /// The report's page.
    pub(crate) page: Arc<str>,
}

/// How a pull ended.
#[derive(Debug, Clone)]
pub(crate) struct EndedAttempt {
    pub(crate) outcome: Outcome,
    /// The outcome as a sentence.
    pub(crate) verdict: String,
    pub(crate) seconds: f64,
}

impl TenantStatus {
    /// What is wrong with it, if anything is. A complete pull may be this many seconds old.
    pub(crate) fn problem(&self, now: UtcTime, max_age: u64) -> Option<String> {
        let name = self.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let Some(kept) = &self.kept else { return Some(format!("{name}no complete pull yet")) };
        let age = now.as_second().saturating_sub(kept.started_at.as_second());
        if age < -CLOCK_SKEW {
            return Some(format!("{name}the last complete pull is dated in the future: check the clock"));
        }
        let is_old = u64::try_from(age).is_ok_and(|age| age > max_age);
        is_old.then(|| format!("{name}the last complete pull started {age} s ago"))
    }
}

/// Everything that Prometheus scrapes.
pub(crate) fn metrics(tenants: &[TenantStatus], day: Date, interval_seconds: f64, is_reloaded: bool) -> String {
    // A tenant without a complete pull has no devices, which is not the same as zero devices.
    let readings = tenants.iter().filter_map(|tenant| {
        let KeptPull { triage, info, unreadable, .. } = tenant.kept.as_deref()?;
        Some(Reading { tenant: tenant.name.as_deref(), triage: Some(triage), info, unreadable: *unreadable })
    });
    let readings: Vec<_> = readings.collect();
    let mut text = if readings.is_empty() { String::new() } else { prometheus::text(readings, day, None) };

    let mut family = |name: &str, kind: &str, help: &str, samples: Vec<String>| {
        if !samples.is_empty() {
            let _ = write!(text, "# HELP endstate_{name} {help}\n# TYPE endstate_{name} {kind}\n");
            for sample in samples {
                let _ = writeln!(text, "endstate_{name}{sample}");
            }
        }
    };
    let each = |value: &dyn Fn(&TenantStatus) -> Option<String>| -> Vec<String> {
        let sample =
            |tenant: &TenantStatus| Some(format!("{} {}", written(tenant.name.as_deref(), &[]), value(tenant)?));
        tenants.iter().filter_map(sample).collect()
    };
    let of_last = |value: fn(&EndedAttempt) -> String| each(&move |tenant| tenant.last.as_ref().map(value));
    let success = of_last(|last| u8::from(last.outcome.is_complete()).to_string());
    family("pull_success", "gauge", "Whether the last pull was complete.", success);
    let started = each(&|tenant| Some(tenant.kept.as_ref()?.started_at.as_second().to_string()));
    family("pull_timestamp_seconds", "gauge", "When the last complete pull started, in Unix time.", started);
    family("outcome", "gauge", "The outcome of the last pull: 1 for its reason.", outcomes(tenants));
    let duration = of_last(|last| format!("{:.3}", last.seconds));
    family("pull_duration_seconds", "gauge", "How long the last pull took.", duration);
    let pulls = each(&|tenant| Some(tenant.pulls.to_string()));
    family("pulls_total", "counter", "Pulls that have ended.", pulls);
    let failures = each(&|tenant| Some(tenant.failures.to_string()));
    family("pull_failures_total", "counter", "Pulls that were not complete.", failures);

    family("check_passed", "gauge", "Whether a check passed in the last complete pull.", checks(tenants));
    let interval = vec![format!(" {interval_seconds}")];
    family("pull_interval_seconds", "gauge", "Time from the start of a pull to the start of the next.", interval);
    let reloaded = vec![format!(" {}", u8::from(is_reloaded))];
    family("config_reload_success", "gauge", "Whether the configuration could be read the last time.", reloaded);
    let version = ("version", env!("CARGO_PKG_VERSION").to_owned());
    let version = vec![format!("{} 1", written(None, &[version]))];
    family("build_info", "gauge", "The version of endstate.", version);
    text
}

/// Each check of each tenant.
fn checks(tenants: &[TenantStatus]) -> Vec<String> {
    let kept = tenants.iter().filter_map(|tenant| Some((tenant, tenant.kept.as_ref()?)));
    let samples = kept.flat_map(|(tenant, kept)| {
        kept.checks.iter().map(move |check| {
            let labels = written(tenant.name.as_deref(), &[("check", check.name.clone())]);
            format!("{labels} {}", u8::from(check.is_passed()))
        })
    });
    samples.collect()
}

/// Every reason, so a series does not come and go.
fn outcomes(tenants: &[TenantStatus]) -> Vec<String> {
    let words = || ["complete"].into_iter().chain(Reason::ALL.map(Reason::as_str));
    let ended = tenants.iter().filter_map(|tenant| Some((tenant, tenant.last.as_ref()?)));
    let samples = ended.flat_map(|(tenant, last)| {
        let word = last.outcome.reason_word().unwrap_or("complete");
        words().map(move |reason| {
            let labels = written(tenant.name.as_deref(), &[("reason", reason.to_owned())]);
            format!("{labels} {}", u8::from(reason == word))
        })
    });
    samples.collect()
}
