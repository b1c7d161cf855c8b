//! The version text of an operating system.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The operating system's version as the service wrote it, such as `10.0.14393.2485.amd64fre.rs1_release.180827-1809` (the
/// document) or `10.0.17134.1` (the vendor's other collections). Never empty: an empty text reads as no version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OsVersion(Box<str>);

impl OsVersion {
    /// Takes the text as it is; `None` where it is empty, as rows of devices that never reported are (the vendor's report
    /// filters rows whose version is null or empty).
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The text, verbatim.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
