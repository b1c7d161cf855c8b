//! A moment, as Defender writes it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, to the second.
///
/// Defender writes `2024-11-05T11:54:59.5717001Z` in most collections, and `2021-01-11
/// 09:47:58.854` without a zone, which is UTC too, in its assessments. The minimum date of .NET,
/// `0001-01-01T00:00:00Z`, means that something never happened, and is no moment.
///
/// ```
/// use endstate_model::UtcTime;
///
/// let seen: UtcTime = "2024-11-05T11:54:59.5717001Z".parse()?;
/// assert_eq!(seen.to_string(), "2024-11-05T11:54:59Z");
/// assert_eq!("2024-11-05 11:54:59.57".parse(), Ok(seen));
/// assert!("0001-01-01T00:00:00Z".parse::<UtcTime>().is_err());
/// # Ok::<(), endstate_model::NotATime>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(i64);

/// The text is not a moment, or is the minimum date, which means no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotATime;

/// The year of the minimum date, and any other that cannot be meant.
const FIRST_YEAR: i16 = 1970;

impl UtcTime {
    /// The moment this many seconds after 1970 began.
    pub fn from_second(second: i64) -> Self {
        Self(second)
    }

    /// Seconds since 1970 began.
    pub fn as_second(self) -> i64 {
        self.0
    }
}

impl FromStr for UtcTime {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(Self(time.as_second())).filter(|time| time.0 > 0).ok_or(NotATime);
        }
        let civil: DateTime = text.parse().map_err(|_| NotATime)?;
        let time = civil.to_zoned(TimeZone::UTC).map_err(|_| NotATime)?;
        if civil.year() < FIRST_YEAR { Err(NotATime) } else { Ok(Self(time.timestamp().as_second())) }
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0) {
            Ok(time) => f.pad(&time.to_string()),
            // Beyond the year 9999.
            Err(_) => f.pad(&self.0.to_string()),
        }
    }
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time such as 2024-11-05T11:54:59Z")
    }
}

impl std::error::Error for NotATime {}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
