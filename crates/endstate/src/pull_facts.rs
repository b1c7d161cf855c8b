//! What is known of a pull that a result is made of: where it was from, when it was, and whether it was all.

use std::path::Path;

use jiff::Timestamp;

use crate::pulled_file::FileRead;
use crate::receipt::Receipt;
use crate::view::completeness::Completeness;

/// A pull, live or at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PullFacts {
    /// The URL or the file.
    pub(crate) name: String,
    pub(crate) completeness: Completeness,
    /// UTC, if it is known.
    pub(crate) started_at: Option<String>,
    /// The condition that rows had to meet to be in the file.
    pub(crate) condition: Option<String>,
}

impl PullFacts {
    /// Of a live pull.
    pub(crate) fn of_receipt(receipt: &Receipt) -> Self {
        Self {
            name: receipt.source.clone(),
            completeness: Completeness::of_receipt(receipt),
            started_at: Some(receipt.started_at.clone()),
            condition: receipt.condition.clone(),
        }
    }

    /// Of a file, from the receipt beside it and from what was in it.
    pub(crate) fn of_file(path: &Path, read: &FileRead) -> anyhow::Result<Self> {
        let receipt = Receipt::read(&Receipt::path_of(path))?;
        let completeness = Completeness::of_file(path, read, receipt.as_ref());
        let is_its = !matches!(completeness, Completeness::Unknown(_));
        let receipt = receipt.filter(|_| is_its);
        Ok(Self {
            name: path.display().to_string(),
            completeness,
            started_at: receipt.as_ref().map(|receipt| receipt.started_at.clone()),
            condition: receipt.and_then(|receipt| receipt.condition),
        })
    }

    /// Whether it has every device, so that one which is not in it is not there.
    pub(crate) fn is_whole(&self) -> bool {
        self.completeness.is_complete() && self.condition.is_none()
    }

    /// Why it may not have every device.
    pub(crate) fn why_not_whole(&self) -> Option<String> {
        let name = &self.name;
        match (&self.completeness, &self.condition) {
            (Completeness::Unknown(why), _) => Some(format!("whether {name} is complete is not known: {why}")),
            (Completeness::Incomplete { .. }, _) => Some(format!("{name} is {}", self.completeness.line())),
            (Completeness::Complete(_), Some(condition)) => Some(format!("{name} has only devices where {condition}")),
            (Completeness::Complete(_), None) => None,
        }
    }

    /// The day, or the name where the day is not known.
    pub(crate) fn when(&self) -> String {
        let day = self.started_at.as_ref().and_then(|started_at| started_at.get(..10));
        day.map_or_else(|| self.name.clone(), ToOwned::to_owned)
    }

    /// Unix time, in seconds.
    pub(crate) fn started_seconds(&self) -> Option<u64> {
        let started_at: Timestamp = self.started_at.as_ref()?.parse().ok()?;
        u64::try_from(started_at.as_second()).ok()
    }
}
