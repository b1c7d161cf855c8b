//! A page that was read whole and is returned to the caller.

use std::sync::Arc;

use endstate_odata::{NextLink, PageBuf, PageUrl, RawItem};

use crate::buffer_pool::BufferPool;

/// One page of a pull, checked. Its [`rows`](Self::rows) are without the duplicates that are
/// dropped.
#[derive(Debug)]
pub struct PulledPage {
    number: u64,
    url: PageUrl,
    page: PageBuf,
    /// Receives the memory of the body when the page is dropped.
    buffers: Arc<BufferPool>,
    /// Positions on the page of the items that are returned.
    rows: Vec<usize>,
}

impl PulledPage {
    /// `rows` are positions of items of `page`.
    pub(crate) fn new(number: u64, url: PageUrl, page: PageBuf, rows: Vec<usize>, buffers: Arc<BufferPool>) -> Self {
        Self { number, url, page, buffers, rows }
    }

    /// The URL from which the page was fetched.
    pub fn url(&self) -> &PageUrl {
        &self.url
    }

    /// The URL of the changes since this read, if the page has a delta link: the last page of a
    /// service that tracks changes. A pull of it, with
    /// [`Duplicates::Latest`](crate::Duplicates::Latest), reads them.
    ///
    /// # Errors
    /// [`Error::Link`](endstate_odata::Error::Link) if the link does not lead to a URL.
    pub fn delta_url(&self) -> endstate_odata::Result<Option<PageUrl>> {
        self.page.delta_link().map(|link| link.resolve(self.page.context(), &self.url)).transpose()
    }

    /// The URL of the rest of a list inside an item of this page; see [`RawItem::nested_links`].
    ///
    /// # Errors
    /// [`Error::Link`](endstate_odata::Error::Link) if the link does not lead to a URL.
    pub fn nested_url(&self, link: &NextLink) -> endstate_odata::Result<PageUrl> {
        link.resolve(self.page.context(), &self.url)
    }

    /// The number of the page in its collection, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The page as the server sent it, duplicates included.
    pub fn page(&self) -> &PageBuf {
        &self.page
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the page has no rows, because it is empty or has only duplicates.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows in the order of the server: its items, without the duplicates that are
    /// [dropped](crate::Duplicates).
    pub fn rows(&self) -> impl Iterator<Item = RawItem<'_>> {
        (0..self.len()).map(|index| self.row_at(index))
    }

    /// The row at a position, from 0.
    pub fn row(&self, index: usize) -> Option<RawItem<'_>> {
        (index < self.len()).then(|| self.row_at(index))
    }

    /// The position of a row on the server's page, from 0.
    pub fn position(&self, index: usize) -> Option<usize> {
        self.rows.get(index).copied()
    }

    /// The row at a position that exists.
    ///
    /// # Panics
    /// If the row does not exist. A row that silently read as null would be a lost device.
    pub(crate) fn row_at(&self, index: usize) -> RawItem<'_> {
        match self.page.item(self.rows[index]) {
            Some(item) => item,
            None => unreachable!("rows are positions of items of their own page"),
        }
    }
}

impl Drop for PulledPage {
    fn drop(&mut self) {
        self.buffers.put_back(self.page.take_body().into_bytes());
    }
}
