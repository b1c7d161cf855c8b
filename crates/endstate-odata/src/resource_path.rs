//! The path of a resource below the root of its service.

use std::fmt;

use crate::Literal;
use crate::percent::{PercentEncoded, Place};

/// The path of a resource (URL Conventions, section 4), percent-encoded as it is built.
///
/// A segment that is empty, `.` or `..` means something else in a URL, and cannot be encoded. Code
/// that puts the path below the root of a service has to refuse it, as `ServiceRoot::collection` of
/// `endstate-reqwest` does.
///
/// ```
/// use endstate_odata::ResourcePath;
///
/// let alerts = ResourcePath::new("machines").key("a/b").segment("alerts");
/// assert_eq!(alerts.to_string(), "machines('a%2Fb')/alerts");
/// let row = ResourcePath::new("rows").keys([("device", "a".into()), ("number", 7.into())]);
/// assert_eq!(row.to_string(), "rows(device='a',number=7)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use = "each part is added to the value that is returned"]
pub struct ResourcePath(String);

impl ResourcePath {
    /// Starts with one segment, such as the name of an entity set.
    pub fn new(segment: &str) -> Self {
        Self(PercentEncoded(segment, Place::PathSegment).to_string())
    }

    /// Adds a segment: a property, a relation, or an operation.
    pub fn segment(self, segment: &str) -> Self {
        Self(format!("{}/{}", self.0, PercentEncoded(segment, Place::PathSegment)))
    }

    /// Adds the key of one entity of the set (URL Conventions, section 4.3).
    pub fn key(self, key: impl Into<Literal>) -> Self {
        let key = key.into().to_string();
        Self(format!("{}({})", self.0, PercentEncoded(&key, Place::PathSegment)))
    }

    /// Adds a key of several properties, each with its name, which is an identifier.
    pub fn keys<'n>(self, keys: impl IntoIterator<Item = (&'n str, Literal)>) -> Self {
        let keys: Vec<_> = keys.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self(format!("{}({})", self.0, PercentEncoded(&keys.join(","), Place::PathSegment)))
    }
}

impl fmt::Display for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
