//! What was read of one collection of several, for the receipt.

use endstate_paging::PullReport;
use serde::{Deserialize, Serialize};

use super::recorded_outcome::RecordedOutcome;

/// One of the collections that the states of a pull were read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReadRecord {
    /// The collection's name.
    pub(crate) collection: String,
    /// `outcome`, and `reason` if it is not complete.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::recorded_outcome::Fields"))]
    pub(crate) ended: RecordedOutcome,
    pub(crate) pages: u64,
    pub(crate) items: u64,
    pub(crate) calls: u64,
    /// Bytes, decompressed.
    pub(crate) bytes: u64,
}

impl ReadRecord {
    pub(crate) fn new(collection: &str, report: &PullReport) -> Self {
        Self {
            collection: collection.to_owned(),
            ended: RecordedOutcome::new(report.outcome, report.pages),
            pages: report.pages,
            items: report.items,
            calls: report.calls,
            bytes: report.bytes,
        }
    }
}
