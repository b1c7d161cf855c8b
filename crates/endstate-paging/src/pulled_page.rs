//! A page that was read whole and is handed on.

use std::sync::Arc;

use endstate_odata::{PageBuf, RawItem};

use crate::spare_bodies::SpareBodies;

/// One page of a pull: checked, and without the items that came before.
#[derive(Debug)]
pub struct PulledPage {
    number: u64,
    page: PageBuf,
    /// Where the body's memory goes in the end.
    spare: Arc<SpareBodies>,
    /// The items that are handed on.
    rows: Vec<PulledRow>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PulledRow {
    /// Of the item on the page.
    pub(crate) position: u32,
    pub(crate) glance: bool,
}

impl PulledPage {
    pub(crate) fn new(number: u64, page: PageBuf, rows: Vec<PulledRow>, spare: Arc<SpareBodies>) -> Self {
        Self { number, page, spare, rows }
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
        self.rows.iter().filter_map(|row| self.page.item(row.position as usize))
    }

    /// The row at a position, from 0.
    pub fn row(&self, index: usize) -> Option<RawItem<'_>> {
        self.page.item(self.rows.get(index)?.position as usize)
    }

    /// Where on the server's page a row stands, from 0.
    pub fn position(&self, index: usize) -> Option<usize> {
        self.rows.get(index).map(|row| row.position as usize)
    }

    /// What a glance at the row's item said where the page was read; `false` where nobody looks. See
    /// [`Pull::glance`](crate::Pull::glance).
    pub fn glance(&self, index: usize) -> bool {
        self.rows.get(index).is_some_and(|row| row.glance)
    }
}

impl Drop for PulledPage {
    fn drop(&mut self) {
        self.spare.give(self.page.take_body().into_bytes());
    }
}
