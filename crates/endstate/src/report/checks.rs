//! The checks of a triage: what each had to meet, what was found, and whether it passed.

use serde::Serialize;
use serde_json::Value;

use super::table::{Cell, Column, ResultTable};
use crate::terminal::number::counted;

/// A check and its result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    /// As the user wrote it, such as `any:5%` or `--max-age`.
    pub(crate) name: String,
    pub(crate) limit: Quantity,
    pub(crate) value: Quantity,
    pub(crate) result: CheckResult,
}

/// Whether a check passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CheckResult {
    Passed,
    /// It found what it looks for.
    Failed,
    /// It cannot tell, and why.
    Unknown(String),
}

/// A limit or a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Quantity {
    Devices(u64),
    /// From 0 to 100.
    Percent(f64),
    /// For people, and in seconds.
    Age(String, i64),
    /// A word, such as an outcome.
    Word(String),
    Nothing,
}

impl Quantity {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Devices(devices) => counted(*devices, "device"),
            // Enough digits to see why a check passed.
            Self::Percent(share) => format!("{share:.2} %"),
            Self::Age(text, _) | Self::Word(text) => text.clone(),
            Self::Nothing => String::new(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Devices(devices) => (*devices).into(),
            Self::Percent(share) => (*share).into(),
            Self::Age(_, seconds) => (*seconds).into(),
            Self::Word(word) => word.clone().into(),
            Self::Nothing => Value::Null,
        }
    }

    fn unit(&self) -> Option<&'static str> {
        match self {
            Self::Devices(_) => Some("devices"),
            Self::Percent(_) => Some("percent"),
            Self::Age(..) => Some("seconds"),
            Self::Word(_) | Self::Nothing => None,
        }
    }
}

impl CheckResult {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Passed | Self::Failed => None,
        }
    }
}

impl Check {
    pub(crate) fn is_passed(&self) -> bool {
        self.result == CheckResult::Passed
    }

    /// One line for a person.
    pub(crate) fn line(&self) -> String {
        let Self { name, limit, value, result } = self;
        let value = value.shown();
        let word = result.word();
        match (limit, result.reason()) {
            (_, Some(reason)) => format!("check {name}: {word}: {reason}"),
            (Quantity::Nothing, None) => format!("check {name}: {word} ({value})"),
            (limit, None) => format!("check {name}: {word} ({value}; limit {})", limit.shown()),
        }
    }
}

/// A row for each check.
pub(crate) fn table(checks: &[Check]) -> ResultTable {
    let mut table = ResultTable::new([
        Column::shown("CHECK"),
        Column::shown("LIMIT"),
        Column::shown("VALUE"),
        Column::shown("RESULT").wraps(),
    ]);
    for Check { name, limit, value, result } in checks {
        let reason = result.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        let word = Cell::text(format!("{}{reason}", result.word()));
        table.row([Cell::text(name), Cell::text(limit.shown()), Cell::text(value.shown()), word]);
    }
    table
}

/// A check, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckOutput<'c> {
    /// As the user wrote it, such as `any:5%` or `--max-age`.
    check: &'c str,
    /// A number, a word, or null.
    limit: Value,
    /// A number, a word, or null.
    value: Value,
    /// `devices`, `percent` or `seconds`; null for words.
    unit: Option<&'static str>,
    /// `passed`, `failed` or `unknown`.
    result: &'static str,
    /// Why the result is unknown.
    reason: Option<&'c str>,
}

impl<'c> CheckOutput<'c> {
    pub(crate) fn new(check: &'c Check) -> Self {
        let Check { name, limit, value, result } = check;
        Self {
            check: name,
            limit: limit.json(),
            value: value.json(),
            unit: value.unit().or(limit.unit()),
            result: result.word(),
            reason: result.reason(),
        }
    }
}
