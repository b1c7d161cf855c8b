//! Analyses device security states of a fleet, without input and output.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod combinations;
mod condition;
mod device_counts;
mod difference;
mod earlier_states;
mod first_few;
mod history;
mod history_builder;
mod history_row;
mod interned;
mod known_devices;
mod left_out;
mod missing_kbs;
mod missing_updates;
mod open_properties;
mod place;
mod property_sets;
mod pull_counter;
mod revisions;
mod servicing;
mod tally;
mod time_to_resolve;
mod triage;
mod triage_builder;
mod update_catalog;
mod urgency;
mod version;

pub use condition::{Condition, ConditionError, UnknownValue};
pub use device_counts::DeviceKey;
pub use difference::{
    Appearance, AttentionChange, BuildMove, DeviceChange, Difference, DifferenceBuilder, PropertyChange,
};
pub use earlier_states::{EarlierPull, EarlierStates};
pub use history::{FlappingProperty, History, OpenProperty, PropertyHistory, PullCounts};
pub use history_builder::{HistoryBuilder, NotInOrder};
pub use history_row::{GroupNumber, HistoryRow, NumberedRow, SetNumber};
pub use left_out::{LeaveOut, LeftOut, LeftOutCounts};
pub use missing_kbs::{LackingDevice, MissingKb, MissingKbs, MissingKbsBuilder};
pub use missing_updates::{
    ExposedDevice, MissingUpdate, MissingUpdates, MissingUpdatesBuilder, OpenVulnerability, SeverityCounts,
};
pub use revisions::{BehindDevice, BuildRevisions};
pub use servicing::{ReleaseTally, ServicingCounts};
pub use tally::Tally;
pub use time_to_resolve::TimeToResolve;
pub use triage::Triage;
pub use triage_builder::TriageBuilder;
pub use update_catalog::UpdateCatalog;
pub use urgency::Order;
pub use version::Version;
