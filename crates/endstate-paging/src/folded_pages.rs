//! The stream of a pull's pages that were folded while they arrived.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::{IncompleteError, PageFold, Pages, PullReport, PulledPage};

/// The folds of a pull's pages, in order. In all else, it behaves as [`Pages`] does.
#[derive(Debug)]
pub struct FoldedPages<F> {
    pages: Pages,
    fold: PhantomData<fn() -> F>,
}

/// One page of a pull that was read whole, and what became of its items.
#[derive(Debug)]
#[non_exhaustive]
pub struct FoldedPage<F> {
    /// The number of the page in its collection, from 1.
    pub number: u64,
    /// Items on the page.
    pub items: u64,
    /// The fold that took them.
    pub fold: F,
    page: PulledPage,
}

impl<F> FoldedPage<F> {
    /// What the page says beside its items, which it does not have: its links.
    pub fn page(&self) -> &PulledPage {
        &self.page
    }
}

impl<F> FoldedPages<F> {
    pub(crate) fn new(pages: Pages) -> Self {
        Self { pages, fold: PhantomData }
    }

    /// What happened so far; see [`Pages::report`].
    pub fn report(&self) -> &PullReport {
        self.pages.report()
    }
}

impl<F: PageFold> Stream for FoldedPages<F> {
    type Item = Result<FoldedPage<F>, IncompleteError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pages.poll_page(context).map_ok(|(page, folded)| {
            match folded.map(|folded| (folded.items, folded.fold.downcast::<F>())) {
                Some((items, Ok(fold))) => FoldedPage { number: page.number(), items, fold: *fold, page },
                _ => unreachable!("each page of this pull was folded by an `F`"),
            }
        })
    }
}
