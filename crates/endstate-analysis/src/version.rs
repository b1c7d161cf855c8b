//! The version of a device's operating system.

use std::fmt;

use endstate_model::MachineSecurityState;
use serde::{Deserialize, Serialize};

/// Build and revision of a device's operating system. Each is `None` if it is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Version {
    /// The build.
    pub build: Option<u32>,
    /// The revision of the build.
    pub revision: Option<u32>,
}

impl Version {
    /// Returns the version in a state.
    pub fn from_state(state: &MachineSecurityState) -> Self {
        Self { build: state.build, revision: state.revision }
    }
}

/// Writes build and revision with a dot between them, and `?` for an unknown part.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        f.pad(&format!("{}.{}", part(self.build), part(self.revision)))
    }
}
