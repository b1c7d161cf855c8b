//! What is on disk: outputs, receipts and checkpoints, and how they are read back.

pub(crate) mod background_sync;
pub(crate) mod checkpoint;
pub(crate) mod completeness;
pub(crate) mod compression;
pub(crate) mod file_receipt;
pub(crate) mod format;
pub(crate) mod history;
#[cfg(feature = "history")]
pub(crate) mod lake;
pub(crate) mod output_lock;
pub(crate) mod partial_file;
pub(crate) mod path;
pub(crate) mod pull_info;
pub(crate) mod read_record;
pub(crate) mod reader;
pub(crate) mod receipt;
pub(crate) mod recorded_outcome;
pub(crate) mod regular_file;
#[cfg(feature = "history")]
pub(crate) mod stored_pull;
#[cfg(not(feature = "history"))]
#[path = "no_stored_pull.rs"]
pub(crate) mod stored_pull;
pub(crate) mod writer;
