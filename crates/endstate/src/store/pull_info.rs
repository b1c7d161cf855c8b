//! What is known of a pull that a result is made of: its source, its time, and whether it is
//! complete.

use std::path::Path;

use endstate_paging::Outcome;
use jiff::Timestamp;

use super::completeness::Completeness;
use super::reader::FileRead;
use super::receipt::Receipt;

/// A pull, live or from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PullInfo {
    /// The URL or the file.
    pub(crate) name: String,
    pub(crate) completeness: Completeness,
    /// UTC, if it is known.
    pub(crate) started_at: Option<String>,
    /// The condition that rows had to match to be in the file.
    pub(crate) condition: Option<String>,
}

impl PullInfo {
    /// A live pull.
    pub(crate) fn from_receipt(receipt: &Receipt) -> Self {
        Self {
            name: receipt.source.clone(),
            completeness: Completeness::from_receipt(receipt),
            started_at: Some(receipt.started_at.clone()),
            condition: receipt.condition.clone(),
        }
    }

    /// A file, from the receipt beside it and from what was in it.
    pub(crate) fn from_file(path: &Path, read: &FileRead) -> anyhow::Result<Self> {
        let receipt = Receipt::read(&Receipt::path_beside(path))?;
        let completeness = Completeness::from_file(path, read, receipt.as_ref());
        let receipt = receipt.filter(|receipt| receipt.describes(path));
        Ok(Self {
            name: path.display().to_string(),
            completeness,
            started_at: receipt.as_ref().map(|receipt| receipt.started_at.clone()),
            condition: receipt.and_then(|receipt| receipt.condition),
        })
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.completeness.outcome
    }

    /// Whether it has every device, so a device that is not in it does not exist.
    pub(crate) fn has_every_device(&self) -> bool {
        self.why_not_every_device().is_none()
    }

    /// Why it may not have every device; `None` if it has.
    pub(crate) fn why_not_every_device(&self) -> Option<String> {
        let name = &self.name;
        match (self.outcome(), &self.condition) {
            (Outcome::Complete, None) => None,
            (Outcome::Complete, Some(condition)) => Some(format!("{name} has only devices where {condition}")),
            (Outcome::Incomplete(_), _) => Some(format!("{name} is {}", self.completeness.line())),
            _ => Some(format!("it is unknown whether {name} is complete: {}", self.completeness.evidence)),
        }
    }

    /// The date, or the name if the date is not known.
    pub(crate) fn date_or_name(&self) -> String {
        let date = self.started_at.as_ref().and_then(|started_at| started_at.get(..10));
        date.map_or_else(|| self.name.clone(), ToOwned::to_owned)
    }

    /// Date and time, such as `24 Nov 2026 22:21 UTC`, or the name if they are not known.
    pub(crate) fn time_or_name(&self) -> String {
        let started_at = self.timestamp().map(|started_at| started_at.strftime("%-d %b %Y %H:%M UTC").to_string());
        started_at.unwrap_or_else(|| self.name.clone())
    }

    /// When the pull started, in seconds of Unix time.
    pub(crate) fn started_seconds(&self) -> Option<u64> {
        u64::try_from(self.timestamp()?.as_second()).ok()
    }

    fn timestamp(&self) -> Option<Timestamp> {
        self.started_at.as_ref()?.parse().ok()
    }
}
