//! Whether rows are complete: the outcome, and the numbers that show it, in words.

use std::path::Path;

use endstate_paging::{Outcome, Reason, UnknownReason};

use super::reader::FileRead;
use super::receipt::Receipt;
use crate::terminal::number::{counted, grouped, plural};

/// An outcome, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completeness {
    pub(crate) outcome: Outcome,
    /// For example `all 444 devices (5 pages; matches the service's count)`.
    pub(crate) evidence: String,
}

impl Completeness {
    pub(crate) fn new(outcome: Outcome, evidence: impl Into<String>) -> Self {
        Self { outcome, evidence: evidence.into() }
    }

    /// What a receipt says.
    pub(crate) fn from_receipt(receipt: &Receipt) -> Self {
        let outcome = receipt.outcome();
        if outcome.is_complete() && receipt.pages == 0 {
            let nouns = plural(receipt.noun());
            return Self::new(outcome, format!("no {nouns} (the service answered 404, and --empty-on-404 is set)"));
        }

        let devices = counted(receipt.devices, receipt.noun());
        let read = match receipt.expected {
            _ if outcome.is_complete() && receipt.devices > 1 => format!("all {devices}"),
            Some(expected) if expected > receipt.devices => {
                let noun = plural(receipt.noun());
                format!("{} of {} {noun}", grouped(receipt.devices), grouped(expected))
            }
            _ => devices,
        };
        let count = match receipt.expected {
            None => "; the service gave no count".to_owned(),
            Some(expected) if expected == receipt.devices => "; matches the service's count".to_owned(),
            Some(expected) if expected < receipt.devices => {
                format!("; the service counted {}, so the fleet changed during the pull", grouped(expected))
            }
            Some(_) => String::new(),
        };
        let pages = counted(receipt.pages, "page");
        let matching = receipt.condition.as_ref();
        let matching = matching.map(|condition| format!("; {} where {condition}", counted(receipt.rows, "row")));
        Self::new(outcome, format!("{read} ({pages}{count}){}", matching.unwrap_or_default()))
    }

    /// What is known of a file: from the receipt beside it, and from what was in it.
    pub(crate) fn from_file(path: &Path, read: &FileRead, receipt: Option<&Receipt>) -> Self {
        let rows = counted(read.rows, "row");
        let Some(receipt) = receipt else {
            if let Some(continues) = &read.continues {
                let evidence = format!("{continues}, so there are more ({rows})");
                return Self::new(Outcome::Incomplete(Reason::Unfinished), evidence);
            }
            let is_partial = path.extension().is_some_and(|extension| extension == "partial");
            return if read.is_cut_off || is_partial {
                let evidence = format!("the pull did not end ({rows})");
                Self::new(Outcome::Incomplete(Reason::Unfinished), evidence)
            } else {
                let evidence = format!("no receipt beside the file ({rows})");
                Self::new(Outcome::Unknown(UnknownReason::NoReceipt), evidence)
            };
        };

        if !receipt.describes(path) {
            let other = receipt.output.as_deref().unwrap_or("another output");
            let evidence = format!("the receipt beside the file describes {other} ({rows})");
            return Self::new(Outcome::Unknown(UnknownReason::OtherReceipt), evidence);
        }
        if receipt.rows != read.rows || read.is_cut_off {
            let cut = if read.is_cut_off { ", the last one cut off" } else { "" };
            let evidence = format!("{rows}{cut}, but the receipt lists {}", grouped(receipt.rows));
            return Self::new(Outcome::Incomplete(Reason::Changed), evidence);
        }
        Self::from_receipt(receipt)
    }

    /// One line for a person.
    pub(crate) fn line(&self) -> String {
        let evidence = &self.evidence;
        match self.outcome {
            Outcome::Complete => format!("complete: {evidence}"),
            Outcome::Incomplete(reason) => format!("incomplete ({reason}): {evidence}"),
            _ => format!("completeness unknown: {evidence}"),
        }
    }
}
