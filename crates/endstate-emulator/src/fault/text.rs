//! The text of a fault, of pages and of today's APIs: `PLACE[*TIMES][=VALUE]`.

/// TIMES of a fault without end.
pub(crate) const FOREVER: &str = "forever";

/// The parts of the text of a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaultText<'t> {
    /// The name, and the page if the fault has one.
    pub(crate) place: &'t str,
    times: Option<&'t str>,
    pub(crate) value: Option<&'t str>,
}

impl<'t> FaultText<'t> {
    pub(crate) fn split(text: &'t str) -> Self {
        let (rest, value) = text.split_once('=').map_or((text, None), |(rest, value)| (rest, Some(value)));
        let (place, times) = rest.split_once('*').map_or((rest, None), |(place, times)| (place, Some(times)));
        Self { place, times, value }
    }

    /// The number of requests with the fault: `None` means without end. `default` is that of its
    /// name.
    ///
    /// # Errors
    /// If TIMES is no number of requests, with the reason.
    pub(crate) fn times(self, default: Option<u32>) -> Result<Option<u32>, String> {
        match self.times {
            None => Ok(default),
            Some(FOREVER) => Ok(None),
            Some(times) => positive("TIMES", FOREVER, times),
        }
    }
}

/// A whole number from 1. `other` is the word that may take its place.
pub(crate) fn positive(what: &str, other: &str, text: &str) -> Result<Option<u32>, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(format!("{what} must be a whole number from 1, or '{other}', not '{text}'")),
    }
}

/// Writes TIMES and VALUE as they are read.
pub(crate) fn written(place: &str, times: Option<u32>, value: Option<&str>) -> String {
    let times = times.map_or_else(|| FOREVER.to_owned(), |times| times.to_string());
    let value = value.map_or_else(String::new, |value| format!("={value}"));
    format!("{place}*{times}{value}")
}
