//! A page that was read whole and is handed on.

use endstate_odata::{PageBuf, RawItem};

/// One page of a pull: checked, and without the items that came before.
#[derive(Debug)]
pub struct PulledPage {
    number: u64,
    page: PageBuf,
    /// Positions of the items that are handed on.
    rows: Vec<u32>,
}

impl PulledPage {
    pub(crate) fn new(number: u64, page: PageBuf, rows: Vec<u32>) -> Self {
        Self { number, page, rows }
    }

    /// The number of the page in its collection, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The page as the server sent it, duplicates included.
    pub fn page(&self) -> &PageBuf {
        &self.page
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row, as on an empty page or on one of duplicates alone.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows in the order of the server: its items, without those whose key came before.
    pub fn rows(&self) -> impl Iterator<Item = RawItem<'_>> {
        self.rows.iter().filter_map(|position| self.page.item(*position as usize))
    }

    /// The row at a position, from 0.
    pub fn row(&self, index: usize) -> Option<RawItem<'_>> {
        self.page.item(*self.rows.get(index)? as usize)
    }

    /// Where on the server's page a row stands, from 0.
    pub fn position(&self, index: usize) -> Option<usize> {
        self.rows.get(index).map(|position| *position as usize)
    }
}
