//! What a pull did, in numbers.

use std::time::Duration;

use endstate_odata::EntityKey;

use crate::{Failure, Verdict};

/// What happened so far, and how it ended.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PullReport {
    /// How it ended; `None` while it goes on.
    pub verdict: Option<Verdict>,
    /// The failed attempt that ended it, where there was one.
    pub failure: Option<Failure>,
    /// The page that the pull went on from, where it did not begin at the first; all numbers include what came before.
    pub resumed_from_page: Option<u64>,
    /// Pages read whole.
    pub pages: u64,
    /// Items on those pages that were looked at, duplicates included.
    pub items: u64,
    /// Rows handed on: items without the duplicates, unless those are kept.
    pub rows: u64,
    /// Distinct keys.
    pub entities: u64,
    /// Items whose key was seen before.
    pub duplicates: u64,
    /// Duplicates that differ from the first item with their key.
    pub conflicts: u64,
    /// The keys of the first hundred conflicts, each once.
    pub conflict_keys: Vec<EntityKey>,
    /// Items without a key. They are handed on, and never taken for duplicates.
    pub without_key: u64,
    /// Items of which only a part is here: a list of theirs goes on elsewhere.
    pub partial_items: u64,
    /// The largest count of the server that binds; see [`Walk::expected`](crate::Walk::expected).
    pub expected: Option<u64>,
    /// Requests that were made.
    pub calls: u64,
    /// Requests that were made again after a failure.
    pub retries: u64,
    /// Answers that asked to slow down (429).
    pub throttled: u64,
    /// Bytes of the pages' bodies, after content codings are undone.
    pub bytes: u64,
    /// Time spent waiting before retries.
    pub waited: Duration,
}

impl PullReport {
    /// Most keys of conflicts that are kept.
    pub const CONFLICT_KEYS: usize = 100;

    /// How many fewer entities the server counted than were read: the collection changed meanwhile, or the count is wrong.
    /// Not a failure.
    pub fn drift(&self) -> Option<u64> {
        let read = self.entities + self.without_key;
        self.expected.filter(|expected| *expected < read).map(|expected| read - expected)
    }
}
