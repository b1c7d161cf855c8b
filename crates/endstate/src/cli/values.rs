//! Values of options: what is read, and what completions offer.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use endstate_emulator::{DefenderFault, Fault};
use endstate_reqwest::{Cloud, Region};
use jiff::{Span, SpanRelativeTo};

/// One of the clouds, by name.
pub(super) fn cloud() -> impl TypedValueParser<Value = Cloud> {
    PossibleValuesParser::new(Cloud::ALL.map(Cloud::as_str)).try_map(|name| name.parse::<Cloud>())
}

/// One of the regions, by name.
pub(super) fn region() -> impl TypedValueParser<Value = Region> {
    PossibleValuesParser::new(Region::ALL.map(Region::as_str)).try_map(|name| name.parse::<Region>())
}

/// A number from 1.
pub(super) fn from_1_u64(text: &str) -> Result<NonZeroU64, String> {
    from_1(text)
}

fn from_1<N: FromStr>(text: &str) -> Result<N, String> {
    if text.trim().parse::<u64>() == Ok(0) {
        return Err("it must be 1 or more; leave the option out for no limit".to_owned());
    }
    text.parse().map_err(|_| "it must be a whole number from 1".to_owned())
}

/// Devices on a requested page.
pub(super) fn page_size(text: &str) -> Result<NonZeroU32, String> {
    if text.trim().parse::<u64>() == Ok(0) {
        return Err("a page has at least 1 device; leave the option out for the service's own page size".to_owned());
    }
    from_1(text)
}

/// A day of the emulated fleet. Each day is computed from the one before.
pub(super) fn day(text: &str) -> Result<u32, String> {
    within(text, &(1..=3_650))
}

/// Devices on a page of the emulator.
pub(super) fn emulated_page_size(text: &str) -> Result<u64, String> {
    within(text, &(1..=10_000))
}

fn within<N: FromStr + PartialOrd + fmt::Display>(text: &str, range: &RangeInclusive<N>) -> Result<N, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("it must be a whole number from {} to {}", range.start(), range.end()))
}

/// Any text, for which completions offer these names.
#[derive(Debug, Clone)]
pub(crate) struct OfferedText(pub(crate) Vec<String>);

impl TypedValueParser for OfferedText {
    type Value = String;

    fn parse_ref(
        &self,
        _command: &clap::Command,
        _argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// A fault of the emulator: its name, with a place and a value.
pub(super) fn fault() -> OfferedText {
    let names = Fault::names().chain(DefenderFault::names());
    OfferedText(["help"].into_iter().chain(names).map(ToOwned::to_owned).collect())
}

/// A whole number, with a message that says so.
pub(super) fn whole_number<N: FromStr>(text: &str) -> Result<N, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    text.parse().map_err(|_| if is_number { "it is too large" } else { "it must be a whole number" }.to_owned())
}

/// A time in seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds, such as 300 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) => Err("it must be more than 0".to_owned()),
        Err(_) => Err("it must be a number of seconds from 0 that a clock can count".to_owned()),
    }
}

/// The time from one pull to the next.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let interval = age(text)?;
    if interval.is_zero() { Err("it must be more than 0".to_owned()) } else { Ok(interval) }
}

/// An age, such as `36h` or `1d`.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    let days_are_24_hours = SpanRelativeTo::days_are_24_hours();
    let span: Option<Span> = text.parse().ok();
    let age = span.and_then(|span| span.to_duration(days_are_24_hours).ok()).and_then(|age| age.try_into().ok());
    age.ok_or_else(|| "not a time span, such as 36h, 1d or 90m".to_owned())
}
