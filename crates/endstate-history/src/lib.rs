//! Pulls of device security states at rest, as a Delta Lake table.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod added;
mod columns;
mod data_file;
mod data_reader;
mod delta_table;
mod error;
mod expiry;
#[cfg(test)]
mod faulty_store;
mod folder;
mod lake;
mod location;
mod property_texts;
mod pull_columns;
mod pull_id;
mod pull_reader;
mod pull_record;
mod retention;
mod runtime;
mod snapshot;
mod snapshot_writer;
mod state_batch;
mod state_columns;
mod state_footer;
mod state_reader;
mod states;
mod storage_tokens;
mod store_file;
mod stored_state;
mod tables;
mod tenant_name;
mod verification;

pub use added::Added;
pub use error::HistoryError;
pub use expiry::Expiry;
pub use lake::Lake;
pub use location::Location;
pub use pull_id::PullId;
pub use pull_record::PullRecord;
pub use retention::Retention;
pub use snapshot::Snapshot;
pub use snapshot_writer::SnapshotWriter;
pub use states::States;
pub use storage_tokens::StorageTokens;
pub use stored_state::StoredState;
pub use tenant_name::TenantName;
pub use verification::{Finding, Verification};
