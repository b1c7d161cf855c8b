//! The stream of a pull's pages.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::driver::{CommittedPage, Driver};
use crate::pull_plan::PullPlan;
use crate::{Checkpoint, IncompleteError, PullReport, PulledPage};

/// The pages of a pull, in order.
///
/// The stream of a complete pull yields its pages and ends. The stream of an incomplete pull yields
/// what was read, then [`IncompleteError`], and ends. So a caller that collects with `?` cannot
/// take a part for the whole. Either way, [`report`](Self::report) then has the outcome. Dropping
/// the stream ends the pull.
pub struct Pages {
    state: State,
    report: PullReport,
    checkpoint: Option<Checkpoint>,
}

type NextPage = Result<Option<CommittedPage>, IncompleteError>;

enum State {
    /// `None` once the stream has ended.
    Ready(Option<Box<Driver>>),
    Working(Pin<Box<dyn Future<Output = (Box<Driver>, NextPage)> + Send>>),
}

impl Pages {
    pub(crate) fn new(plan: PullPlan) -> Self {
        let driver = Box::new(Driver::new(plan));
        Self { report: PullReport::default(), checkpoint: None, state: State::Ready(Some(driver)) }
    }

    /// What happened so far. While a page is being fetched, this is the state after the page
    /// before.
    pub fn report(&self) -> &PullReport {
        &self.report
    }

    /// The state of the pull once the last returned page is stored. `None` before the first page,
    /// and if no further page can follow.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// Polls for the next page, and for what became of its items.
    pub(crate) fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<CommittedPage, IncompleteError>>> {
        loop {
            match &mut self.state {
                State::Ready(driver) => {
                    let Some(mut driver) = driver.take() else { return Poll::Ready(None) };
                    self.state = State::Working(Box::pin(async move {
                        let page = driver.next_page().await;
                        (driver, page)
                    }));
                }
                State::Working(work) => {
                    let (driver, page) = ready!(work.as_mut().poll(context));
                    self.report = driver.report().clone();
                    self.checkpoint = driver.checkpoint();
                    let has_ended = self.report.outcome.has_ended();
                    self.state = State::Ready((!has_ended).then_some(driver));
                    return Poll::Ready(page.transpose());
                }
            }
        }
    }
}

impl Stream for Pages {
    type Item = Result<PulledPage, IncompleteError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_page(context).map_ok(|(page, _)| page)
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("report", &self.report).finish_non_exhaustive()
    }
}
