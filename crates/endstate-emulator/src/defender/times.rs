//! Times in the forms in which the APIs write them.

use std::time::Duration;

use jiff::Timestamp;

/// The time of something that never happened.
pub(crate) const NEVER: &str = "0001-01-01T00:00:00Z";

pub(crate) const DAY: u64 = 24 * 60 * 60;

/// Returns a time with seven digits of a second, such as `2024-11-05T11:54:59.5717001Z`.
pub(crate) fn with_seven_digits(time: Timestamp) -> String {
    format!("{time:.7}")
}

/// Returns a time without `T` and without its zone, such as `2021-01-11 09:47:58.854`.
pub(crate) fn without_zone(time: Timestamp) -> String {
    format!("{time:.3}").trim_end_matches('Z').replace('T', " ")
}

/// Returns the time this long before another.
pub(crate) fn before(time: Timestamp, age: Duration) -> Timestamp {
    time.checked_sub(age).unwrap_or(time)
}

/// Returns the time this long after another.
pub(crate) fn after(time: Timestamp, age: Duration) -> Timestamp {
    time.checked_add(age).unwrap_or(time)
}

/// Returns a time without parts of a second.
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
