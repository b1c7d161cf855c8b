//! The receipt: the JSON record of what happened in a pull, beside its output.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState};
use endstate_paging::{PullReport, RetryPolicy, Verdict};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::run::Pulled;

/// One JSON object. Written by `pull`, read by whatever reads its output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) outcome: Outcome,
    /// Why it is not complete; the words of the verdicts.
    pub(crate) reason: Option<String>,
    /// What went wrong, and what the server said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureRecord>,
    /// The collection's URL, its query left out.
    pub(crate) source: String,
    /// The cloud, and its region; null where the service root is none of its hosts.
    #[serde(default)]
    pub(crate) cloud: Option<String>,
    /// The profile that the settings were of, if they were.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// The tenant of the settings, as it is written there; null where only the token knew it.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// The collection's name.
    #[serde(default = "states")]
    pub(crate) collection: String,
    /// The condition that rows had to meet to be written; null where all were.
    #[serde(default, rename = "where")]
    pub(crate) condition: Option<String>,
    /// Name of the file that this is the receipt of; null where the rows went to stdout.
    #[serde(default)]
    pub(crate) output: Option<String>,
    pub(crate) pages: u64,
    /// Items read, duplicates included.
    pub(crate) items: u64,
    /// Distinct ids.
    pub(crate) devices: u64,
    /// Rows written.
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
    pub(crate) conflicts: u64,
    /// The first hundred devices that came with different contents.
    pub(crate) conflict_ids: Vec<String>,
    /// Items that are not what the collection is of; they are written all the same, unless rows have a condition to meet.
    pub(crate) invalid_items: u64,
    /// Items of which only a part came: a list of theirs has a next link of its own.
    #[serde(default)]
    pub(crate) partial_items: u64,
    /// What the server counted, where it binds.
    pub(crate) expected: Option<u64>,
    pub(crate) calls: u64,
    pub(crate) retries: u64,
    pub(crate) throttled: u64,
    /// What failures were allowed to take; `retries` and `waited_ms` are what they took.
    pub(crate) retry_budget: RetryBudget,
    /// Milliseconds spent waiting before retries.
    pub(crate) waited_ms: u64,
    /// Bytes of the pages, decompressed.
    pub(crate) bytes: u64,
    /// UTC.
    pub(crate) started_at: String,
    pub(crate) elapsed_ms: u64,
    pub(crate) resumed_from_page: Option<u64>,
    /// The version of endstate.
    pub(crate) version: String,
}

/// Receipts of the time when there was one collection do not name it.
fn states() -> String {
    MachineSecurityState::ENTITY_SET.to_owned()
}

/// The retry budgets of a pull, in attempts after the first and in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RetryBudget {
    pub(crate) attempts_per_page: u32,
    pub(crate) seconds_per_page: f64,
    pub(crate) attempts_per_pull: u32,
    pub(crate) seconds_per_pull: f64,
}

impl From<&RetryPolicy> for RetryBudget {
    fn from(policy: &RetryPolicy) -> Self {
        Self {
            attempts_per_page: policy.per_page.attempts,
            seconds_per_page: policy.per_page.time.as_secs_f64(),
            attempts_per_pull: policy.per_pull.attempts,
            seconds_per_pull: policy.per_pull.time.as_secs_f64(),
        }
    }
}

/// How the pull ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Complete,
    Incomplete,
    Failed,
}

/// What the server said of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FailureRecord {
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) correlation_id: Option<String>,
}

impl Receipt {
    /// The receipt of a pull whose rows went to `output`.
    pub(crate) fn new(pulled: &Pulled, retry: &RetryPolicy, output: Option<&Path>) -> Self {
        let PullReport {
            pages,
            items,
            entities,
            rows,
            duplicates,
            conflicts,
            expected,
            calls,
            retries,
            throttled,
            bytes,
            ..
        } = pulled.report;
        let report = &pulled.report;
        let failure = report.failure.as_ref().map(|failure| FailureRecord {
            message: failure.to_string(),
            status: failure.status(),
            code: failure.server().map(|server| server.code.clone()),
            correlation_id: failure.correlation_id().map(ToOwned::to_owned),
        });
        Self {
            outcome: Outcome::of(report),
            reason: report.verdict.and_then(Verdict::reason).map(|reason| reason.to_string()),
            failure,
            source: pulled.source.clone(),
            cloud: pulled.cloud.clone(),
            profile: pulled.profile.clone(),
            tenant: pulled.tenant.clone(),
            collection: pulled.collection.to_owned(),
            condition: pulled.condition.clone(),
            output: output.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()),
            pages,
            items,
            devices: entities,
            rows: rows - pulled.left_out,
            duplicates,
            conflicts,
            conflict_ids: report.conflict_keys.iter().map(ToString::to_string).collect(),
            invalid_items: pulled.invalid_items,
            partial_items: report.partial_items,
            expected,
            calls,
            retries,
            throttled,
            retry_budget: RetryBudget::from(retry),
            waited_ms: millis(report.waited),
            bytes,
            started_at: pulled.started_at.to_string(),
            elapsed_ms: millis(pulled.elapsed),
            resumed_from_page: report.resumed_from_page,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// What the collection has, in the singular.
    pub(crate) fn noun(&self) -> &'static str {
        match self.collection.as_str() {
            MachineSecurityState::ENTITY_SET => "device",
            MachineGroup::ENTITY_SET => MachineGroup::NOUN,
            KbInfo::ENTITY_SET => KbInfo::NOUN,
            CveKbMap::ENTITY_SET => CveKbMap::NOUN,
            _ => "item",
        }
    }

    /// Writes it whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        let new = with_suffix(path, ".new");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
        written.with_context(|| format!("the receipt {} cannot be written", path.display()))
    }

    /// The receipt at a path; `None` where there is none.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        match fs::read(path) {
            Ok(text) => {
                let receipt = serde_json::from_slice(&text);
                Ok(Some(receipt.with_context(|| format!("{} is not a receipt", path.display()))?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// The receipt of a file. The one beside it may be of another: yesterday's file stays beside today's incomplete pull.
    pub(crate) fn of(file: &Path) -> anyhow::Result<Option<Self>> {
        let name = file.file_name().map(|name| name.to_string_lossy());
        Ok(Self::read(&Self::path_of(file))?.filter(|receipt| receipt.output.as_deref() == name.as_deref()))
    }

    /// Where the receipt of a file lies. That of `FILE.partial` is where that of `FILE` is.
    pub(crate) fn path_of(file: &Path) -> PathBuf {
        let is_partial = file.extension().is_some_and(|extension| extension == "partial");
        let target = if is_partial { file.with_extension("") } else { file.to_owned() };
        with_suffix(&target, ".receipt.json")
    }
}

impl Outcome {
    fn of(report: &PullReport) -> Self {
        match Exit::of(report) {
            Exit::Done | Exit::Found => Self::Complete,
            Exit::Incomplete => Self::Incomplete,
            Exit::Failed | Exit::Interrupted | Exit::Usage => Self::Failed,
        }
    }
}

/// A path with more at the end of its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
