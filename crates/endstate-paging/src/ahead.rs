//! Pages that are asked for while those before them still arrive, in order and a bounded number of them.

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

use crate::page_read::{News, PageReader, ReadPage};
use crate::{Canceller, Failure};

/// Work that can be done beside the pull: given to whatever runs tasks, see [`Pull::spawn`](crate::Pull::spawn).
pub type PageTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs tasks.
pub(crate) type Spawn = Arc<dyn Fn(PageTask) + Send + Sync>;

/// The pages in flight, the one that is due first.
pub(crate) struct Ahead {
    reader: Arc<PageReader>,
    /// Without one, work is done where the pull is polled.
    spawn: Option<Spawn>,
    /// Pages that are asked for beyond the one that is due.
    most: usize,
    in_flight: VecDeque<InFlight>,
    /// Requests that were begun.
    calls: u64,
}

struct InFlight {
    url: PageUrl,
    work: Work,
    /// The link to the page after it, while that is waited for.
    link: Option<oneshot::Receiver<PageUrl>>,
    next: Option<PageUrl>,
    has_begun: Arc<AtomicBool>,
}

/// An attempt; dropping it ends it.
enum Work {
    Going(Pin<Box<dyn Future<Output = Attempt> + Send>>),
    Done(Attempt),
    Taken,
}

type Attempt = Result<ReadPage, Failure>;

impl Ahead {
    pub(crate) fn new(reader: PageReader, spawn: Option<Spawn>, most: usize) -> Self {
        Self { reader: Arc::new(reader), spawn, most, in_flight: VecDeque::new(), calls: 0 }
    }

    /// How many requests were begun since this was asked last.
    pub(crate) fn take_calls(&mut self) -> u64 {
        std::mem::take(&mut self.calls)
    }

    /// Ends everything that is in flight.
    pub(crate) fn stop(&mut self) {
        self.in_flight.clear();
    }

    /// The page at this URL, which is due; `None` where the pull is cancelled before its answer has begun. While it arrives,
    /// those after it are asked for, as far as `may_ask` lets them: it is told how many are before.
    pub(crate) async fn page(
        &mut self,
        url: &PageUrl,
        canceller: &Canceller,
        may_ask: impl Fn(usize, &PageUrl) -> bool,
    ) -> Option<Attempt> {
        if self.in_flight.front().is_none_or(|first| first.url != *url) {
            // The link was another than the beginning of the page had said, or the page before failed.
            self.stop();
            self.ask(url.clone());
        }
        poll_fn(|context| {
            if canceller.poll_is_cancelled(context) && !self.has_begun() {
                return Poll::Ready(None);
            }
            // Each page that is begun may tell of another at once.
            loop {
                self.poll_all(context);
                let next = self.in_flight.back().and_then(|last| last.next.clone());
                let Some(next) = next.filter(|_| self.in_flight.len() <= self.most) else { break };
                let is_known = self.in_flight.iter().any(|page| page.url == next);
                if is_known || canceller.is_cancelled() || !may_ask(self.in_flight.len(), &next) {
                    break;
                }
                self.ask(next);
            }
            match self.in_flight.front_mut().map(|first| std::mem::replace(&mut first.work, Work::Taken)) {
                Some(Work::Done(attempt)) => {
                    self.in_flight.pop_front();
                    if attempt.is_err() {
                        self.stop();
                    }
                    Poll::Ready(Some(attempt))
                }
                Some(work) => {
                    if let Some(first) = self.in_flight.front_mut() {
                        first.work = work;
                    }
                    Poll::Pending
                }
                None => Poll::Ready(None),
            }
        })
        .await
    }

    fn has_begun(&self) -> bool {
        self.in_flight.front().is_some_and(|first| first.has_begun.load(Ordering::Acquire))
    }

    fn ask(&mut self, url: PageUrl) {
        self.calls += 1;
        let (next, link) = oneshot::channel();
        let has_begun = Arc::new(AtomicBool::new(false));
        let news = News { next, has_begun: Arc::clone(&has_begun) };
        let attempt = Arc::clone(&self.reader).read(url.clone(), news);
        let work: Pin<Box<dyn Future<Output = Attempt> + Send>> = match &self.spawn {
            None => Box::pin(attempt),
            Some(spawn) => {
                // Dropping the handle ends the task.
                let (task, handle) = attempt.remote_handle();
                spawn(Box::pin(task));
                Box::pin(handle)
            }
        };
        self.in_flight.push_back(InFlight { url, work: Work::Going(work), link: Some(link), next: None, has_begun });
    }

    fn poll_all(&mut self, context: &mut Context<'_>) {
        for page in &mut self.in_flight {
            if let Work::Going(work) = &mut page.work
                && let Poll::Ready(attempt) = work.as_mut().poll(context)
            {
                page.work = Work::Done(attempt);
            }
            if let Some(link) = &mut page.link
                && let Poll::Ready(found) = link.poll_unpin(context)
            {
                (page.next, page.link) = (found.ok(), None);
            }
        }
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<_> = self.in_flight.iter().map(|page| &page.url).collect();
        f.debug_struct("Ahead").field("most", &self.most).field("in_flight", &urls).finish_non_exhaustive()
    }
}
