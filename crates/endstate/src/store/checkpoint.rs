//! The checkpoint file beside an output: where a stopped pull can resume. It is written after
//! pages, at most ten times a second.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use endstate_odata::PageUrl;
use endstate_paging::Checkpoint;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::path::with_suffix;
use super::regular_file;
use crate::cli::{RowFormat, value_name};
use crate::terminal::number::span;

/// The file's content. It has the continuation, so only its owner can read it. It has no token.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CheckpointFile {
    /// The version of endstate. Another version may read these fields differently.
    version: String,
    #[serde(flatten)]
    identity: RecordedIdentity,
    /// When the first page of the pull was requested, in UTC.
    pub(crate) began_at: Timestamp,
    /// Bytes of the output up to here.
    pub(crate) position: u64,
    /// Where the pull resumes.
    pub(crate) checkpoint: Checkpoint,
}

/// What a checkpoint belongs to.
#[derive(Debug, Clone)]
pub(crate) struct CheckpointIdentity {
    /// The URL of the first page.
    pub(crate) source: PageUrl,
    /// The profile and the tenant, which tell apart collections with the same URL.
    pub(crate) tenant: Option<String>,
    pub(crate) format: RowFormat,
    pub(crate) keeps_duplicates: bool,
    /// When the pull began. It is not compared.
    pub(crate) began_at: Timestamp,
}

/// The identity as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct RecordedIdentity {
    source: String,
    #[serde(default)]
    tenant: Option<String>,
    format: String,
    keeps_duplicates: bool,
}

impl CheckpointIdentity {
    fn record(&self) -> RecordedIdentity {
        RecordedIdentity {
            source: self.source.as_str().to_owned(),
            tenant: self.tenant.clone(),
            format: value_name(&self.format),
            keeps_duplicates: self.keeps_duplicates,
        }
    }
}

impl CheckpointFile {
    /// The path of the checkpoint of an output.
    pub(crate) fn path_beside(output: &Path) -> PathBuf {
        with_suffix(output, ".checkpoint.json")
    }

    pub(crate) fn new(checkpoint: &Checkpoint, position: u64, identity: &CheckpointIdentity) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            identity: identity.record(),
            began_at: identity.began_at,
            position,
            checkpoint: checkpoint.clone(),
        }
    }

    /// Writes the file whole or not at all: a killed process leaves the one before.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        regular_file::replace(path, ".new", &regular_file::private(), &serde_json::to_vec(self)?)
    }

    /// Reads the checkpoint at a path; `None` if the file does not exist.
    ///
    /// It is an error if it belongs to another source, version or format.
    pub(crate) fn read(path: &Path, identity: &CheckpointIdentity) -> anyhow::Result<Option<Self>> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let file: Self = serde_json::from_slice(&text).with_context(|| {
            format!("{} is not a checkpoint; pull without --resume to start from the beginning", path.display())
        })?;
        file.check(path, identity)?;
        Ok(Some(file))
    }

    fn check(&self, path: &Path, identity: &CheckpointIdentity) -> anyhow::Result<()> {
        let shown = path.display();
        let belongs = |what: &str, recorded: &str, current: &str| {
            ensure!(
                recorded == current,
                "{shown} belongs to {what} {recorded}, not {current}; pull without --resume to start from the beginning"
            );
            Ok(())
        };
        let recorded = &self.identity;
        let current = identity.record();
        belongs("version", &self.version, env!("CARGO_PKG_VERSION"))?;

        // Shown without queries, like all URLs, but compared whole.
        let source = PageUrl::new(&recorded.source).with_context(|| format!("{shown} has no source"))?;
        if source != identity.source {
            belongs("source", &source.to_string(), &identity.source.to_string())?;
            bail!("{shown} belongs to another query of the source; pull without --resume to start from the beginning");
        }

        let owner =
            |tenant: &Option<String>| tenant.clone().unwrap_or_else(|| "(without profile or tenant)".to_owned());
        belongs("tenant", &owner(&recorded.tenant), &owner(&current.tenant))?;
        belongs("format", &recorded.format, &current.format)?;
        let kept = |keeps: bool| if keeps { "with duplicates" } else { "without duplicates" };
        belongs("a pull", kept(recorded.keeps_duplicates), kept(current.keeps_duplicates))
    }

    /// Refuses a checkpoint of a pull that began too long ago: its rows would be of different days.
    pub(crate) fn check_age(&self, path: &Path, longest: Duration) -> anyhow::Result<()> {
        let age = Timestamp::now().duration_since(self.began_at);
        // A clock may have been set back a little.
        let is_young = age.as_secs() >= -300 && u64::try_from(age.as_secs()).unwrap_or(0) <= longest.as_secs();
        let shown = path.display();
        ensure!(
            is_young,
            "{shown} is of a pull that began at {} UTC, {}; pull without --resume to start from the beginning, or \
             accept it with a greater --max-checkpoint-age",
            self.began_at.strftime("%Y-%m-%d %H:%M"),
            if age.is_negative() { "in the future".to_owned() } else { format!("{} ago", span(age.as_secs())) },
        );
        Ok(())
    }
}
