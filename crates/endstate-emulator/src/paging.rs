//! The styles of next links.

/// The style of the next links of a collection. Both styles occur in the API: Microsoft's documents
/// show `$skiptoken` for security states, and `$skip` for machines and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// An opaque, sealed token.
    SkipToken,
    /// The number of items to skip.
    Skip,
}
