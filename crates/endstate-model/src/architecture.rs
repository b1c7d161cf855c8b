//! Processor architectures, an open enumeration.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The architecture of a device's operating system.
///
/// The document shows `Amd64` alone; the others are what Windows is built for. The wire form is the variant's name, and a
/// value that is not known is kept verbatim.
///
/// ```
/// use endstate_model::Architecture;
///
/// assert_eq!(Architecture::from("Amd64"), Architecture::Amd64);
/// assert_eq!(Architecture::from("RiscV").to_string(), "RiscV");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// 64-bit x86, the only one that the document shows.
    Amd64,
    /// 32-bit x86.
    X86,
    /// 64-bit ARM.
    Arm64,
    /// 32-bit ARM.
    Arm,
    /// A value that this version does not know, verbatim.
    Unknown(Arc<str>),
}

impl Architecture {
    /// The wire form.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Amd64 => "Amd64",
            Self::X86 => "X86",
            Self::Arm64 => "Arm64",
            Self::Arm => "Arm",
            Self::Unknown(value) => value,
        }
    }
}

impl From<&str> for Architecture {
    fn from(value: &str) -> Self {
        match value {
            "Amd64" => Self::Amd64,
            "X86" => Self::X86,
            "Arm64" => Self::Arm64,
            "Arm" => Self::Arm,
            other => Self::Unknown(other.into()),
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Architecture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Architecture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl serde::de::Visitor<'_> for Value {
            type Value = Architecture;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an architecture")
            }
            fn visit_str<E>(self, value: &str) -> Result<Architecture, E> {
                Ok(Architecture::from(value))
            }
        }
        deserializer.deserialize_str(Value)
    }
}
