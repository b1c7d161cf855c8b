//! The walk over the pages of a collection: guards, retries, duplicates and the outcome, over any
//! transport.
#![doc = include_str!("../README.md")]

mod bucket_counts;
mod buffer_pool;
mod cancel;
mod checkpoint;
mod clock;
mod continuation;
mod driver;
mod fetch_error;
mod file_list;
mod file_pull;
mod file_reader;
mod file_transport;
mod files;
mod items;
mod limits;
mod line_splitter;
mod outcome;
mod page_reader;
mod pages;
mod part;
mod part_limits;
mod part_planner;
mod part_pull;
mod part_query;
mod parts;
mod prefetcher;
mod pull;
mod pull_plan;
mod pulled_page;
mod querier;
mod query_failure;
mod query_transport;
mod report;
mod retrier;
mod retry;
mod seen_keys;
mod transport;
mod visited_links;
mod walk;
mod whole_body;

#[cfg(feature = "test-util")]
pub mod test_util;

pub use bucket_counts::{BucketCounts, BucketError};
pub use cancel::Canceller;
pub use checkpoint::{Checkpoint, CheckpointMismatch, Guards, Resume};
pub use clock::Clock;
pub use continuation::Continuation;
pub use fetch_error::{FetchError, FetchErrorKind};
pub use file_list::FileList;
pub use file_pull::FilePull;
pub use file_reader::FileReader;
pub use file_transport::FileTransport;
pub use files::{Files, PulledFile};
pub use items::{Items, PulledItem};
pub use limits::Limits;
pub use outcome::{IncompleteError, Outcome, Reason, UnknownReason};
pub use pages::Pages;
pub use part::Part;
pub use part_limits::PartLimits;
pub use part_planner::{PartFacts, PartPlanner, PartStep, PartVerdict};
pub use part_pull::PartPull;
pub use part_query::{PartAnswer, PartQuery};
pub use parts::{Parts, PulledPart};
pub use prefetcher::PageTask;
pub use pull::Pull;
pub use pull_plan::{Duplicates, FirstPageNotFound};
pub use pulled_page::PulledPage;
pub use query_transport::QueryTransport;
pub use report::PullReport;
pub use retry::{Budget, RetryNotice, RetryPolicy};
pub use transport::{BodyChunks, PageResponse, Transport};
pub use walk::{PageFacts, Step, Walk};
