//! How severe a vulnerability is, an open enumeration.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The severity of a vulnerability. The most severe is the smallest, in the order of the vendor's report; one that is not known
/// comes last, verbatim.
///
/// ```
/// use endstate_model::Severity;
///
/// assert!(Severity::Critical < Severity::Important);
/// assert!(Severity::None < Severity::from("Dreadful"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// The wire form is `Critical`.
    Critical,
    /// The wire form is `Important`.
    Important,
    /// The wire form is `Moderate`.
    Moderate,
    /// The wire form is `Low`.
    Low,
    /// The wire form is `None`: the vendor gives it none.
    None,
    /// A value that this version does not know, verbatim.
    Unknown(Arc<str>),
}

impl Severity {
    /// The wire form.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Critical => "Critical",
            Self::Important => "Important",
            Self::Moderate => "Moderate",
            Self::Low => "Low",
            Self::None => "None",
            Self::Unknown(value) => value,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::Important => 1,
            Self::Moderate => 2,
            Self::Low => 3,
            Self::None => 4,
            Self::Unknown(_) => 5,
        }
    }
}

impl From<&str> for Severity {
    fn from(value: &str) -> Self {
        match value {
            "Critical" => Self::Critical,
            "Important" => Self::Important,
            "Moderate" => Self::Moderate,
            "Low" => Self::Low,
            "None" => Self::None,
            other => Self::Unknown(other.into()),
        }
    }
}

impl Ord for Severity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.as_str().cmp(other.as_str()))
    }
}

impl PartialOrd for Severity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(deserializer)?.as_str()))
    }
}
