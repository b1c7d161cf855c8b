//! What tells a pull from every other.

use std::fmt;

/// What tells a pull from every other, so a pull that is added twice is one: 32 hexadecimal
/// digits, from the SHA-256 of what its receipt says of its source and its beginning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullId(Box<str>);

impl PullId {
    /// The id of a pull of which the receipt says these parts, such as the service, the tenant and
    /// the moment at which it started.
    ///
    /// ```
    /// use endstate_history::PullId;
    ///
    /// let id = PullId::of(["https://api.security.microsoft.com", "contoso", "2026-11-24T06:00:00.123Z"]);
    /// assert_eq!(id.as_str().len(), 32);
    /// assert_ne!(id, PullId::of(["https://api.security.microsoft.com", "contoso2026-11-24T06:00:00.123Z"]));
    /// ```
    pub fn of<'p>(parts: impl IntoIterator<Item = &'p str>) -> Self {
        let mut hash = hmac_sha256::Hash::new();
        for part in parts {
            hash.update(part.as_bytes());
            // No part has this byte, because it is not UTF-8.
            hash.update([0xff]);
        }
        let digest = hash.finalize();
        Self(hex(&digest[..16]).into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id that a table has.
    pub(crate) fn from_table(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for PullId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
