//! What can go wrong with a page.

use std::time::Duration;

/// The kind of a fault.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FaultKind {
    Throttled(RetryAfter),
    Status(u16),
    Unauthorized,
    Forbidden,
    Refused(Duration),
    ResetBeforeHead,
    ResetInBody,
    Stalled,
    Drip(Duration),
    Late(Duration),
    ShortBody,
    CutJson,
    InStreamError,
    Html,
    InvalidUtf8,
    Endless,
    GzipBomb(u64),
    EmptyPage,
    RepeatedLink,
    Cycle,
    GrowingLinks,
    MissingLink,
    Overlap(u64),
    Conflict,
    ForeignLink(String),
    LookAlikeLink,
    UserinfoLink,
    PlainHttpLink,
    Redirect(String),
    Expired(u16),
    NotFound,
    LinkLast,
    BadItem,
    UnknownValues,
    NestedLink,
    EscapedNestedLink,
    TwoLinks,
    TwoCounts,
    TwoLists,
    SpelledCount,
    OddItems,
    TinyItems(u64),
    GzipMembers,
    Echo,
}

/// How a throttled response says when to retry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RetryAfter {
    Text(String),
    /// An HTTP date, this long after the response.
    Date(Duration),
    Absent,
}
