//! Days from the command line and from the clock.

use anyhow::Context;
use endstate_model::Date;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Today, in UTC.
pub(crate) fn today() -> anyhow::Result<Date> {
    of(TimeZone::UTC.to_datetime(Timestamp::now()).date()).context("the clock is out of the calendar")
}

/// A day as ISO 8601 writes it.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    let date: Option<jiff::civil::Date> = text.parse().ok();
    date.and_then(of).ok_or_else(|| "not a day of the calendar, such as 2026-10-13".to_owned())
}

fn of(date: jiff::civil::Date) -> Option<Date> {
    let number = |number: i8| u8::try_from(number).ok();
    Date::new(u16::try_from(date.year()).ok()?, number(date.month())?, number(date.day())?)
}
