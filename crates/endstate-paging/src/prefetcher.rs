//! Prefetches a bounded number of pages, in order, while the pages before them still arrive.
//!
//! Why: a service needs a moment before each page, and a page needs a moment to arrive. Fetched
//! sequentially, those moments add up; overlapped, only the slowest counts. The link to the next
//! page usually comes before the items, so it is known long before the page is complete.
//!
//! Order and outcome do not change. Pages are returned in the order of their links. A page that
//! fails ends the requests after it, because its retry may return another link. Which pages may be
//! prefetched is the caller's decision (`may_fetch`): never past a limit, and never a page that was
//! visited. Dropping the prefetcher drops its futures, and that ends their tasks.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use endstate_odata::PageUrl;
use futures_channel::oneshot;
use futures_util::FutureExt;

use crate::page_reader::{EarlySignals, FetchedPage, PageReader};
use crate::{Canceller, FetchError};

/// The pages in flight, the one that is due first.
pub(crate) struct Prefetcher {
    reader: Arc<PageReader>,
    /// Maximum number of pages in flight after the one that is due.
    pages: usize,
    in_flight: VecDeque<InFlight>,
    /// Requests that were started.
    calls: u64,
}

struct InFlight {
    url: PageUrl,
    work: Work,
    /// Delivers the link to the next page; `None` once the link was delivered, or no longer can be.
    link: Option<oneshot::Receiver<PageUrl>>,
    next: Option<PageUrl>,
    has_begun: Arc<AtomicBool>,
}

/// An attempt. Dropping it ends it.
enum Work {
    Running(Pin<Box<dyn Future<Output = Attempt> + Send>>),
    Done(Attempt),
}

type Attempt = Result<FetchedPage, FetchError>;

impl Prefetcher {
    pub(crate) fn new(reader: PageReader, pages: usize) -> Self {
        Self { reader: Arc::new(reader), pages, in_flight: VecDeque::new(), calls: 0 }
    }

    /// Returns how many requests were sent, and answered or failed, since the last call.
    pub(crate) fn take_calls(&mut self) -> u64 {
        std::mem::take(&mut self.calls)
    }

    /// Ends everything in flight. A request counts as a call if its response has begun.
    pub(crate) fn stop(&mut self) {
        let begun = |page: &InFlight| matches!(page.work, Work::Running(_)) && page.has_begun.load(Ordering::Acquire);
        self.calls += self.in_flight.iter().filter(|page| begun(page)).count() as u64;
        self.in_flight.clear();
    }

    /// Returns the page at this URL, which is due; `None` if the pull is cancelled before its
    /// response begins.
    ///
    /// While it arrives, the pages after it are requested if `may_fetch` allows it. `may_fetch`
    /// gets the number of pages in flight before that page, and its URL.
    pub(crate) async fn page(
        &mut self,
        url: &PageUrl,
        canceller: &Canceller,
        may_fetch: impl Fn(usize, &PageUrl) -> bool,
    ) -> Option<Attempt> {
        if self.in_flight.front().is_none_or(|first| first.url != *url) {
            // The complete page had another link than its beginning, or the page before failed.
            self.stop();
            self.fetch(url.clone());
        }
        poll_fn(|context| {
            if canceller.poll_is_cancelled(context) && !self.has_begun() {
                return Poll::Ready(None);
            }
            self.poll_and_prefetch(context, canceller, &may_fetch);
            self.take_due_page().map(Some)
        })
        .await
    }

    /// Polls everything in flight, and requests further pages. A request that has just started may
    /// already know of another page, hence the loop.
    fn poll_and_prefetch(
        &mut self,
        context: &mut Context<'_>,
        canceller: &Canceller,
        may_fetch: &impl Fn(usize, &PageUrl) -> bool,
    ) {
        loop {
            self.poll_all(context);

            let next = self.in_flight.back().and_then(|last| last.next.clone());
            let Some(next) = next.filter(|_| self.in_flight.len() <= self.pages) else { return };
            let is_known = self.in_flight.iter().any(|page| page.url == next);
            if is_known || canceller.is_cancelled() || !may_fetch(self.in_flight.len(), &next) {
                return;
            }
            self.fetch(next);
        }
    }

    /// Returns the page that is due, once its attempt is done.
    fn take_due_page(&mut self) -> Poll<Attempt> {
        if !self.in_flight.front().is_some_and(|first| matches!(first.work, Work::Done(_))) {
            return Poll::Pending;
        }
        match self.in_flight.pop_front().map(|first| first.work) {
            Some(Work::Done(attempt)) => {
                if attempt.is_err() {
                    self.stop();
                }
                Poll::Ready(attempt)
            }
            Some(Work::Running(_)) | None => Poll::Pending,
        }
    }

    fn has_begun(&self) -> bool {
        self.in_flight.front().is_some_and(|first| first.has_begun.load(Ordering::Acquire))
    }

    fn fetch(&mut self, url: PageUrl) {
        let (next, link) = oneshot::channel();
        let has_begun = Arc::new(AtomicBool::new(false));
        let signals = EarlySignals { next, has_begun: Arc::clone(&has_begun) };

        let attempt = Arc::clone(&self.reader).read(url.clone(), signals);
        let work: Pin<Box<dyn Future<Output = Attempt> + Send>> = match &self.reader.spawn {
            None => Box::pin(attempt),
            Some(spawn) => {
                // Dropping the handle ends the task.
                let (task, handle) = attempt.remote_handle();
                spawn(Box::pin(task));
                Box::pin(handle)
            }
        };
        self.in_flight.push_back(InFlight { url, work: Work::Running(work), link: Some(link), next: None, has_begun });
    }

    fn poll_all(&mut self, context: &mut Context<'_>) {
        for page in &mut self.in_flight {
            if let Work::Running(work) = &mut page.work
                && let Poll::Ready(attempt) = work.as_mut().poll(context)
            {
                self.calls += u64::from(attempt.as_ref().err().is_none_or(FetchError::was_sent));
                page.work = Work::Done(attempt);
            }
            if let Some(link) = &mut page.link
                && let Poll::Ready(found) = link.poll_unpin(context)
            {
                page.next = found.ok();
                page.link = None;
            }
        }
    }
}

impl fmt::Debug for Prefetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<_> = self.in_flight.iter().map(|page| &page.url).collect();
        f.debug_struct("Prefetcher").field("pages", &self.pages).field("in_flight", &urls).finish_non_exhaustive()
    }
}
