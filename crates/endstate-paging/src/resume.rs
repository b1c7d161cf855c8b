//! The rows that were kept of a pull, compared with its checkpoint before it continues.

use endstate_odata::{KeyProperties, RawItem};

use crate::Checkpoint;
use crate::seen_keys::SeenKeys;

/// Rows that do not belong to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rows do not match the checkpoint: expected {expected} rows, found {found}{}", different_keys(*expected, *found))]
#[non_exhaustive]
pub struct CheckpointMismatch {
    /// Rows that the checkpoint describes.
    pub expected: u64,
    /// Rows that the caller passed in.
    pub found: u64,
}

fn different_keys(expected: u64, found: u64) -> &'static str {
    if expected == found { " with other keys" } else { "" }
}

/// The rows that were kept of a pull, on their way to its continuation.
///
/// ```
/// use endstate_odata::{KeyProperties, RawItem};
/// use endstate_paging::{Checkpoint, KeptRows, Resume};
///
/// fn resume(checkpoint: Checkpoint, kept: &str) -> Result<Resume, Box<dyn std::error::Error>> {
///     let mut rows = KeptRows::new(checkpoint, KeyProperties::default());
///     for line in kept.lines() {
///         rows.row(RawItem::parse(line)?);
///     }
///     Ok(rows.check()?) // and then `Pull::resume`
/// }
/// ```
#[derive(Debug)]
pub struct KeptRows {
    checkpoint: Checkpoint,
    seen: SeenKeys,
    key: KeyProperties,
    rows: u64,
}

/// A pull that can continue: its checkpoint, and the keys of its rows. Only [`KeptRows::check`]
/// makes one.
#[derive(Debug)]
pub struct Resume {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) seen: SeenKeys,
    /// The key by which the rows were read, and by which the pull tells items apart.
    pub(crate) key: KeyProperties,
}

impl KeptRows {
    /// Starts with no rows. Pass each stored row to [`row`](Self::row).
    pub fn new(checkpoint: Checkpoint, key: KeyProperties) -> Self {
        let mut seen = SeenKeys::new(checkpoint.guards.duplicates.unwrap_or_default());
        seen.expect(checkpoint.report.expected.unwrap_or(checkpoint.report.rows));
        Self { checkpoint, seen, key, rows: 0 }
    }

    /// Takes the next row, in order.
    pub fn row(&mut self, item: RawItem<'_>) {
        self.rows += 1;
        let digester = self.seen.digester();
        let digest = digester.digest(&item.compact());
        match self.key.read(item) {
            Ok(key) => {
                self.seen.note(&key, digester.hash_key(&key), digest);
            }
            Err(_) => {
                self.seen.note_nameless(digest);
            }
        }
    }

    /// Compares the number of rows, and the order of their keys, with the checkpoint. Contents,
    /// duplicates and rows without a key are only counted.
    ///
    /// # Errors
    /// [`CheckpointMismatch`] if a row is missing or extra, or if keys are others.
    pub fn check(self) -> Result<Resume, CheckpointMismatch> {
        let Self { checkpoint, seen, key, rows } = self;
        let expected = checkpoint.report.rows;
        if rows == expected && seen.digest_of_keys() == checkpoint.keys_digest {
            return Ok(Resume { checkpoint, seen, key });
        }
        Err(CheckpointMismatch { expected, found: rows })
    }
}
