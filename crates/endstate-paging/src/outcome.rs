//! How a pull ended: complete, incomplete and why, or unknown and why.

use std::fmt;

use crate::FetchError;

/// Whether everything was read.
///
/// One type serves from the walk to the last line that a program prints. A walk ends with
/// [`Complete`](Self::Complete) or [`Incomplete`](Self::Incomplete). It is
/// [`Unknown`](Self::Unknown) while it runs, and for kept rows that no record describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Every link was followed to the last page, and every count that binds was reached.
    Complete,
    /// Something is missing, or may be. What was read is valid.
    Incomplete(Reason),
    /// Nothing shows whether something is missing. This is never the same as complete.
    Unknown(UnknownReason),
}

/// Why a pull is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The pages or parts end, but the server counted more entities than were read.
    Truncated,
    /// A next link leads to a page that was read before.
    Cycle,
    /// Several consecutive pages bring no new item, or there are more pages than any collection
    /// has.
    Runaway,
    /// An item has a list that continues on another page: a next link of its own, which is not
    /// followed.
    PartialItem,
    /// A page could not be fetched within the retry budget.
    PageLost,
    /// A next link leads to an origin that is not pinned, or is not a URL.
    LinkRefused,
    /// The server no longer knows the continuation.
    LinkExpired,
    /// A part of a query is over the service's limits, and cannot be split further.
    PartTooLarge,
    /// The service replaced what it exports while the pull read it: some rows are of one
    /// generation, some of another.
    GenerationChanged,
    /// The caller cancelled the pull.
    Cancelled,
    /// The caller's own limit on pages or items was reached.
    Limit,
    /// Kept rows whose pull did not end: its process was killed, or still runs.
    Unfinished,
    /// Kept rows that are not the rows that the pull's record describes.
    Changed,
    /// Nothing could be read.
    NothingRead,
    /// Several pulls taken together, of which at least one is not complete.
    SomeTenants,
}

/// Why nothing shows whether a pull is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnknownReason {
    /// The pull still runs.
    Running,
    /// Kept rows without a record of their pull.
    NoReceipt,
    /// Kept rows beside the record of another pull.
    OtherReceipt,
}

impl UnknownReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Running, Self::NoReceipt, Self::OtherReceipt];

    /// The word for programs, such as `no_receipt`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::NoReceipt => "no_receipt",
            Self::OtherReceipt => "other_receipt",
        }
    }

    /// The reason of this word; `None` if this version does not know it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl Outcome {
    /// Whether everything was read.
    pub fn is_complete(self) -> bool {
        self == Self::Complete
    }

    /// Whether something is missing, or may be.
    pub fn is_incomplete(self) -> bool {
        matches!(self, Self::Incomplete(_))
    }

    /// Whether the pull has ended.
    pub fn has_ended(self) -> bool {
        self != Self::Unknown(UnknownReason::Running)
    }

    /// Why the pull is incomplete; `None` if it is complete or unknown.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Incomplete(reason) => Some(reason),
            Self::Complete | Self::Unknown(_) => None,
        }
    }

    /// The word for why the pull is not complete, such as `page_lost` or `no_receipt`; `None` if it
    /// is complete.
    pub fn reason_word(self) -> Option<&'static str> {
        match self {
            Self::Complete => None,
            Self::Incomplete(reason) => Some(reason.as_str()),
            Self::Unknown(reason) => Some(reason.as_str()),
        }
    }

    /// The word for receipts and scripts: `complete`, `incomplete` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete(_) => "incomplete",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// A pull that still runs.
impl Default for Outcome {
    fn default() -> Self {
        Self::Unknown(UnknownReason::Running)
    }
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 15] = [
        Self::Truncated,
        Self::Cycle,
        Self::Runaway,
        Self::PartialItem,
        Self::PageLost,
        Self::LinkRefused,
        Self::LinkExpired,
        Self::PartTooLarge,
        Self::GenerationChanged,
        Self::Cancelled,
        Self::Limit,
        Self::Unfinished,
        Self::Changed,
        Self::NothingRead,
        Self::SomeTenants,
    ];

    /// The word for receipts and scripts, such as `page_lost`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Cycle => "cycle",
            Self::Runaway => "runaway",
            Self::PartialItem => "partial_item",
            Self::PageLost => "page_lost",
            Self::LinkRefused => "link_refused",
            Self::LinkExpired => "link_expired",
            Self::PartTooLarge => "part_too_large",
            Self::GenerationChanged => "generation_changed",
            Self::Cancelled => "cancelled",
            Self::Limit => "limit",
            Self::Unfinished => "partial",
            Self::Changed => "changed",
            Self::NothingRead => "failed",
            Self::SomeTenants => "tenants",
        }
    }

    /// The reason of this word; `None` if this version does not know it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The reason in a few words for a person.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Truncated => "the pages ended before all items had come",
            Self::Cycle => "a next link led back to a page that was already read",
            Self::Runaway => "several consecutive pages brought no new item",
            Self::PartialItem => "a list inside an item continues on another page",
            Self::PageLost => "a page could not be fetched",
            Self::LinkRefused => "a next link led to a host that must not receive the token",
            Self::LinkExpired => "the service no longer knows the continuation",
            Self::PartTooLarge => "a part of the query is over the service's limits and cannot be split further",
            Self::GenerationChanged => "the service replaced its export while the pull read it",
            Self::Cancelled => "the pull was cancelled",
            Self::Limit => "the limit that you set was reached",
            Self::Unfinished => "the pull did not end",
            Self::Changed => "the rows are not those that the pull wrote",
            Self::NothingRead => "nothing could be read",
            Self::SomeTenants => "at least one tenant is not complete",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Incomplete(reason) => write!(f, " ({reason})"),
            Self::Complete | Self::Unknown(_) => Ok(()),
        }
    }
}

/// The last item of the stream of an incomplete pull, so no caller takes the part for the whole.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the pull is incomplete: {}", reason.explanation())]
#[non_exhaustive]
pub struct IncompleteError {
    /// Why.
    pub reason: Reason,
    /// The failed attempt that ended the pull, if an attempt failed.
    #[source]
    pub failure: Option<FetchError>,
}

impl IncompleteError {
    pub(crate) fn new(reason: Reason, failure: Option<FetchError>) -> Self {
        Self { reason, failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_own_word() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.as_str()), Some(reason));
        }
        assert_eq!(Reason::from_word("worn_out"), None);
    }
}
