//! The bounds at which a walk stops, whatever the server sends.

/// The bounds of a pull.
///
/// ```
/// use endstate_paging::Limits;
///
/// let limits = Limits::default().max_pages(10).max_page_bytes(16 * 1024 * 1024);
/// assert_eq!((limits.max_pages, limits.max_items), (Some(10), None));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum pages to read. If there are more, the pull is incomplete:
    /// [`Reason::Limit`](crate::Reason::Limit). `None` (the default) reads all.
    pub max_pages: Option<u64>,
    /// Maximum rows to return. If there are more, the pull is incomplete:
    /// [`Reason::Limit`](crate::Reason::Limit). `None` (the default) reads all.
    pub max_items: Option<u64>,
    /// Maximum size of a page's body in bytes, after content codings are undone; 256 MiB by
    /// default. A page of 10,000 devices has about 2 MB.
    pub max_page_bytes: usize,
    /// Consecutive pages without a new item after which the pull ends as
    /// [`Runaway`](crate::Reason::Runaway); 3 by default. A single one is legal when the fleet
    /// changes during the pull.
    pub stale_pages: u32,
    /// Consecutive empty pages after which the pull ends as
    /// [`Runaway`](crate::Reason::Runaway); 100 by default. A page may be empty and still have a
    /// next link (Graph's guidance on paging).
    pub empty_pages: u32,
    /// Pages after which the pull always ends as [`Runaway`](crate::Reason::Runaway); 100,000 by
    /// default, which is a thousand million devices in pages of 10,000.
    pub page_bound: u64,
}

impl Limits {
    /// Sets the maximum pages to read; `None` reads all.
    #[must_use]
    pub fn max_pages(mut self, pages: impl Into<Option<u64>>) -> Self {
        self.max_pages = pages.into();
        self
    }

    /// Sets the maximum rows to return; `None` returns all.
    #[must_use]
    pub fn max_items(mut self, items: impl Into<Option<u64>>) -> Self {
        self.max_items = items.into();
        self
    }

    /// Sets the maximum size of a page's body in bytes.
    #[must_use]
    pub fn max_page_bytes(mut self, bytes: usize) -> Self {
        self.max_page_bytes = bytes;
        self
    }

    /// Sets how many consecutive pages may bring no new item.
    #[must_use]
    pub fn stale_pages(mut self, pages: u32) -> Self {
        self.stale_pages = pages;
        self
    }

    /// Sets how many consecutive pages may be empty.
    #[must_use]
    pub fn empty_pages(mut self, pages: u32) -> Self {
        self.empty_pages = pages;
        self
    }

    /// Sets the number of pages after which the pull always ends.
    #[must_use]
    pub fn page_bound(mut self, pages: u64) -> Self {
        self.page_bound = pages;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pages: None,
            max_items: None,
            max_page_bytes: 256 * 1024 * 1024,
            stale_pages: 3,
            empty_pages: 100,
            page_bound: 100_000,
        }
    }
}
