//! Values of options: what is read, and what completions offer.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use endstate_emulator::Fault;
use endstate_reqwest::{Cloud, Region};

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
    const LAST_DAY: u32 = 3_650;
    let day = text.parse().ok().filter(|day| (1..=LAST_DAY).contains(day));
    day.ok_or_else(|| format!("it must be a day from 1 to {LAST_DAY}"))
}

/// Any text, for which completions offer the names of faults.
#[derive(Debug, Clone, Copy)]
pub(super) struct FaultParser;

impl TypedValueParser for FaultParser {
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
        Some(Box::new(["help"].into_iter().chain(Fault::names()).map(PossibleValue::new)))
    }
}

/// The name of a profile, for which completions offer the names of this list.
#[derive(Debug, Clone)]
pub(crate) struct ProfileParser(pub(crate) Vec<String>);

impl TypedValueParser for ProfileParser {
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

/// A whole number, with a message that says so.
pub(super) fn whole_number<N>(text: &str) -> Result<N, String>
where
    N: FromStr,
    N::Err: fmt::Display,
{
    text.parse().map_err(|_| "it must be a whole number".to_owned())
}
