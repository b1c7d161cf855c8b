//! The walk over the pages of a collection: guards, retries, duplicates and the verdict, over any transport.
#![doc = include_str!("../README.md")]

mod ahead;
mod cancel;
mod checkpoint;
mod clock;
mod driver;
mod failure;
mod items;
mod limits;
mod page_read;
mod pages;
mod pull;
mod pulled_page;
mod report;
mod retry;
mod seen_keys;
mod spare_bodies;
mod transport;
mod verdict;
mod walk;

#[cfg(feature = "test-util")]
pub mod test_util;

pub use ahead::PageTask;
pub use cancel::Canceller;
pub use checkpoint::{Checkpoint, CheckpointMismatch, Guards, Resume};
pub use clock::Clock;
pub use failure::{Failure, FailureKind};
pub use items::{Items, PulledItem};
pub use limits::Limits;
pub use pages::Pages;
pub use pull::{Duplicates, FirstPageNotFound, Pull};
pub use pulled_page::PulledPage;
pub use report::PullReport;
pub use retry::{Budget, RetryNotice, RetryPolicy};
pub use transport::{BodyChunks, PageResponse, Transport};
pub use verdict::{Incomplete, Reason, Verdict};
pub use walk::{PageFacts, Step, Walk};
