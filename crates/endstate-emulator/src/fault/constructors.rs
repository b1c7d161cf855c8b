//! Constructors of the faults: each has the defaults of its name.

use std::time::Duration;

use super::kind::{FaultKind, RetryAfter};
use super::{Fault, FaultError};

/// Each fault on the page that shows it best, as often as its name has it.
impl Fault {
    /// 429 with a `Retry-After` of one second, once on page 2.
    pub fn throttled() -> Self {
        Self::throttled_with("1".to_owned())
    }

    /// 429 with this time as `Retry-After`, also with parts of a second, once on page 2.
    pub fn throttled_for(delay: Duration) -> Self {
        Self::throttled_with(seconds(delay))
    }

    fn throttled_with(seconds: String) -> Self {
        Self::scripted("throttled", FaultKind::Throttled(RetryAfter::Text(seconds.clone())), Some(seconds))
    }

    /// 429 with an HTTP date one second ahead as `Retry-After`, once on page 2.
    pub fn throttled_until_date() -> Self {
        let kind = FaultKind::Throttled(RetryAfter::Date(Duration::from_secs(1)));
        Self::scripted("throttled", kind, Some("date".to_owned()))
    }

    /// 429 without `Retry-After`, once on page 2.
    pub fn throttled_without_delay() -> Self {
        Self::scripted("throttled", FaultKind::Throttled(RetryAfter::Absent), Some("none".to_owned()))
    }

    /// A status with an error body, once on page 2.
    ///
    /// # Errors
    /// If the status is not from 400 to 599.
    pub fn status(code: u16) -> Result<Self, FaultError> {
        format!("status={code}").parse()
    }

    /// 401, as if the token had expired, once on page 2.
    ///
    /// [`forever`](Self::forever) also refuses new tokens.
    pub fn unauthorized() -> Self {
        Self::scripted("unauthorized", FaultKind::Unauthorized, None)
    }

    /// 403 with the error body, always on page 2.
    pub fn forbidden() -> Self {
        Self::scripted("forbidden", FaultKind::Forbidden, None)
    }

    /// The port refuses connections for this long when the page is requested, once on page 2.
    pub fn refused(duration: Duration) -> Self {
        Self::scripted("refused", FaultKind::Refused(duration), Some(seconds(duration)))
    }

    /// The connection is reset before the response begins, once on page 2.
    pub fn reset_before_head() -> Self {
        Self::scripted("reset-before-head", FaultKind::ResetBeforeHead, None)
    }

    /// The connection is reset in mid-body, once on page 2.
    pub fn reset_in_body() -> Self {
        Self::scripted("reset-in-body", FaultKind::ResetInBody, None)
    }

    /// The body stops in the middle and the connection stays open, once on page 2.
    pub fn stalled() -> Self {
        Self::scripted("stalled", FaultKind::Stalled, None)
    }

    /// The body comes in pieces of 4 KiB with this pause before each, always on page 2 (a valid
    /// response).
    pub fn drip(pause: Duration) -> Self {
        Self::scripted("drip", FaultKind::Drip(pause), Some(seconds(pause)))
    }

    /// The response begins after this long, once on page 2 (a valid response).
    pub fn late(delay: Duration) -> Self {
        Self::scripted("late", FaultKind::Late(delay), Some(seconds(delay)))
    }

    /// The connection is closed before Content-Length is reached, once on page 2.
    pub fn short_body() -> Self {
        Self::scripted("short-body", FaultKind::ShortBody, None)
    }

    /// The JSON is cut off in a clean 200, once on page 2.
    pub fn cut_json() -> Self {
        Self::scripted("cut-json", FaultKind::CutJson, None)
    }

    /// A 200 whose document holds items and an error object, once on page 2.
    pub fn in_stream_error() -> Self {
        Self::scripted("in-stream-error", FaultKind::InStreamError, None)
    }

    /// A 200 with the HTML of a captive portal, always on page 2.
    pub fn html() -> Self {
        Self::scripted("html", FaultKind::Html, None)
    }

    /// A byte that is not UTF-8, once on page 2.
    pub fn invalid_utf8() -> Self {
        Self::scripted("invalid-utf8", FaultKind::InvalidUtf8, None)
    }

    /// A body that never ends, always on page 2.
    pub fn endless() -> Self {
        Self::scripted("endless", FaultKind::Endless, None)
    }

    /// A small body that decompresses to this many MiB, at least one, always on page 2.
    pub fn gzip_bomb(mebibytes: u64) -> Self {
        let mebibytes = mebibytes.max(1);
        Self::scripted("gzip-bomb", FaultKind::GzipBomb(mebibytes), Some(mebibytes.to_string()))
    }

    /// An empty page in the middle, once on page 2 (a valid response).
    pub fn empty_page() -> Self {
        Self::scripted("empty-page", FaultKind::EmptyPage, None)
    }

    /// A next link that leads to its own page, always on page 2.
    pub fn repeated_link() -> Self {
        Self::scripted("repeated-link", FaultKind::RepeatedLink, None)
    }

