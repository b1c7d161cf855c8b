//! How a pull ended: complete, or incomplete and why.

use std::fmt;

use crate::Failure;

/// Whether everything was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every link was followed to the last page, and no count that binds was left unmet.
    Complete,
    /// Something is missing, or may be; what was read is good.
    Incomplete(Reason),
}

/// Why a pull is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The links end, but the server counted more entities than were read.
    Truncated,
    /// A next link was followed before.
    Cycle,
    /// Page after page brings nothing new, or there are more pages than any collection has.
    Runaway,
    /// An item has a list that goes on elsewhere: a next link of its own, which is not followed.
    PartialItem,
    /// A page could not be had within the retry budget.
    PageLost,
    /// A next link leads to an origin that is not pinned, or nowhere.
    LinkRefused,
    /// The server no longer knows the continuation.
    LinkExpired,
    /// The caller cancelled.
    Cancelled,
    /// The caller's own limit on pages or items.
    Limit,
}

impl Verdict {
    /// Whether everything was read.
    pub fn is_complete(self) -> bool {
        self == Self::Complete
    }

    /// Why not, where not.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Complete => None,
            Self::Incomplete(reason) => Some(reason),
        }
    }
}

impl Reason {
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
            Self::Cancelled => "cancelled",
            Self::Limit => "limit",
        }
    }

    /// The reason in a few words for a person.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Truncated => "the pages ended before the count was reached",
            Self::Cycle => "a next link led back to a page that was read already",
            Self::Runaway => "page after page brought nothing new",
            Self::PartialItem => "a list inside an item goes on elsewhere",
            Self::PageLost => "a page could not be had",
            Self::LinkRefused => "a next link led to a place that may not have the token",
            Self::LinkExpired => "the server no longer knows the continuation",
            Self::Cancelled => "it was cancelled",
            Self::Limit => "the limit that was set was reached",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Incomplete(reason) => write!(f, "incomplete ({reason})"),
        }
    }
}

/// The last thing that a stream of an incomplete pull gives, so that nobody takes what came before for everything.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the pull is incomplete: {}", reason.explanation())]
#[non_exhaustive]
pub struct Incomplete {
    /// Why.
    pub reason: Reason,
    /// The failed attempt that ended it, where there was one.
    #[source]
    pub failure: Option<Failure>,
}

impl Incomplete {
    pub(crate) fn new(reason: Reason, failure: Option<Failure>) -> Self {
        Self { reason, failure }
    }
}
