//! A day of the calendar.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day of the Gregorian calendar, such as 2026-10-13. Days sort by time and are shown as ISO
/// 8601.
///
/// You can only compare and show days. To count days, use a date library.
///
/// ```
/// use endstate_model::Date;
///
/// let date = Date::new(2026, 10, 13).ok_or("no such day")?;
/// assert_eq!(date.to_string(), "2026-10-13");
/// assert_eq!("2026-10-13".parse(), Ok(date));
/// assert!(Date::new(2026, 2, 29).is_none());
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    // The order of the fields is the order of comparison.
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Creates a day; months and days count from 1. Returns `None` if the calendar has no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        if day >= 1 && day <= days { Some(Self { year, month, day }) } else { None }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

/// A text that is not a day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NotADate;

impl fmt::Display for NotADate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date, such as 2026-10-13")
    }
}

impl std::error::Error for NotADate {}

/// Reads ISO 8601: four, two and two digits.
impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let number = |digits: &str, length: usize| {
            let is_number = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let mut parts = text.split('-');
        let mut part = |length| parts.next().and_then(|digits| number(digits, length)).ok_or(NotADate);
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return Err(NotADate);
        }
        let small = |number: u16| u8::try_from(number).map_err(|_| NotADate);
        Self::new(year, small(month)?, small(day)?).ok_or(NotADate)
    }
}

/// Writes ISO 8601.
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
