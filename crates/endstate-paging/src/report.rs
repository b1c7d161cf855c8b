//! What a pull did, in numbers.

use std::time::Duration;

use endstate_odata::EntityKey;

use crate::{FetchError, Outcome};

/// What happened so far, and how it ended.
///
/// With the feature `serde`, its numbers can be stored and read back. The outcome, the failure and
/// the page of the resume belong to one run, so they are left out.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PullReport {
    /// How it ended; [`Unknown`](Outcome::Unknown) while it runs.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub outcome: Outcome,
    /// The failed attempt that ended it, if an attempt failed.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub failure: Option<FetchError>,
    /// The page at which the pull resumed; `None` if it began at the first page. All numbers
    /// include what was read before.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub resumed_from_page: Option<u64>,
    /// Pages read whole.
    pub pages: u64,
    /// Items on those pages, duplicates included.
    pub items: u64,
    /// Rows returned: items without the duplicates that are [dropped](crate::Duplicates).
    pub rows: u64,
    /// Distinct keys.
    pub entities: u64,
    /// Items whose key was seen before.
    pub duplicates: u64,
    /// Duplicates that differ from the item with which they are compared: the first one with their
    /// key, or the last one ([`Duplicates::Latest`](crate::Duplicates::Latest)).
    pub conflicts: u64,
    /// The keys of the first hundred conflicts, each once.
    pub conflict_keys: Vec<EntityKey>,
    /// Items without a key. They are returned, and never count as duplicates.
    pub without_key: u64,
    /// Items that arrived only in part: one of their lists continues on another page.
    pub partial_items: u64,
    /// The largest count of the server that binds, without what `$top` and `$skip` leave out; see
    /// [`Walk::expected`](crate::Walk::expected).
    pub expected: Option<u64>,
    /// Requests that were sent.
    pub calls: u64,
    /// Requests that were sent again after a failure.
    pub retries: u64,
    /// Responses with status 429 (throttled).
    pub throttled: u64,
    /// Bytes of the pages' bodies after content codings are undone.
    pub bytes: u64,
    /// Time spent waiting before retries.
    pub waited: Duration,
}

impl PullReport {
    /// Maximum number of keys of conflicts that are kept.
    pub const CONFLICT_KEYS: usize = 100;

    /// How many more entities were read than the server counted: the collection changed during the
    /// pull, or the count is wrong. This is not a failure.
    pub fn drift(&self) -> Option<u64> {
        let read = self.entities + self.without_key;
        self.expected.filter(|expected| *expected < read).map(|expected| read - expected)
    }
}
