//! Dates on the command line.

use endstate_model::{Date, NotADate};

/// Parses a date in ISO 8601 form.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    text.parse().map_err(|error: NotADate| error.to_string())
}

/// A date of the model; `None` before the year 0.
fn from_civil(date: jiff::civil::Date) -> Option<Date> {
    let number = |number: i8| u8::try_from(number).ok();
    Date::new(u16::try_from(date.year()).ok()?, number(date.month())?, number(date.day())?)
}

/// Today's date in UTC; `None` if the clock is set to a year before 0.
pub(crate) fn today() -> Option<Date> {
    from_civil(jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date())
}
