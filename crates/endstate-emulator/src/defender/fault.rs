//! Scripted faults of today's APIs: what can go wrong, and how a fault is written and parsed.

use std::fmt;
use std::str::FromStr;

use crate::fault::FaultError;
use crate::fault::text::{FaultText, written};

/// One scripted fault of today's APIs, as a value or as text: `NAME[*TIMES|*forever][=VALUE]`.
///
/// TIMES is the number of requests with the fault. [`DefenderFault::help`] lists every name with
/// its value and default.
///
/// ```
/// use endstate_emulator::DefenderFault;
///
/// let fault = DefenderFault::preempted().times(2);
/// assert_eq!(fault, "preempted*2".parse()?);
/// assert!("preempt".parse::<DefenderFault>().is_err());
/// # Ok::<(), endstate_emulator::FaultError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DefenderFault {
    pub(crate) kind: DefenderFaultKind,
    /// The number of requests with the fault. `None` means without end.
    pub(crate) times: Option<u32>,
    name: &'static str,
    value: Option<String>,
    text: String,
}

/// The kind of a fault of today's APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefenderFaultKind {
    Preempted,
    ResultSize,
    Hunting500,
    Hunting502,
    RowLimit(u64),
    MissingTable,
    Forbidden,
    RowsApart,
    LostPage,
    ExpiredUrl,
    CutGzip,
    ChangedGeneration,
    Machines403,
    Machines404,
}

/// A row of the table of faults.
struct Row {
    name: &'static str,
    kind: DefenderFaultKind,
    times: Option<u32>,
    help: &'static str,
}

const ONCE: Option<u32> = Some(1);
const FOREVER: Option<u32> = None;

/// The limit of `row-limit` without a value.
const ROW_LIMIT: u64 = 10;

/// Every fault: name, kind, default times, meaning.
const ROWS: &[Row] = &[
    row("preempted", DefenderFaultKind::Preempted, ONCE, "hunting for devices: 400, the query was preempted"),
    row("result-size", DefenderFaultKind::ResultSize, ONCE, "hunting for devices: 400, the result is too large"),
    row("hunting-500", DefenderFaultKind::Hunting500, ONCE, "hunting for devices: 500 with an empty message"),
    row("hunting-502", DefenderFaultKind::Hunting502, ONCE, "hunting for devices: 502 with the HTML of a proxy"),
    row(
        "row-limit",
        DefenderFaultKind::RowLimit(ROW_LIMIT),
        FOREVER,
        "hunting for devices: rows after this many (10) are cut off without an error",
    ),
    row(
        "missing-table",
        DefenderFaultKind::MissingTable,
        FOREVER,
        "hunting for devices: 400, a table is not known, as without its license",
    ),
    row("hunting-403", DefenderFaultKind::Forbidden, FOREVER, "hunting: 403, the permission is missing"),
    row(
        "rows-apart",
        DefenderFaultKind::RowsApart,
        FOREVER,
        "assessments: the rows of some devices come in two distant places (a valid response)",
    ),
    row("lost-page", DefenderFaultKind::LostPage, ONCE, "assessments: a next link leads past a page of rows"),
    row("expired-url", DefenderFaultKind::ExpiredUrl, ONCE, "export: the URLs of the files have expired"),
    row("cut-gzip", DefenderFaultKind::CutGzip, ONCE, "export: a file is cut off in a clean 200"),
    row(
        "changed-generation",
        DefenderFaultKind::ChangedGeneration,
        FOREVER,
        "export: each call after the first has a new generation of files, and the old files are gone",
    ),
    row("machines-403", DefenderFaultKind::Machines403, FOREVER, "machines: 403 with the error body"),
    row("machines-404", DefenderFaultKind::Machines404, FOREVER, "machines: 404, as if no device were there"),
];

const fn row(name: &'static str, kind: DefenderFaultKind, times: Option<u32>, help: &'static str) -> Row {
    Row { name, kind, times, help }
}

impl DefenderFault {
    /// Returns the help of all faults, one line each: its syntax, its default and its effect.
    pub fn help() -> String {
        let line = |row: &Row| {
            let value = if matches!(row.kind, DefenderFaultKind::RowLimit(_)) { "[=ROWS]" } else { "" };
            let times = row.times.map_or("forever", |_| "once");
            format!("  {:<18} {times}: {}\n", format!("{}{value}", row.name), row.help)
        };
        let lines: String = ROWS.iter().map(line).collect();
        format!("NAME[*TIMES|*forever][=VALUE]; repeat to script several.\n\n{lines}")
    }

    /// Returns the names of all faults.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.name)
    }

    /// A fault with the defaults of its name, and the text of its value.
    pub(super) fn scripted(name: &'static str, kind: DefenderFaultKind, value: Option<String>) -> Self {
        let times = ROWS.iter().find(|row| row.name == name).map_or(ONCE, |row| row.times);
        let text = value.as_ref().map_or_else(|| name.to_owned(), |value| format!("{name}={value}"));
        Self { kind, times, name, value, text }
    }

    /// For this many requests, at least one.
    #[must_use]
    pub fn times(self, requests: u32) -> Self {
        Self { times: Some(requests.max(1)), ..self }.written_in_full()
    }

    /// For all requests.
    #[must_use]
    pub fn forever(self) -> Self {
        Self { times: None, ..self }.written_in_full()
    }

    /// With the text of all its parts.
    fn written_in_full(mut self) -> Self {
        self.text = written(self.name, self.times, self.value.as_deref());
        self
    }
}

/// Faults are equal if they do the same, however they were written.
impl PartialEq for DefenderFault {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.times) == (other.kind, other.times)
    }
}

impl Eq for DefenderFault {}

impl FromStr for DefenderFault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let fail = |reason: String| FaultError::new(format!("invalid fault '{text}': {reason}"));
        let parts = FaultText::split(text);
        let (name, value) = (parts.place, parts.value);
        let row = ROWS
            .iter()
            .find(|row| row.name == name)
            .ok_or_else(|| FaultError::new(format!("unknown fault '{name}'")))?;

        let times = parts.times(row.times).map_err(fail)?;
        let kind = match (row.kind, value) {
            (kind, None) => kind,
            (DefenderFaultKind::RowLimit(_), Some(value)) => {
                let limit = value.parse().map_err(|_| fail("VALUE must be a whole number".to_owned()))?;
                DefenderFaultKind::RowLimit(limit)
            }
            (_, Some(value)) => return Err(fail(format!("this fault takes no value, but has '{value}'"))),
        };
        Ok(Self { kind, times, name: row.name, value: value.map(ToOwned::to_owned), text: text.to_owned() })
    }
}

impl fmt::Display for DefenderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
