//! Whether what is shown is everything, in words.

use std::path::Path;

use crate::pulled_file::FileRead;
use crate::receipt::{Outcome, Receipt};
use crate::view::number::{counted, grouped};

/// What is known of the completeness of some states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// All are there; why that is certain.
    Complete(String),
    /// Some are missing; the reason's word, and what happened.
    Incomplete { reason: String, what: String },
    /// Nobody knows; why not.
    Unknown(String),
}

impl Completeness {
    /// What a receipt says.
    pub(crate) fn of_receipt(receipt: &Receipt) -> Self {
        let read = format!("{} on {}", counted(receipt.devices, receipt.noun()), counted(receipt.pages, "page"));
        let counted_by_service = match receipt.expected {
            None => "; the service gave no count to compare with".to_owned(),
            Some(expected) if expected == receipt.devices => ", as many as the service counted".to_owned(),
            Some(expected) if expected < receipt.devices => {
                format!("; the service counted {}, so the fleet changed meanwhile", grouped(expected))
            }
            Some(expected) => format!("; the service counted {}", grouped(expected)),
        };
        let chosen =
            receipt.condition.as_ref().map(|condition| format!("; {} where {condition}", counted(receipt.rows, "row")));
        let chosen = chosen.unwrap_or_default();
        match (receipt.outcome, &receipt.reason) {
            (Outcome::Complete, _) if receipt.pages == 0 => {
                Self::Complete("the service answered 404, which was said to mean that there is nothing".to_owned())
            }
            (Outcome::Complete, _) => Self::Complete(format!("{read}{counted_by_service}{chosen}")),
            (_, Some(reason)) => {
                Self::Incomplete { reason: reason.clone(), what: format!("{read}{counted_by_service}{chosen}") }
            }
            (_, None) => Self::Incomplete { reason: "failed".to_owned(), what: read },
        }
    }

    /// What is known of a file, from the receipt beside it and from what was in it.
    pub(crate) fn of_file(path: &Path, read: &FileRead, receipt: Option<&Receipt>) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let rows = counted(read.rows, "row");
        let Some(receipt) = receipt else {
            return if read.is_cut_off || path.extension().is_some_and(|extension| extension == "partial") {
                Self::Incomplete { reason: "partial".to_owned(), what: format!("{rows}, and the pull did not end") }
            } else {
                Self::Unknown(format!("{rows}; there is no receipt beside the file"))
            };
        };
        if receipt.output != name {
            let other = receipt.output.as_deref().unwrap_or("another output");
            return Self::Unknown(format!("{rows}; the receipt beside the file is of {other}"));
        }
        if receipt.rows != read.rows || read.is_cut_off {
            let cut = if read.is_cut_off { ", the last of them cut off" } else { "" };
            let what = format!("{rows}{cut}, but the receipt speaks of {}", grouped(receipt.rows));
            return Self::Incomplete { reason: "changed".to_owned(), what };
        }
        Self::of_receipt(receipt)
    }

    pub(crate) fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }

    pub(crate) fn is_incomplete(&self) -> bool {
        matches!(self, Self::Incomplete { .. })
    }

    /// The word for programs.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Complete(_) => "complete",
            Self::Incomplete { .. } => "incomplete",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The reason for programs, where it is incomplete.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Incomplete { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// One line for a person.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Complete(why) => format!("complete: {why}"),
            Self::Incomplete { reason, what } => format!("incomplete ({reason}): {what}"),
            Self::Unknown(why) => format!("completeness unknown: {why}"),
        }
    }
}
