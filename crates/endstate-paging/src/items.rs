//! The stream of a pull's items.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use endstate_odata::{NextLink, PageUrl, RawItem};
use futures_core::Stream;

use crate::{Checkpoint, IncompleteError, Pages, PullReport, PulledPage};

/// The rows of a pull one at a time, in the order of the server. In all else, it behaves as
/// [`Pages`] does.
#[derive(Debug)]
pub struct Items {
    pages: Pages,
    page: Option<Arc<PulledPage>>,
    next: usize,
}

/// One row, and the page that holds it.
#[derive(Debug, Clone)]
pub struct PulledItem {
    page: Arc<PulledPage>,
    index: usize,
}

impl Items {
    pub(crate) fn new(pages: Pages) -> Self {
        Self { pages, page: None, next: 0 }
    }

    /// What happened so far; see [`Pages::report`].
    pub fn report(&self) -> &PullReport {
        self.pages.report()
    }

    /// The state of the pull once the items so far are stored. `None` before the end of the first
    /// page, between two items of a page, and if no further page can follow.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        let is_at_end = self.page.as_ref().is_none_or(|page| self.next >= page.len());
        self.pages.checkpoint().filter(|_| is_at_end)
    }
}

impl PulledItem {
    /// The item.
    pub fn raw(&self) -> RawItem<'_> {
        // The stream creates items only for rows that exist.
        self.page.row_at(self.index)
    }

    /// Its position on the page, from 0.
    pub fn position(&self) -> usize {
        self.page.position(self.index).unwrap_or(self.index)
    }

    /// The URL of the rest of a list inside the item; see [`PulledPage::nested_url`].
    ///
    /// # Errors
    /// As for [`PulledPage::nested_url`].
    pub fn nested_url(&self, link: &NextLink) -> endstate_odata::Result<PageUrl> {
        self.page.nested_url(link)
    }

    /// The number of its page, from 1.
    pub fn page_number(&self) -> u64 {
        self.page.number()
    }
}

impl Stream for Items {
    type Item = Result<PulledItem, IncompleteError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(page) = &self.page
                && self.next < page.len()
            {
                let item = PulledItem { page: Arc::clone(page), index: self.next };
                self.next += 1;
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => {
                    self.page = Some(Arc::new(page));
                    self.next = 0;
                }
                Some(Err(incomplete)) => return Poll::Ready(Some(Err(incomplete))),
                None => return Poll::Ready(None),
            }
        }
    }
}
