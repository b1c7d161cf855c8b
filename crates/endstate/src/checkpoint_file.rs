//! The checkpoint beside an output: where a pull can go on after it was stopped, written after pages, at most ten times
//! a second.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use endstate_odata::{EntityKey, PageUrl};
use endstate_paging::{Checkpoint, Guards, PullReport};
use serde::{Deserialize, Serialize};

use crate::args::RowFormat;
use crate::receipt::with_suffix;

/// What is written. It holds the continuation, and so it is readable by its owner only; it holds no token.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CheckpointFile {
    /// The version of endstate: another one may understand these things otherwise.
    version: String,
    /// The URL of the first page.
    source: String,
    /// The profile and the tenant: they tell apart what stands at the same URL.
    #[serde(default)]
    tenant: Option<String>,
    format: String,
    keeps_duplicates: bool,
    /// The URL of the next page.
    next: String,
    /// Bytes of the output up to here.
    pub(crate) position: u64,
    /// Of the rows' keys, in hexadecimal digits.
    keys_digest: String,
    stale_pages: u32,
    empty_pages: u32,
    has_real_count: bool,
    pages: u64,
    items: u64,
    rows: u64,
    entities: u64,
    duplicates: u64,
    conflicts: u64,
    conflict_keys: Vec<EntityKey>,
    without_key: u64,
    partial_items: u64,
    expected: Option<u64>,
    calls: u64,
    retries: u64,
    throttled: u64,
    bytes: u64,
    waited: std::time::Duration,
}

/// What a checkpoint has to belong to.
#[derive(Debug, Clone)]
pub(crate) struct Ours {
    pub(crate) source: PageUrl,
    pub(crate) tenant: Option<String>,
    pub(crate) format: RowFormat,
    pub(crate) keeps_duplicates: bool,
}

impl CheckpointFile {
    /// Where the checkpoint of an output lies.
    pub(crate) fn path_of(output: &Path) -> PathBuf {
        with_suffix(output, ".checkpoint.json")
    }

    pub(crate) fn new(checkpoint: &Checkpoint, position: u64, ours: &Ours) -> Self {
        let Checkpoint { next, report, keys_digest, guards, .. } = checkpoint;
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            source: ours.source.as_str().to_owned(),
            tenant: ours.tenant.clone(),
            format: ours.format.name(),
            keeps_duplicates: ours.keeps_duplicates,
            next: next.as_str().to_owned(),
            position,
            keys_digest: format!("{keys_digest:016x}"),
            stale_pages: guards.stale_pages,
            empty_pages: guards.empty_pages,
            has_real_count: guards.has_real_count,
            pages: report.pages,
            items: report.items,
            rows: report.rows,
            entities: report.entities,
            duplicates: report.duplicates,
            conflicts: report.conflicts,
            conflict_keys: report.conflict_keys.clone(),
            without_key: report.without_key,
            partial_items: report.partial_items,
            expected: report.expected,
            calls: report.calls,
            retries: report.retries,
            throttled: report.throttled,
            bytes: report.bytes,
            waited: report.waited,
        }
    }

    /// Writes it whole or not at all: a process that is killed leaves the one before.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let new = with_suffix(path, ".new");
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        fs::rename(&new, path)
    }

    /// The checkpoint at a path, `None` where there is none.
    ///
    /// It is an error where it belongs to another source, version or way of writing.
    pub(crate) fn read(path: &Path, ours: &Ours) -> anyhow::Result<Option<Self>> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let file: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a checkpoint; pull without --resume to begin anew", path.display()))?;
        let belongs = |what: &str, its: &str, our: &str| {
            ensure!(
                its == our,
                "{} belongs to {what} {its}, and this is {our}; pull without --resume to begin anew",
                path.display()
            );
            Ok(())
        };
        belongs("version", &file.version, env!("CARGO_PKG_VERSION"))?;
        // Shown as all URLs are, without queries; compared whole.
        let source = PageUrl::new(&file.source).with_context(|| format!("{} names no source", path.display()))?;
        if source != ours.source {
            belongs("source", &source.to_string(), &ours.source.to_string())?;
            bail!("{} belongs to another query of the source; pull without --resume to begin anew", path.display());
        }
        let whose = |tenant: &Option<String>| tenant.clone().unwrap_or_else(|| "no profile or tenant".to_owned());
        belongs("tenant", &whose(&file.tenant), &whose(&ours.tenant))?;
        belongs("format", &file.format, &ours.format.name())?;
        let kept = |keeps: bool| if keeps { "with duplicates" } else { "without duplicates" };
        belongs("a pull", kept(file.keeps_duplicates), kept(ours.keeps_duplicates))?;
        Ok(Some(file))
    }

    /// Where the pull goes on.
    pub(crate) fn checkpoint(&self) -> anyhow::Result<Checkpoint> {
        let mut report = PullReport::default();
        report.pages = self.pages;
        report.items = self.items;
        report.rows = self.rows;
        report.entities = self.entities;
        report.duplicates = self.duplicates;
        report.conflicts = self.conflicts;
        report.conflict_keys.clone_from(&self.conflict_keys);
        report.without_key = self.without_key;
        report.partial_items = self.partial_items;
        report.expected = self.expected;
        report.calls = self.calls;
        report.retries = self.retries;
        report.throttled = self.throttled;
        report.bytes = self.bytes;
        report.waited = self.waited;
        let guards = Guards {
            stale_pages: self.stale_pages,
            empty_pages: self.empty_pages,
            has_real_count: self.has_real_count,
        };
        let digest = u64::from_str_radix(&self.keys_digest, 16).context("the checkpoint has no digest of its rows")?;
        Ok(Checkpoint::new(PageUrl::new(&self.next)?, report, digest, guards))
    }
}
