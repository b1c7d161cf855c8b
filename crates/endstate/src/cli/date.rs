//! Dates on the command line.

use endstate_model::Date;

/// Parses a date in ISO 8601 form.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    let date: Option<jiff::civil::Date> = text.parse().ok();
    date.and_then(from_civil).ok_or_else(|| "not a date, such as 2026-10-13".to_owned())
}

/// A date of the model; `None` before the year 0.
pub(crate) fn from_civil(date: jiff::civil::Date) -> Option<Date> {
    let number = |number: i8| u8::try_from(number).ok();
    Date::new(u16::try_from(date.year()).ok()?, number(date.month())?, number(date.day())?)
}
