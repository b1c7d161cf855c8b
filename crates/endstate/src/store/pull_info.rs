//! What is known of a pull that a result is made of: its source, its time, and whether it is
//! complete.

use std::path::Path;

use anyhow::ensure;
use endstate_model::StateSource;
use endstate_paging::{Outcome, Reason};
use jiff::Timestamp;

use super::completeness::Completeness;
use super::file_receipt;
use super::reader::FileRead;
use super::receipt::Receipt;
use crate::rows::UnreadableCounts;
use crate::terminal::number::{counted, span};

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
    /// The profile of its settings, if it had one.
    pub(crate) profile: Option<String>,
    /// The tenant, if it is known.
    pub(crate) tenant: Option<String>,
    /// The cloud, if it is known.
    pub(crate) cloud: Option<String>,
    /// What states were read from, if it is known.
    pub(crate) states_from: Option<StateSource>,
    /// Items that could not be read; each may be any device.
    pub(crate) unreadable: UnreadableCounts,
    /// Whether it was pulled by an earlier run.
    pub(crate) is_from_file: bool,
}

impl PullInfo {
    /// A live pull.
    pub(crate) fn from_receipt(receipt: &Receipt) -> Self {
        Self {
            name: receipt.source.clone(),
            completeness: Completeness::from_receipt(receipt),
            started_at: Some(receipt.started_at.clone()),
            condition: receipt.condition.clone(),
            profile: receipt.profile.clone(),
            tenant: receipt.tenant.clone(),
            cloud: receipt.cloud.clone(),
            states_from: Some(receipt.states_from.clone()),
            unreadable: receipt.unreadable,
            is_from_file: false,
        }
    }

    /// A file, from the receipt beside it and from what was in it.
    pub(crate) fn from_file(path: &Path, read: &FileRead) -> anyhow::Result<Self> {
        let receipt = file_receipt::beside(path)?;
        let completeness = Completeness::from_file(path, read, receipt.as_ref());
        let receipt = receipt.filter(|receipt| receipt.describes(path));
        Ok(Self {
            name: path.display().to_string(),
            completeness,
            started_at: receipt.as_ref().map(|receipt| receipt.started_at.clone()),
            condition: receipt.as_ref().and_then(|receipt| receipt.condition.clone()),
            profile: receipt.as_ref().and_then(|receipt| receipt.profile.clone()),
            tenant: receipt.as_ref().and_then(|receipt| receipt.tenant.clone()),
            cloud: receipt.as_ref().and_then(|receipt| receipt.cloud.clone()),
            // What a pull could not read may not be in its file.
            unreadable: receipt
                .as_ref()
                .map_or(read.unreadable, |receipt| read.unreadable.larger_of_each(receipt.unreadable)),
            states_from: receipt.map(|receipt| receipt.states_from),
            is_from_file: true,
        })
    }

    /// Refuses a file that is empty and has no receipt: it is as likely the trace of a failure as a
    /// pull of no devices.
    pub(crate) fn require_content(&self, rows: u64) -> anyhow::Result<()> {
        let is_unknown = matches!(self.outcome(), Outcome::Unknown(_));
        ensure!(rows > 0 || !is_unknown, "{} is empty and has no receipt: nothing was read", self.name);
        Ok(())
    }

    /// A pull of which only the name and the completeness are known.
    pub(crate) fn unknown(name: String, completeness: Completeness) -> Self {
        let (started_at, condition, profile, tenant, cloud) = (None, None, None, None, None);
        Self {
            name,
            completeness,
            started_at,
            condition,
            profile,
            tenant,
            cloud,
            states_from: None,
            unreadable: UnreadableCounts::default(),
            is_from_file: false,
        }
    }

