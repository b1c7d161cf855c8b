//! The styles of paging of today's list of machines.

/// How `/api/machines` is paged. Users report all of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MachinesPaging {
    /// The caller pages with `$top` and `$skip`. No page has a next link (firezone#14768).
    #[default]
    Skip,
    /// Without `$top`, a page has a next link with `$skip`. With `$top`, it has no link
    /// (microsoft-365-docs#8489).
    Link,
    /// Without `$top`, every page has a next link, whose options lose their names from page to
    /// page. The same devices come without end (microsoft-365-docs#8316).
    GrowingLink,
}
