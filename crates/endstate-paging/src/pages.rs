//! The stream of a pull's pages.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::driver::Driver;
use crate::{Checkpoint, Incomplete, PullReport, PulledPage};

/// The pages of a pull, in order.
///
/// The stream of a complete pull gives its pages and ends. That of an incomplete one gives what was read, then
/// [`Incomplete`] as an error, and ends: whoever collects with `?` cannot take a part for the whole. Either way
/// [`report`](Self::report) then has the verdict. Dropping the stream ends the pull.
pub struct Pages {
    state: State,
    report: PullReport,
    checkpoint: Option<Checkpoint>,
}

type Answer = Result<Option<PulledPage>, Incomplete>;

enum State {
    /// `None` once the stream has ended.
    Ready(Option<Box<Driver>>),
    Working(Pin<Box<dyn Future<Output = (Box<Driver>, Answer)> + Send>>),
}

impl Pages {
    pub(crate) fn new(driver: Driver) -> Self {
        Self { report: PullReport::default(), checkpoint: None, state: State::Ready(Some(Box::new(driver))) }
    }

    /// What happened so far; while a page is being asked for, up to the page before.
    pub fn report(&self) -> &PullReport {
        &self.report
    }

    /// Where the pull stands once the page that was given last is kept; `None` before the first page and once there is no
    /// further page to go on with.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }
}

impl Stream for Pages {
    type Item = Result<PulledPage, Incomplete>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                State::Ready(driver) => {
                    let Some(mut driver) = driver.take() else { return Poll::Ready(None) };
                    self.state = State::Working(Box::pin(async move {
                        let answer = driver.next_page().await;
                        (driver, answer)
                    }));
                }
                State::Working(work) => {
                    let (driver, answer) = ready!(work.as_mut().poll(context));
                    self.report = driver.report().clone();
                    self.checkpoint = driver.checkpoint();
                    let has_ended = self.report.verdict.is_some();
                    self.state = State::Ready((!has_ended).then_some(driver));
                    return Poll::Ready(answer.transpose());
                }
            }
        }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("report", &self.report).finish_non_exhaustive()
    }
}
