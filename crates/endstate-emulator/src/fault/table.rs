//! The names of the faults, and how their values are read.

use std::time::Duration;

use super::kind::{FaultKind, RetryAfter};

/// A row of the table of faults.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The name of its value, empty without one.
    pub(super) value: &'static str,
    pub(super) page: Option<u32>,
    pub(super) times: Option<u32>,
    pub(super) help: &'static str,
    pub(super) kind: fn(Option<&str>) -> Result<FaultKind, String>,
}

const ONCE: Option<u32> = Some(1);
const FOREVER: Option<u32> = None;

/// Every fault: name, value, default page (0 means every page), default times, meaning.
pub(super) const ROWS: &[Row] = &[
    row(
        "throttled",
        "SECONDS|date|none",
        2,
        ONCE,
        "429 with Retry-After: seconds (1), a decimal number, an HTTP date one second ahead, or no header",
        throttled,
    ),
    row("status", "CODE", 2, ONCE, "that status (503) with an error body; 400 to 599", status),
    row("unauthorized", "", 2, ONCE, "401, as if the token had expired; `*forever` also refuses new tokens", |v| {
        none(v, FaultKind::Unauthorized)
    }),
    row("forbidden", "", 2, FOREVER, "403 with the error body", |v| none(v, FaultKind::Forbidden)),
    row(
        "refused",
        "SECONDS",
        2,
        ONCE,
        "the port refuses connections for a while (0.3) when the page is requested",
        |v| Ok(FaultKind::Refused(seconds(v, 0.3)?)),
    ),
    row("reset-before-head", "", 2, ONCE, "the connection is reset before the response begins", |v| {
        none(v, FaultKind::ResetBeforeHead)
    }),
    row("reset-in-body", "", 2, ONCE, "the connection is reset in mid-body", |v| none(v, FaultKind::ResetInBody)),
    row("stalled", "", 2, ONCE, "the body stops in the middle and the connection stays open", |v| {
        none(v, FaultKind::Stalled)
    }),
    row(
        "drip",
        "SECONDS",
        2,
        FOREVER,
        "the body comes in pieces of 4 KiB with a pause (0.02) before each (a valid response)",
        |v| Ok(FaultKind::Drip(seconds(v, 0.02)?)),
    ),
    row("late", "SECONDS", 2, ONCE, "the response begins after a while (0.5; a valid response)", |v| {
        Ok(FaultKind::Late(seconds(v, 0.5)?))
    }),
    row("short-body", "", 2, ONCE, "the connection is closed before Content-Length is reached", |v| {
        none(v, FaultKind::ShortBody)
    }),
    row("cut-json", "", 2, ONCE, "the JSON is cut off in a clean 200", |v| none(v, FaultKind::CutJson)),
    row("in-stream-error", "", 2, ONCE, "a 200 whose document holds items and an error object", |v| {
        none(v, FaultKind::InStreamError)
    }),
    row("html", "", 2, FOREVER, "a 200 with the HTML of a captive portal", |v| none(v, FaultKind::Html)),
    row("invalid-utf8", "", 2, ONCE, "a byte that is not UTF-8", |v| none(v, FaultKind::InvalidUtf8)),
    row("endless", "", 2, FOREVER, "a body that never ends", |v| none(v, FaultKind::Endless)),
    row("gzip-bomb", "MIB", 2, FOREVER, "a small body that decompresses to many MiB (64)", |v| {
        Ok(FaultKind::GzipBomb(number(v, 64)?))
    }),
    row("empty-page", "", 2, ONCE, "an empty page in the middle (a valid response)", |v| none(v, FaultKind::EmptyPage)),
    row("repeated-link", "", 2, FOREVER, "a next link that leads to its own page", |v| {
        none(v, FaultKind::RepeatedLink)
    }),
    row("cycle", "", 3, FOREVER, "a next link that leads to the previous page", |v| none(v, FaultKind::Cycle)),
    row(
        "growing-links",
        "",
        2,
        FOREVER,
        "links that grow without end and return the same devices (microsoft-365-docs#8316)",
        |v| none(v, FaultKind::GrowingLinks),
    ),
    row("missing-link", "", 2, FOREVER, "no next link, although the count is not reached", |v| {
        none(v, FaultKind::MissingLink)
    }),
    row(
        "overlap",
        "DEVICES",
        0,
        FOREVER,
        "each page begins with the last devices (1) of the previous page (a valid response)",
        |v| Ok(FaultKind::Overlap(number(v, 1)?)),
    ),
    row("conflict", "", 2, FOREVER, "a device of the previous page again, with different contents", |v| {
        none(v, FaultKind::Conflict)
    }),
    row("foreign-link", "ORIGIN", 2, FOREVER, "a next link to another origin (https://evil.example)", |v| {
        Ok(FaultKind::ForeignLink(origin(v)?))
    }),
    row("look-alike-link", "", 2, FOREVER, "a next link to a host that begins like the right one", |v| {
        none(v, FaultKind::LookAlikeLink)
    }),
    row("userinfo-link", "", 2, FOREVER, "a next link with the right host as a user name: right@wrong", |v| {
        none(v, FaultKind::UserinfoLink)
    }),
    row("plain-http-link", "", 2, FOREVER, "a next link to plain http", |v| none(v, FaultKind::PlainHttpLink)),
    row("redirect", "ORIGIN", 2, FOREVER, "302 to another origin (https://evil.example)", |v| {
        Ok(FaultKind::Redirect(origin(v)?))
    }),
    row("expired", "410|404", 2, FOREVER, "the continuation has expired (410)", expired),
    row("not-found", "", 1, FOREVER, "404 on the first page", |v| none(v, FaultKind::NotFound)),
    row("link-last", "", 0, FOREVER, "the next link comes after `value` (a valid response)", |v| {
        none(v, FaultKind::LinkLast)
    }),
    row("bad-item", "", 2, FOREVER, "an item that is not a device state", |v| none(v, FaultKind::BadItem)),
    row("nested-link", "", 2, FOREVER, "a list inside an item that continues at its own next link", |v| {
        none(v, FaultKind::NestedLink)
    }),
    row("escaped-nested-link", "", 2, FOREVER, "the same, with the letters of its name written as JSON escapes", |v| {
        none(v, FaultKind::EscapedNestedLink)
    }),
    row("two-links", "", 2, ONCE, "two next links that differ, one under each name", |v| none(v, FaultKind::TwoLinks)),
    row("two-counts", "", 2, ONCE, "two counts that differ", |v| none(v, FaultKind::TwoCounts)),
    row("two-lists", "", 2, ONCE, "two lists of items, the second one empty", |v| none(v, FaultKind::TwoLists)),
    row("spelled-count", "", 0, FOREVER, "a count such as 444.0 (a valid response)", |v| {
        none(v, FaultKind::SpelledCount)
    }),
    row("odd-items", "", 2, FOREVER, "devices with builds that cannot be read and with lists that are null", |v| {
        none(v, FaultKind::OddItems)
    }),
    row("tiny-items", "ITEMS", 2, FOREVER, "many items (20000) of two bytes", |v| {
        Ok(FaultKind::TinyItems(number(v, 20_000)?))
    }),
    row("gzip-members", "", 0, FOREVER, "gzip of several members (a valid response)", |v| {
        none(v, FaultKind::GzipMembers)
    }),
    row("echo", "", 2, FOREVER, "403 with an error that repeats the token of the request", |v| {
        none(v, FaultKind::Echo)
    }),
    row("unknown-values", "", 2, FOREVER, "properties and values that are not documented (a valid response)", |v| {
        none(v, FaultKind::UnknownValues)
    }),
];

