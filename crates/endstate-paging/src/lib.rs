//! The walk over the pages of a collection: guards, retries, duplicates and the outcome, over any
//! transport.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bucket_counts;
mod buffer_pool;
mod cancel;
mod checkpoint;
mod clock;
mod compact_keys;
mod continuation;
mod decoded_items;
mod driver;
mod duplicates;
mod fetch_error;
mod file_list;
mod file_pull;
mod file_reader;
mod file_transport;
mod files;
mod folded_pages;
mod folding_body;
#[cfg(feature = "http")]
mod http_transport;
mod items;
mod limits;
mod line_splitter;
mod link_signal;
#[cfg(feature = "http")]
mod origin;
mod outcome;
#[cfg(feature = "serde")]
mod outcome_serde;
mod pacer;
mod page_fold;
mod page_reader;
mod page_task;
mod pages;
mod part;
mod part_limits;
mod part_planner;
mod part_pull;
mod part_query;
mod partial_items;
mod parts;
#[cfg(feature = "http")]
mod pinned_origins;
mod prefetcher;
mod pull;
mod pull_plan;
mod pulled_page;
mod querier;
mod query_failure;
mod query_transport;
mod receiver;
#[cfg(feature = "http")]
mod refused_response;
mod report;
mod resume;
mod retrier;
mod retry;
#[cfg(feature = "http")]
mod retry_after;
mod seen_keys;
mod selection;
#[cfg(feature = "tokio")]
mod tokio_clock;
mod transport;
mod visited_links;
mod walk;
mod whole_body;

#[cfg(feature = "test-util")]
pub mod test_util;

pub use bucket_counts::{BucketCounts, BucketError};
pub use cancel::Canceller;
pub use checkpoint::{Checkpoint, Guards};
pub use clock::Clock;
pub use continuation::Continuation;
pub use decoded_items::{DecodedItems, ItemError};
pub use duplicates::Duplicates;
pub use fetch_error::{FetchError, FetchErrorKind};
pub use file_list::FileList;
pub use file_pull::FilePull;
pub use file_reader::FileReader;
pub use file_transport::FileTransport;
pub use files::{Files, PulledFile};
pub use folded_pages::{FoldedPage, FoldedPages};
#[cfg(feature = "http")]
pub use http_transport::{HttpStack, HttpTransport};
pub use items::{Items, PulledItem};
pub use limits::Limits;
#[cfg(feature = "http")]
pub use origin::{Origin, OriginError};
pub use outcome::{IncompleteError, Outcome, Reason, UnknownReason};
pub use pacer::{CallLimits, Pacer, Permit};
pub use page_fold::PageFold;
pub use page_task::PageTask;
pub use pages::Pages;
pub use part::Part;
pub use part_limits::PartLimits;
pub use part_planner::{PartFacts, PartPlanner, PartStep, PartVerdict};
pub use part_pull::PartPull;
pub use part_query::{PartAnswer, PartQuery};
pub use partial_items::PartialItems;
pub use parts::{Parts, PulledPart};
#[cfg(feature = "http")]
pub use pinned_origins::{PinnedOrigins, PinnedUrl};
pub use pull::Pull;
pub use pull_plan::FirstPageNotFound;
pub use pulled_page::PulledPage;
pub use query_transport::QueryTransport;
#[cfg(feature = "http")]
pub use refused_response::{MAX_ERROR_BYTES, Redact, RefusedResponse, correlation_id, retry_after};
pub use report::PullReport;
pub use resume::{CheckpointMismatch, KeptRows, Resume};
pub use retry::{Budget, RetryNotice, RetryPolicy};
#[cfg(feature = "http")]
pub use retry_after::parse_retry_after;
#[cfg(feature = "tokio")]
pub use tokio_clock::TokioClock;
pub use transport::{BodyChunks, PageResponse, Transport};
pub use walk::{PageFacts, Step, Walk};
