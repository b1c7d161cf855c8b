//! Where a walk stops, whatever the server says.

/// The bounds of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Stop after this many pages, if there are more: [`Reason::Limit`](crate::Reason::Limit). `None` (the default) reads all.
    pub max_pages: Option<u64>,
    /// Hand on this many rows, if there are more: [`Reason::Limit`](crate::Reason::Limit). `None` (the default) reads all.
    pub max_items: Option<u64>,
    /// Largest body of a page in bytes, after content codings are undone; 256 MiB by default. A page of 10,000 devices has
    /// about 2 MB.
    pub max_page_bytes: usize,
    /// Pages in a row with items, none of them new, after which the walk is running away; 3 by default. One alone is legal,
    /// when the fleet shifts under the pages.
    pub stale_pages: u32,
    /// Pages in a row without any item after which the walk is running away; 100 by default. A page may be empty and still
    /// have a next link (Graph's guidance on paging).
    pub empty_pages: u32,
    /// Pages after which the walk is running away in any case; 100,000 by default: a thousand million devices in pages of
    /// 10,000.
    pub page_bound: u64,
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
