//! Pulls of device security states at rest, as a Delta Lake table.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod added;
mod columns;
mod data_file;
mod delta_table;
mod error;
#[cfg(test)]
mod faulty_store;
mod folder;
mod lake;
mod property_lists;
mod pull_columns;
mod pull_id;
mod pull_record;
mod runtime;
mod snapshot;
mod snapshot_writer;
mod state_columns;
mod state_reader;
mod tables;
mod tenant_name;

pub use added::Added;
pub use error::HistoryError;
pub use lake::Lake;
pub use pull_id::PullId;
pub use pull_record::PullRecord;
pub use snapshot::Snapshot;
pub use snapshot_writer::SnapshotWriter;
pub use tenant_name::TenantName;
