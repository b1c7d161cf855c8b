//! The receipt: the JSON record of what happened in a pull, beside its output.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState, StateSource};
use endstate_paging::{FetchError, Outcome, RetryPolicy};
use endstate_reqwest::redacted;
use serde::{Deserialize, Serialize};

use super::path::{is_special, with_suffix};
use super::read_record::ReadRecord;
use super::recorded_outcome::RecordedOutcome;
use super::regular_file::{self, remove_if_exists};
use crate::rows::UnreadableCounts;
use crate::terminal::error_chain;

/// One JSON object. `pull` writes it; the commands that read its output read it, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Receipt {
    /// `outcome`, and `reason` if it is not complete.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::recorded_outcome::Fields"))]
    pub(crate) ended: RecordedOutcome,
    /// What went wrong, and what the service said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureRecord>,
    /// The collection's URL without its query.
    pub(crate) source: String,
    /// What states were read from: `preview`, the documented collection, or one of today's sources.
    #[serde(default = "preview")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) states_from: StateSource,
    /// Why that source was read, if it was not named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why_states_from: Option<String>,
    /// The cloud, and its region; null if the service root is not a host of a cloud.
    #[serde(default)]
    pub(crate) cloud: Option<String>,
    /// The profile of the settings; null if they are not from a profile.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// The tenant as it is written in the settings, else the one of the token; null if neither
    /// names it.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// The collection's name.
    #[serde(default = "states")]
    pub(crate) collection: String,
    /// The condition that rows had to match; null if all rows were written.
    #[serde(default, rename = "where")]
    pub(crate) condition: Option<String>,
    /// Name of the file that this receipt describes; null if the rows went to stdout.
    #[serde(default)]
    pub(crate) output: Option<String>,
    /// When the service made the files of its export, as it wrote it; null for other sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) generated_at: Option<String>,
    /// The collections that were read, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reads: Vec<ReadRecord>,
    pub(crate) pages: u64,
    /// Items read, duplicates included.
    pub(crate) items: u64,
    /// Distinct ids.
    pub(crate) devices: u64,
    /// Devices that Defender has not assessed; null for the documented collection, which does not
    /// say it.
    #[serde(default)]
    pub(crate) not_assessed: Option<u64>,
    /// Rows written.
    pub(crate) rows: u64,
    pub(crate) duplicates: u64,
    pub(crate) conflicts: u64,
    /// The first hundred devices that arrived with different contents.
    pub(crate) conflict_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) unreadable: UnreadableCounts,
    /// Items that arrived only in part: one of their lists has a next link of its own.
    #[serde(default)]
    pub(crate) partial_items: u64,
    /// The service's count, if it binds.
    pub(crate) expected: Option<u64>,
    pub(crate) calls: u64,
    pub(crate) retries: u64,
    pub(crate) throttled: u64,
    /// The retry budgets; `retries` and `waited_ms` are what was used of them.
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

/// Receipts from when there was only one collection do not name it.
fn states() -> String {
    MachineSecurityState::ENTITY_SET.to_owned()
}

/// Receipts from when there was only one source do not name it.
fn preview() -> StateSource {
    StateSource::Preview
}

/// The retry budgets of a pull, in retries and in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RetryBudget {
    pub(crate) retries_per_page: u32,
    pub(crate) seconds_per_page: f64,
    pub(crate) retries_per_pull: u32,
    pub(crate) seconds_per_pull: f64,
}

impl From<&RetryPolicy> for RetryBudget {
    fn from(policy: &RetryPolicy) -> Self {
        Self {
            retries_per_page: policy.per_page.retries,
            seconds_per_page: policy.per_page.time.as_secs_f64(),
            retries_per_pull: policy.per_pull.retries,
            seconds_per_pull: policy.per_pull.time.as_secs_f64(),
        }
    }
}

/// What the service said about a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FailureRecord {
    /// The failure and its causes.
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) correlation_id: Option<String>,
}

impl From<&FetchError> for FailureRecord {
    fn from(failure: &FetchError) -> Self {
        Self {
            message: redacted(&error_chain::one_line(failure)).into_owned(),
            status: failure.status(),
            code: failure.server().map(|server| redacted(&server.code).into_owned()),
            correlation_id: failure.correlation_id().map(|id| redacted(id).into_owned()),
        }
    }
}

impl Receipt {
    /// How the pull ended.
    pub(crate) fn outcome(&self) -> Outcome {
        self.ended.outcome
    }

    /// What one item of the collection is, in the singular.
    pub(crate) fn noun(&self) -> &'static str {
        match self.collection.as_str() {
            MachineSecurityState::ENTITY_SET => "device",
            MachineGroup::ENTITY_SET => MachineGroup::NOUN,
            KbInfo::ENTITY_SET => KbInfo::NOUN,
            CveKbMap::ENTITY_SET => CveKbMap::NOUN,
            _ => "item",
        }
    }

    /// Names the file that the receipt describes.
    pub(crate) fn set_output(&mut self, file: Option<&Path>) {
        self.output = file.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    }

    /// Writes the receipt whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        // What comes from a service, such as ids of devices, may be a secret that came back.
        let mut text = redacted(&serde_json::to_string_pretty(self)?).into_owned();
        text.push('\n');
        let written = if is_special(path) {
            fs::write(path, text)
        } else {
            regular_file::replace(path, ".new", &OpenOptions::new(), text.as_bytes())
        };
        written.with_context(|| format!("cannot write the receipt {}", path.display()))
    }

    /// Checks that a receipt can be written, before there is anything to lose.
    /// Only a receipt that the user named may be a device or a pipe.
    pub(crate) fn check_writable(path: &Path, is_chosen: bool) -> anyhow::Result<()> {
        let shown = path.display();
        ensure!(!path.is_dir(), "cannot write the receipt {shown}: it is a folder; name a file in it with --receipt");
        if is_special(path) {
            ensure!(is_chosen, "cannot write the receipt {shown}: it is not a regular file; remove it");
            return Ok(());
        }
        let probe = with_suffix(path, ".new");
        let checked = remove_if_exists(&probe)
            .and_then(|()| OpenOptions::new().write(true).create_new(true).open(&probe))
            .and_then(|_| remove_if_exists(&probe));
        checked.with_context(|| format!("cannot write the receipt {shown}; choose another file with --receipt"))
    }

    /// Reads the receipt at a path; `None` if the file does not exist.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        // A pipe would be read without end.
        ensure!(!is_special(path), "{} is not a regular file, and no receipt", path.display());
        match fs::read(path) {
            Ok(text) => {
                let receipt = serde_json::from_slice(&text);
                Ok(Some(receipt.with_context(|| format!("{} is not a receipt", path.display()))?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Whether the receipt describes this file.
    pub(crate) fn describes(&self, file: &Path) -> bool {
        let name = file.file_name().map(|name| name.to_string_lossy());
        self.output.as_deref() == name.as_deref()
    }

    /// The path of the receipt of a file. `FILE.partial` has the same receipt as `FILE`.
    pub(crate) fn path_beside(file: &Path) -> PathBuf {
        let is_partial = file.extension().is_some_and(|extension| extension == "partial");
        let target = if is_partial { file.with_extension("") } else { file.to_owned() };
        with_suffix(&target, ".receipt.json")
    }
}
