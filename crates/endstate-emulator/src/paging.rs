//! The styles of next links.

/// How the next links of a collection continue. Both styles occur in the family: the documents show
/// `$skiptoken` for security states, and `$skip` for machines and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// An opaque, sealed token.
    SkipToken,
    /// The number of items to skip.
    Skip,
}
