//! What a caller brings to a pull in parts: the texts of the queries, and how answers are read.

use crate::{FetchError, Part, PartFacts};

/// The queries of a pull in parts, and the readers of their answers.
///
/// A reader fails with [`Malformed`](crate::FetchErrorKind::Malformed) if another attempt may help,
/// such as for an answer that is cut off, and else with
/// [`NotAPage`](crate::FetchErrorKind::NotAPage).
pub trait PartQuery: Send + Sync {
    /// The rows of an answer, as the caller needs them.
    type Rows: Send;

    /// The query that counts the devices of each of so many buckets, by their hash.
    fn count_text(&self, buckets: u32) -> String;

    /// The query for the rows of the devices of a part.
    fn part_text(&self, part: Part) -> String;

    /// Reads the answer to the count: pairs of a bucket and its devices. Buckets without devices
    /// may be missing.
    ///
    /// # Errors
    /// If the body is not such an answer.
    fn read_counts(&self, body: &[u8]) -> Result<Vec<(u32, u64)>, FetchError>;

    /// Reads the answer to the query of a part.
    ///
    /// # Errors
    /// If the body is not such an answer.
    fn read_part(&self, part: Part, body: Vec<u8>) -> Result<PartAnswer<Self::Rows>, FetchError>;
}

/// An answer that was read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartAnswer<R> {
    /// Its rows.
    pub rows: R,
    /// How many rows it has, and how many distinct devices are in them.
    pub facts: PartFacts,
}

impl<R> PartAnswer<R> {
    /// An answer with these rows.
    pub fn new(rows: R, facts: PartFacts) -> Self {
        Self { rows, facts }
    }
}
