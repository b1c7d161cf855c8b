//! Where a pull stands between two pages, so that another process can go on from there.

use endstate_odata::{KeyProperty, PageUrl, RawItem};

use crate::PullReport;
use crate::seen_keys::SeenKeys;

/// What has to be written down after a page for the pull to go on without it; given by [`Pages::checkpoint`](crate::Pages::checkpoint).
///
/// It holds the continuation, which is as secret as the data, and no token. The rows that were handed on are not in it: whoever
/// goes on has kept them, and gives them back to a [`Resume`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The next page.
    pub next: PageUrl,
    /// What happened so far.
    pub report: PullReport,
    /// A digest of the keys of the rows, in their order. The same program computes the same; others may not.
    pub keys_digest: u64,
    /// What the guards have counted.
    pub guards: Guards,
}

impl Checkpoint {
    /// A checkpoint that was written down.
    pub fn new(next: PageUrl, report: PullReport, keys_digest: u64, guards: Guards) -> Self {
        Self { next, report, keys_digest, guards }
    }
}

/// What the guards of a [`Walk`](crate::Walk) count from page to page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Guards {
    /// Pages in a row with items and no new one.
    pub stale_pages: u32,
    /// Pages in a row without an item.
    pub empty_pages: u32,
    /// Whether a count was seen that is not its own page's number of items.
    pub has_real_count: bool,
}

/// Rows that do not belong to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rows are not those of the checkpoint: it has {expected} rows, and {found} were given{}", different_keys(*expected, *found))]
#[non_exhaustive]
pub struct CheckpointMismatch {
    /// Rows that the checkpoint speaks of.
    pub expected: u64,
    /// Rows that were given.
    pub found: u64,
}

fn different_keys(expected: u64, found: u64) -> &'static str {
    if expected == found { " with other keys" } else { "" }
}

/// A pull that is about to go on: the checkpoint, and the rows that were kept.
///
/// ```
/// use endstate_odata::{KeyProperty, RawItem};
/// use endstate_paging::{Checkpoint, Resume};
///
/// fn resume(checkpoint: Checkpoint, kept: &str) -> Result<Resume, Box<dyn std::error::Error>> {
///     let mut resume = Resume::new(checkpoint, KeyProperty::default());
///     for line in kept.lines() {
///         resume.row(RawItem::parse(line)?);
///     }
///     Ok(resume.check()?) // and then `Pull::resume`
/// }
/// ```
#[derive(Debug)]
pub struct Resume {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) seen: SeenKeys,
    key: KeyProperty,
    rows: u64,
}

impl Resume {
    /// Begins to take the rows that were kept.
    pub fn new(checkpoint: Checkpoint, key: KeyProperty) -> Self {
        Self { checkpoint, seen: SeenKeys::default(), key, rows: 0 }
    }

    /// Takes the next row, in order.
    pub fn row(&mut self, item: RawItem<'_>) {
        self.rows += 1;
        let digest = self.seen.digester().digest(&item.compact());
        match self.key.read(item) {
            Ok(key) => {
                self.seen.note(&key, digest);
            }
            Err(_) => {
                self.seen.note_nameless(digest);
            }
        }
    }

    /// Compares the rows with the checkpoint.
    ///
    /// # Errors
    /// [`CheckpointMismatch`] where a row is missing, too many, or another one.
    pub fn check(self) -> Result<Self, CheckpointMismatch> {
        let expected = self.checkpoint.report.rows;
        if self.rows == expected && self.seen.digest_of_keys() == self.checkpoint.keys_digest {
            return Ok(self);
        }
        Err(CheckpointMismatch { expected, found: self.rows })
    }
}
