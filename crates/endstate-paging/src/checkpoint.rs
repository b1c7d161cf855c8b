//! The state of a pull between two pages, from which another process can continue.

use endstate_odata::PageUrl;

use crate::{Duplicates, PullReport};

/// What has to be stored after a page so the pull can continue from there; see
/// [`Pages::checkpoint`](crate::Pages::checkpoint).
///
/// It holds the continuation, which is as secret as the data, and no token. It does not hold the
/// rows: the caller stores them, and passes them to [`KeptRows`](crate::KeptRows) later.
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
    /// A digest of the keys of the rows in their order. Every version of this crate computes the
    /// same one, on every machine.
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
    /// Consecutive pages with items, none of them new or changed.
    pub stale_pages: u32,
    /// Consecutive pages without an item.
    pub empty_pages: u32,
    /// Whether a count was seen that is not its own page's number of items.
    pub has_real_count: bool,
    /// Items since the last request that the pull built with `$top`, if its first page had a next
    /// link; see [`SkipUnlessLinked`](crate::Continuation::SkipUnlessLinked).
    #[cfg_attr(feature = "serde", serde(default))]
    pub linked_items: Option<u64>,
    /// What the pull does with duplicates; `None` if this is not known. The rows that were kept
    /// depend on it, so a pull that resumes does the same.
    #[cfg_attr(feature = "serde", serde(default))]
    pub duplicates: Option<Duplicates>,
    /// The largest count of the service that binds, with what `$skip` and `$top` leave out.
    #[cfg_attr(feature = "serde", serde(default))]
    pub counted: Option<u64>,
    /// Items that `$skip` of the first request leaves out.
    #[cfg_attr(feature = "serde", serde(default))]
    pub skipped: u64,
    /// Most items that `$top` of the first request selects, unless a link led beyond it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub top: Option<u64>,
    /// Whether a part of an item is missing that no caller can follow, or that was not accepted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub has_lost_list: bool,
}

impl Guards {
    /// Sets the consecutive pages with items, none of them new or changed.
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

    /// Sets what the pull does with duplicates.
    #[must_use]
    pub fn duplicates(mut self, duplicates: impl Into<Option<Duplicates>>) -> Self {
        self.duplicates = duplicates.into();
        self
    }

    /// Sets the largest count of the service that binds.
    #[must_use]
    pub fn counted(mut self, items: impl Into<Option<u64>>) -> Self {
        self.counted = items.into();
        self
    }

    /// Sets what `$skip` and `$top` of the first request select.
    #[must_use]
    pub fn selection(mut self, skipped: u64, top: impl Into<Option<u64>>) -> Self {
        (self.skipped, self.top) = (skipped, top.into());
        self
    }

    /// Sets whether a part of an item is missing.
    #[must_use]
    pub fn has_lost_list(mut self, has: bool) -> Self {
        self.has_lost_list = has;
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