    /// Several pulls as one, which is complete if each of them is. `total` is what was read in all.
    pub(crate) fn all<'p>(pulls: impl IntoIterator<Item = (Option<&'p str>, &'p Self)>, total: &str) -> Self {
        let pulls: Vec<_> = pulls.into_iter().collect();
        let names = |is_listed: &dyn Fn(Outcome) -> bool| {
            let listed = pulls.iter().filter(|(_, pull)| is_listed(pull.outcome()));
            listed.map(|(name, pull)| name.unwrap_or(&pull.name)).collect::<Vec<_>>().join(", ")
        };
        let unknown =
            pulls.iter().map(|(_, pull)| pull.outcome()).find(|outcome| matches!(outcome, Outcome::Unknown(_)));
        let completeness = if pulls.iter().any(|(_, pull)| pull.outcome().is_incomplete()) {
            let evidence = format!("{total}; not complete: {}", names(&|outcome| !outcome.is_complete()));
            Completeness::new(Outcome::Incomplete(Reason::SomeTenants), evidence)
        } else if let Some(unknown) = unknown {
            Completeness::new(unknown, format!("{total}; unknown: {}", names(&|outcome| !outcome.is_complete())))
        } else {
            Completeness::new(Outcome::Complete, format!("all {total}"))
        };

        let started_at = pulls.iter().filter_map(|(_, pull)| pull.started_at.clone()).min();
        let conditions: Vec<_> = pulls.iter().filter_map(|(_, pull)| pull.condition.as_deref()).collect();
        let condition = Some(conditions.join(" or ")).filter(|condition| !condition.is_empty());
        let mut unreadable = UnreadableCounts::default();
        for (_, pull) in &pulls {
            unreadable += pull.unreadable;
        }
        Self { started_at, condition, unreadable, ..Self::unknown(names(&|_| true), completeness) }
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
            (Outcome::Complete, None) if self.unreadable.invalid_items == 0 => None,
            (Outcome::Complete, None) => {
                Some(format!("{} of {name} could not be read", counted(self.unreadable.invalid_items, "item")))
            }
            (Outcome::Complete, Some(condition)) => Some(format!("{name} has only devices where {condition}")),
            (Outcome::Incomplete(_), _) => Some(format!("{name} is {}", self.completeness.line())),
            _ => Some(format!("it is unknown whether {name} is complete: {}", self.completeness.evidence)),
        }
    }

    /// The date, or the name if the date is not known.
    pub(crate) fn date_or_name(&self) -> String {
        let date = self.started_at.as_ref().and_then(|started_at| started_at.get(..10));
        date.map_or_else(|| self.name.clone(), |date| format!("{date} UTC"))
    }

    /// Date and time, such as `24 Nov 2026 22:21 UTC`, or the name if they are not known.
    pub(crate) fn time_or_name(&self) -> String {
        let started_at = self.timestamp().map(|started_at| started_at.strftime("%-d %b %Y %H:%M UTC").to_string());
        started_at.unwrap_or_else(|| self.name.clone())
    }

    /// Seconds since the pull started, if its time is known; negative if it is in the future.
    pub(crate) fn age_seconds(&self) -> Option<i64> {
        Some(Timestamp::now().as_second() - self.timestamp()?.as_second())
    }

    /// Whose devices they are and how old, as far as it is known: `tenant contoso.com (profile
    /// contoso); pulled 2026-11-03 08:00 UTC, 21 days ago`.
    pub(crate) fn provenance(&self) -> Option<String> {
        let whose = match (&self.tenant, &self.profile) {
            (Some(tenant), Some(profile)) => Some(format!("tenant {tenant} (profile {profile})")),
            (Some(tenant), None) => Some(format!("tenant {tenant}")),
            (None, Some(profile)) => Some(format!("profile {profile}")),
            (None, None) => None,
        };
        let time = self.timestamp().filter(|_| self.is_from_file);
        let age = time.map(|time| {
            let age = self.age_seconds().unwrap_or_default();
            let age = if age < 0 { "which is in the future".to_owned() } else { format!("{} ago", span(age)) };
            format!("pulled {}, {age}", time.strftime("%Y-%m-%d %H:%M UTC"))
        });
        // The documented collection is what a pull is of, unless it says otherwise.
        let is_current = |source: &&StateSource| **source != StateSource::Preview;
        let source = self.states_from.as_ref().filter(is_current).map(|source| format!("from {source}"));
        let parts: Vec<_> = whose.into_iter().chain(source).chain(age).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// When the pull started, in seconds of Unix time.
    pub(crate) fn started_seconds(&self) -> Option<u64> {
        u64::try_from(self.timestamp()?.as_second()).ok()
    }

    fn timestamp(&self) -> Option<Timestamp> {
        self.started_at.as_ref()?.parse().ok()
    }
}
