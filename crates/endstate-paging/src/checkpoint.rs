//! The state of a pull between two pages, from which another process can continue.

use endstate_odata::{KeyProperty, PageUrl, RawItem};

use crate::PullReport;
use crate::seen_keys::SeenKeys;

/// What has to be stored after a page so the pull can continue from there; see
/// [`Pages::checkpoint`](crate::Pages::checkpoint).
///
/// It holds the continuation, which is as secret as the data, and no token. It does not hold the
/// rows: the caller stores them, and passes them to a [`Resume`] later.
///
/// With the feature `serde`, it can be stored as it is. The next link is then stored whole, with
/// its query, so only the owner of the file may be able to read it.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Checkpoint {
    /// The next page.
    #[cfg_attr(feature = "serde", serde(with = "page_url"))]
    pub next: PageUrl,
    /// What happened so far.
    pub report: PullReport,
    /// A digest of the keys of the rows in their order. The same version of this crate computes the
    /// same digest; other versions may not.
    pub keys_digest: u64,
    /// What the pull and its guards have noted.
    pub guards: Guards,
}

impl Checkpoint {
    /// A checkpoint from its parts.
    pub fn new(next: PageUrl, report: PullReport, keys_digest: u64, guards: Guards) -> Self {
        Self { next, report, keys_digest, guards }
    }
}

/// What a pull and the guards of its [`Walk`](crate::Walk) note from page to page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Guards {
    /// Consecutive pages with items, none of them new.
    pub stale_pages: u32,
    /// Consecutive pages without an item.
    pub empty_pages: u32,
    /// Whether a count was seen that is not its own page's number of items.
    pub has_real_count: bool,
    /// Items since the last request that the pull built with `$top`, if its first page had a next
    /// link; see [`SkipUnlessLinked`](crate::Continuation::SkipUnlessLinked).
    #[cfg_attr(feature = "serde", serde(default))]
    pub linked_items: Option<u64>,
}

impl Guards {
    /// Sets the consecutive pages with items, none of them new.
    #[must_use]
    pub fn stale_pages(mut self, pages: u32) -> Self {
        self.stale_pages = pages;
        self
    }

    /// Sets the consecutive pages without an item.
    #[must_use]
    pub fn empty_pages(mut self, pages: u32) -> Self {
        self.empty_pages = pages;
        self
    }

    /// Sets whether a count was seen that is not its own page's number of items.
    #[must_use]
    pub fn has_real_count(mut self, has: bool) -> Self {
        self.has_real_count = has;
        self
    }

    /// Sets the items since the last request that the pull built with `$top`; `None` if its first
    /// page had no next link.
    #[must_use]
    pub fn linked_items(mut self, items: impl Into<Option<u64>>) -> Self {
        self.linked_items = items.into();
        self
    }
}

/// The next link as text. The type itself is not serializable, because its query is a secret that
/// must not reach a log by accident.
#[cfg(feature = "serde")]
mod page_url {
    use endstate_odata::PageUrl;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(url: &PageUrl, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PageUrl, D::Error> {
        let text = String::deserialize(deserializer)?;
        PageUrl::new(&text).map_err(serde::de::Error::custom)
    }
}

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

/// A pull that is about to continue: the checkpoint, and the rows that were kept.
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
    /// Starts with no rows. Pass each stored row to [`row`](Self::row).
    pub fn new(checkpoint: Checkpoint, key: KeyProperty) -> Self {
        let mut seen = SeenKeys::default();
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

    /// Compares the rows with the checkpoint.
    ///
    /// # Errors
    /// [`CheckpointMismatch`] if a row is missing, extra or different.
    pub fn check(self) -> Result<Self, CheckpointMismatch> {
        let expected = self.checkpoint.report.rows;
        if self.rows == expected && self.seen.digest_of_keys() == self.checkpoint.keys_digest {
            return Ok(self);
        }
        Err(CheckpointMismatch { expected, found: self.rows })
    }
}
