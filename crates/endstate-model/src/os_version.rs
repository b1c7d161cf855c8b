//! The version text of an operating system, and the parts of that text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The operating system's version as the service wrote it, such as
/// `10.0.14393.2485.amd64fre.rs1_release.180827-1809` (the document) or `10.0.17134.1` (the
/// vendor's other collections). It is never empty: an empty text reads as no version.
///
/// ```
/// use endstate_model::OsVersion;
///
/// let version = OsVersion::new("10.0.14393.2485.amd64fre.rs1_release.180827-1809")
///     .ok_or("empty")?;
/// let parts = version.parts().ok_or("of another form")?;
/// assert_eq!(
///     (parts.build, parts.revision, parts.branch),
///     (14393, 2485, Some("rs1_release")),
/// );
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OsVersion(Box<str>);

/// The parts of a version text, in the order of the text.
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
    /// Architecture and kind of the build, such as `amd64fre`; `None` if the text has only four
    /// parts.
    pub flavor: Option<&'v str>,
    /// The branch that the build was made from, such as `rs1_release`.
    pub branch: Option<&'v str>,
    /// When the lab made the build, as `yymmdd-hhmm`.
    pub lab_time: Option<&'v str>,
}

impl OsVersion {
    /// Wraps the text unchanged. Returns `None` if it is empty, as it is for devices that never
    /// reported (the vendor's report filters rows whose version is null or empty).
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The text, verbatim.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the text, which may be four numbers or a build lab's longer form. Returns `None` for
    /// any other form.
    pub fn parts(&self) -> Option<OsVersionParts<'_>> {
        let mut rest = &*self.0;
        let mut numbers = [0; 4];

        for (place, number) in numbers.iter_mut().enumerate() {
            let (text, after) = match rest.split_once('.') {
                Some((text, after)) => (text, after),
                None if place == 3 => (rest, ""),
                None => return None,
            };
            // Only digits are valid here: no sign.
            if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *number = text.parse().ok()?;
            rest = after;
        }

        let [major, minor, build, revision] = numbers;
        let (flavor, branch, lab_time) = match rest.split_once('.') {
            None if rest.is_empty() => (None, None, None),
            None => return None,
            Some((flavor, rest)) => {
                // A branch name may contain dots. The lab time is always the last part.
                let (branch, lab_time) = rest.rsplit_once('.')?;
                (Some(flavor), Some(branch), Some(lab_time))
            }
        };

        Some(OsVersionParts { major, minor, build, revision, flavor, branch, lab_time })
    }
}

impl fmt::Display for OsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Rejects an empty text, because it is not a version. A field that may be empty must be an
/// `Option`.
impl<'de> Deserialize<'de> for OsVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_nothing(deserializer)?.ok_or_else(|| serde::de::Error::custom("the version is empty"))
    }
}

/// Reads a version. Null and an empty text both read as `None`.
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
