//! What device security states say about a fleet, with no input or output.
#![doc = include_str!("../README.md")]

mod combinations;
mod condition;
mod difference;
mod earlier_states;
mod missing_updates;
mod revisions;
mod servicing;
mod triage;
mod update_catalog;
mod urgency;

pub use condition::{Condition, ConditionError};
pub use difference::{BuildMove, DeviceChange, Difference, DifferenceBuilder, PropertyChange, Version};
pub use earlier_states::EarlierStates;
pub use missing_updates::{
    ExposedDevice, MissingUpdate, MissingUpdates, MissingUpdatesBuilder, OpenVulnerability, SeverityCounts,
};
pub use revisions::{BehindDevice, BuildRevisions};
pub use servicing::ServicingCounts;
pub use triage::{Tally, Triage, TriageBuilder};
pub use update_catalog::UpdateCatalog;
