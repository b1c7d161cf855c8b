//! The version text of an operating system, and what it says.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The operating system's version as the service wrote it, such as `10.0.14393.2485.amd64fre.rs1_release.180827-1809` (the
/// document) or `10.0.17134.1` (the vendor's other collections). Never empty: an empty text reads as no version.
///
/// ```
/// use endstate_model::OsVersion;
///
/// let version = OsVersion::new("10.0.14393.2485.amd64fre.rs1_release.180827-1809").ok_or("empty")?;
/// let parts = version.parts().ok_or("of another form")?;
/// assert_eq!((parts.build, parts.revision, parts.branch), (14393, 2485, Some("rs1_release")));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OsVersion(Box<str>);

/// What a version text says, in the order in which it says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OsVersionParts<'v> {
    /// The first number, 10 for Windows 10 and 11.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The build, such as 14393.
    pub build: u32,
    /// The revision of the build, such as 2485.
    pub revision: u32,
    /// Architecture and kind of the build, such as `amd64fre`; not in the form of four parts.
    pub flavour: Option<&'v str>,
    /// The branch that it was built from, such as `rs1_release`.
    pub branch: Option<&'v str>,
    /// When the lab built it, as `yymmdd-hhmm`.
    pub lab_time: Option<&'v str>,
}

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

    /// What the text says, in the form of four numbers or in that of a build lab; `None` for any other form.
    pub fn parts(&self) -> Option<OsVersionParts<'_>> {
        let mut rest = &*self.0;
        let mut numbers = [0; 4];
        for (place, number) in numbers.iter_mut().enumerate() {
            let (text, after) = match rest.split_once('.') {
                Some((text, after)) => (text, after),
                None if place == 3 => (rest, ""),
                None => return None,
            };
            // No sign: only digits are a number here.
            if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *number = text.parse().ok()?;
            rest = after;
        }
        let [major, minor, build, revision] = numbers;
        let (flavour, branch, lab_time) = match rest.split_once('.') {
            None if rest.is_empty() => (None, None, None),
            None => return None,
            Some((flavour, rest)) => {
                // A branch may have dots of its own; the lab time is what stands last.
                let (branch, lab_time) = rest.rsplit_once('.')?;
                (Some(flavour), Some(branch), Some(lab_time))
            }
        };
        Some(OsVersionParts { major, minor, build, revision, flavour, branch, lab_time })
    }
}

impl fmt::Display for OsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An empty text is no version, and an error; a field that may be empty is an option.
impl<'de> Deserialize<'de> for OsVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_nothing(deserializer)?.ok_or_else(|| serde::de::Error::custom("a version is not empty"))
    }
}

/// Reads a version that may be null or empty, which both mean none.
pub(crate) fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OsVersion>, D::Error> {
    struct Text;
    impl<'de> serde::de::Visitor<'de> for Text {
        type Value = Option<OsVersion>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a version or null")
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_str(self)
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(OsVersion::new(text))
        }
    }
    deserializer.deserialize_option(Text)
}