const fn row(
    name: &'static str,
    value: &'static str,
    page: u32,
    times: Option<u32>,
    help: &'static str,
    kind: fn(Option<&str>) -> Result<FaultKind, String>,
) -> Row {
    Row { name, value, page: if page == 0 { None } else { Some(page) }, times, help, kind }
}

fn none(value: Option<&str>, kind: FaultKind) -> Result<FaultKind, String> {
    value.map_or(Ok(kind), |value| Err(format!("this fault takes no value, but has '{value}'")))
}

fn seconds(value: Option<&str>, default: f64) -> Result<Duration, String> {
    let seconds = value.map_or(Ok(default), str::parse).map_err(|_| "VALUE must be a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "VALUE must be a number of seconds".to_owned())
}

fn number(value: Option<&str>, default: u64) -> Result<u64, String> {
    match value.map_or(Ok(default), str::parse) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("VALUE must be a whole number from 1".to_owned()),
    }
}

fn origin(value: Option<&str>) -> Result<String, String> {
    let origin = value.unwrap_or("https://evil.example");
    if origin.starts_with("https://") || origin.starts_with("http://") {
        return Ok(origin.trim_end_matches('/').to_owned());
    }
    Err("VALUE must be an origin, such as https://evil.example".to_owned())
}

fn throttled(value: Option<&str>) -> Result<FaultKind, String> {
    Ok(FaultKind::Throttled(match value {
        None => RetryAfter::Text("1".to_owned()),
        Some("none") => RetryAfter::Absent,
        Some("date") => RetryAfter::Date(Duration::from_secs(1)),
        Some(text) => {
            seconds(Some(text), 0.0)?;
            RetryAfter::Text(text.to_owned())
        }
    }))
}

fn status(value: Option<&str>) -> Result<FaultKind, String> {
    match value.map_or(Ok(503), str::parse) {
        Ok(code @ 400..=599) => Ok(FaultKind::Status(code)),
        _ => Err("VALUE must be a status from 400 to 599".to_owned()),
    }
}

fn expired(value: Option<&str>) -> Result<FaultKind, String> {
    match value.unwrap_or("410") {
        "410" => Ok(FaultKind::Expired(410)),
        "404" => Ok(FaultKind::Expired(404)),
        _ => Err("VALUE must be 410 or 404".to_owned()),
    }
}
