//! The bounds of a query that is answered in parts.

/// How large a part is planned, and how large its answer may be.
///
/// ```
/// use endstate_paging::PartLimits;
///
/// let limits = PartLimits::default().target_rows(10_000);
/// assert_eq!((limits.target_rows, limits.row_limit), (10_000, 100_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartLimits {
    /// Maximum devices that a part is planned with; 30,000 by default. At 1 KB a row, this is far
    /// below the 50 MB of an answer.
    pub target_rows: u64,
    /// Rows of an answer from which it counts as cut; 100,000 by default. The service cuts longer
    /// answers to this number without an error (Microsoft Graph, `runHuntingQuery`).
    pub row_limit: u64,
    /// Maximum size of an answer in bytes, after content codings are undone; 64 MiB by default. The
    /// service's own limit is 50 MB (the same source).
    pub max_answer_bytes: usize,
}

impl PartLimits {
    /// Sets the maximum devices that a part is planned with.
    #[must_use]
    pub fn target_rows(mut self, rows: u64) -> Self {
        self.target_rows = rows;
        self
    }

    /// Sets the rows of an answer from which it counts as cut.
    #[must_use]
    pub fn row_limit(mut self, rows: u64) -> Self {
        self.row_limit = rows;
        self
    }

    /// Sets the maximum size of an answer in bytes.
    #[must_use]
    pub fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = bytes;
        self
    }
}

impl Default for PartLimits {
    fn default() -> Self {
        Self { target_rows: 30_000, row_limit: 100_000, max_answer_bytes: 64 * 1024 * 1024 }
    }
}