    /// A next link that leads to the previous page, always on page 3.
    pub fn cycle() -> Self {
        Self::scripted("cycle", FaultKind::Cycle, None)
    }

    /// Links that grow without end and return the same devices, always on page 2
    /// (microsoft-365-docs#8316).
    pub fn growing_links() -> Self {
        Self::scripted("growing-links", FaultKind::GrowingLinks, None)
    }

    /// No next link, although the count is not reached, always on page 2.
    pub fn missing_link() -> Self {
        Self::scripted("missing-link", FaultKind::MissingLink, None)
    }

    /// Each page begins with the last devices of the previous page, at least one (a valid
    /// response).
    pub fn overlap(devices: u64) -> Self {
        let devices = devices.max(1);
        Self::scripted("overlap", FaultKind::Overlap(devices), Some(devices.to_string()))
    }

    /// A device of the previous page again, with different contents, always on page 2.
    pub fn conflict() -> Self {
        Self::scripted("conflict", FaultKind::Conflict, None)
    }

    /// A next link to another origin, such as `https://evil.example`, always on page 2.
    ///
    /// # Errors
    /// If the text is not an origin.
    pub fn foreign_link(origin: &str) -> Result<Self, FaultError> {
        format!("foreign-link={origin}").parse()
    }

    /// A next link to a host that begins like the right one, always on page 2.
    pub fn look_alike_link() -> Self {
        Self::scripted("look-alike-link", FaultKind::LookAlikeLink, None)
    }

    /// A next link with the right host as a user name: right@wrong, always on page 2.
    pub fn userinfo_link() -> Self {
        Self::scripted("userinfo-link", FaultKind::UserinfoLink, None)
    }

    /// A next link to plain http, always on page 2.
    pub fn plain_http_link() -> Self {
        Self::scripted("plain-http-link", FaultKind::PlainHttpLink, None)
    }

    /// 302 to another origin, such as `https://evil.example`, always on page 2.
    ///
    /// # Errors
    /// If the text is not an origin.
    pub fn redirect(origin: &str) -> Result<Self, FaultError> {
        format!("redirect={origin}").parse()
    }

    /// 410: the continuation has expired, always on page 2.
    pub fn expired() -> Self {
        Self::scripted("expired", FaultKind::Expired(410), None)
    }

    /// 404, as some collections answer when a continuation has expired, always on page 2.
    pub fn expired_as_not_found() -> Self {
        Self::scripted("expired", FaultKind::Expired(404), Some("404".to_owned()))
    }

    /// 404 on the first page, always.
    pub fn not_found() -> Self {
        Self::scripted("not-found", FaultKind::NotFound, None)
    }

    /// The next link comes after `value` (a valid response).
    pub fn link_last() -> Self {
        Self::scripted("link-last", FaultKind::LinkLast, None)
    }

    /// An item that is not a device state, always on page 2.
    pub fn bad_item() -> Self {
        Self::scripted("bad-item", FaultKind::BadItem, None)
    }

    /// A list inside an item that continues at its own next link, always on page 2.
    pub fn nested_link() -> Self {
        Self::scripted("nested-link", FaultKind::NestedLink, None)
    }

    /// A list inside an item that continues at its own next link, whose name is written with JSON
    /// escapes, always on page 2.
    pub fn escaped_nested_link() -> Self {
        Self::scripted("escaped-nested-link", FaultKind::EscapedNestedLink, None)
    }

    /// Two next links that differ, one under each name, once on page 2.
    pub fn two_links() -> Self {
        Self::scripted("two-links", FaultKind::TwoLinks, None)
    }

    /// Two counts that differ, once on page 2.
    pub fn two_counts() -> Self {
        Self::scripted("two-counts", FaultKind::TwoCounts, None)
    }

    /// Two lists of items, the second one empty, once on page 2.
    pub fn two_lists() -> Self {
        Self::scripted("two-lists", FaultKind::TwoLists, None)
    }

    /// A count such as 444.0 (a valid response).
    pub fn spelled_count() -> Self {
        Self::scripted("spelled-count", FaultKind::SpelledCount, None)
    }

    /// Devices with builds that cannot be read and with lists that are null, always on page 2.
    pub fn odd_items() -> Self {
        Self::scripted("odd-items", FaultKind::OddItems, None)
    }

    /// Many items of two bytes, at least one, always on page 2.
    pub fn tiny_items(items: u64) -> Self {
        let items = items.max(1);
        Self::scripted("tiny-items", FaultKind::TinyItems(items), Some(items.to_string()))
    }

    /// Gzip of several members (a valid response).
    pub fn gzip_members() -> Self {
        Self::scripted("gzip-members", FaultKind::GzipMembers, None)
    }

    /// 403 with an error that repeats the token of the request, always on page 2.
    pub fn echo() -> Self {
        Self::scripted("echo", FaultKind::Echo, None)
    }

    /// Properties and values that are not documented, always on page 2 (a valid response).
    pub fn unknown_values() -> Self {
        Self::scripted("unknown-values", FaultKind::UnknownValues, None)
    }
}

fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}
