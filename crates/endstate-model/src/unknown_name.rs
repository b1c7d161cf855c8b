//! A name that no known value has.

use std::fmt;

use crate::nearest_name;

/// A name that no known value has, and the known one that it most likely means.
///
/// A program reads names that people type with [`FromStr`](std::str::FromStr), which fails with
/// this error. Values of the service are read with `from_wire`, which keeps what is unknown.
///
/// ```
/// use endstate_model::AttentionProperty;
///
/// let error = "FirewalOff".parse::<AttentionProperty>().unwrap_err();
/// assert_eq!(error.nearest(), Some("FirewallOff"));
/// assert_eq!(error.to_string(), "unknown name 'FirewalOff'; did you mean 'FirewallOff'?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnknownName {
    name: Box<str>,
    nearest: Option<Box<str>>,
}

impl UnknownName {
    /// An error about this name, with the nearest of these known ones.
    pub(crate) fn new<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        Self { name: name.into(), nearest: nearest_name(name, known).map(Into::into) }
    }

    /// The name that is unknown, verbatim.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The known name that is meant most likely; `None` if no known one is near.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name '{}'", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean '{nearest}'?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownName {}
