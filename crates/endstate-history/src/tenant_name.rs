//! The name of a tenant, as a folder of the table has it.

use std::fmt;
use std::str::FromStr;

use crate::HistoryError;

/// The name of a tenant: its id, its domain, or the name of its profile. It is a value of the
/// partition column `tenant`, and the name of a folder, so it has only ASCII letters, digits, `.`,
/// `_` and `-`, and does not begin with `.` or `_`, which other engines skip.
///
/// ```
/// use endstate_history::TenantName;
///
/// assert_eq!("contoso.example".parse::<TenantName>()?.as_str(), "contoso.example");
/// assert!("a/b".parse::<TenantName>().is_err());
/// # Ok::<(), endstate_history::HistoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantName(Box<str>);

impl TenantName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantName {
    type Err = HistoryError;

    fn from_str(name: &str) -> Result<Self, HistoryError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name = !name.is_empty() && !name.starts_with(['.', '_']) && name.bytes().all(is_plain);
        if is_name { Ok(Self(name.into())) } else { Err(HistoryError::TenantName(name.to_owned())) }
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
