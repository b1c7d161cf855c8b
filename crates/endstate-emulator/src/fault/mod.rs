//! Scripted faults: what can go wrong with one page, and how a fault is written and parsed.

mod constructors;
mod kind;
mod table;
pub(crate) mod text;

use std::fmt;
use std::str::FromStr;

pub(crate) use self::kind::{FaultKind, RetryAfter};
use self::table::{ROWS, Row};
use self::text::{FaultText, positive, written};

/// One scripted fault, as a value or as text: `NAME[@PAGE][*TIMES][=VALUE]`.
///
/// PAGE counts from 1, or is `every`. Without PAGE, the fault is on the page that shows it best,
/// which is the second for most faults. TIMES is the number of requests with the fault, or
/// `forever`. [`Fault::help`] lists every name with its value and defaults.
///
/// ```
/// use endstate_emulator::Fault;
///
/// let fault = Fault::throttled().on_page(3).times(2);
/// assert_eq!(fault, "throttled@3*2=1".parse()?);
/// assert!("throtled".parse::<Fault>().is_err());
/// # Ok::<(), endstate_emulator::FaultError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) kind: FaultKind,
    /// The page with the fault. `None` means every page.
    pub(crate) page: Option<u32>,
    /// The number of requests with the fault. `None` means without end.
    pub(crate) times: Option<u32>,
    name: &'static str,
    value: Option<String>,
    text: String,
}

/// A text that is not a valid fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError {
    message: String,
}

impl Fault {
    /// Returns the help of all faults, one line each: its syntax, its defaults and its effect.
    pub fn help() -> String {
        let line = |row: &Row| {
            let value = if row.value.is_empty() { String::new() } else { format!("[={}]", row.value) };
            let page = row.page.map_or_else(|| "every page".to_owned(), |page| format!("page {page}"));
            let times = row.times.map_or_else(|| "forever".to_owned(), |_| "once".to_owned());
            format!("  {:<32} {page}, {times}: {}\n", format!("{}{value}", row.name), row.help)
        };
        let lines: String = ROWS.iter().map(line).collect();
        format!(
            "NAME[@PAGE|@every][*TIMES|*forever][=VALUE]; repeat to script several, each on its own page.\n\n{lines}"
        )
    }

    /// Returns the names of all faults.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.name)
    }

    /// A fault with the defaults of its name, and the text of its value.
    fn scripted(name: &'static str, kind: FaultKind, value: Option<String>) -> Self {
        let defaults = ROWS.iter().find(|row| row.name == name).map(|row| (row.page, row.times));
        let (page, times) = defaults.unwrap_or((Some(2), Some(1)));
        let text = value.as_ref().map_or_else(|| name.to_owned(), |value| format!("{name}={value}"));
        Self { kind, page, times, name, value, text }
    }

    /// On this page, counted from 1; 0 is the first one, too.
    #[must_use]
    pub fn on_page(self, page: u32) -> Self {
        Self { page: Some(page.max(1)), ..self }.written_in_full()
    }

    /// On every page.
    #[must_use]
    pub fn on_every_page(self) -> Self {
        Self { page: None, ..self }.written_in_full()
    }

    /// For this many requests, at least one.
    #[must_use]
    pub fn times(self, requests: u32) -> Self {
        Self { times: Some(requests.max(1)), ..self }.written_in_full()
    }

    /// For all requests of its page.
    #[must_use]
    pub fn forever(self) -> Self {
        Self { times: None, ..self }.written_in_full()
    }

    /// With the text of all its parts.
    fn written_in_full(mut self) -> Self {
        let page = self.page.map_or_else(|| EVERY.to_owned(), |page| page.to_string());
        self.text = written(&format!("{}@{page}", self.name), self.times, self.value.as_deref());
        self
    }
}

/// Faults are equal if they do the same, however they were written.
impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        (&self.kind, self.page, self.times) == (&other.kind, other.page, other.times)
    }
}

/// PAGE of a fault on each page.
const EVERY: &str = "every";

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let fail = |reason: String| FaultError { message: format!("invalid fault '{text}': {reason}") };
        let parts = FaultText::split(text);
        let (name, page) = parts.place.split_once('@').map_or((parts.place, None), |(name, page)| (name, Some(page)));

        let row = ROWS
            .iter()
            .find(|row| row.name == name)
            .ok_or_else(|| FaultError { message: format!("unknown fault '{name}'") })?;
        let page = match page {
            None => row.page,
            Some(EVERY) => None,
            Some(page) => positive("PAGE", EVERY, page).map_err(fail)?,
        };
        let times = parts.times(row.times).map_err(fail)?;

        let value = parts.value;
        let kind = (row.kind)(value).map_err(fail)?;
        Ok(Self { kind, page, times, name: row.name, value: value.map(ToOwned::to_owned), text: text.to_owned() })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FaultError {
    pub(crate) fn new(message: String) -> Self {
        Self { message }
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FaultError {}
