//! A day of the calendar.

use std::fmt;

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
