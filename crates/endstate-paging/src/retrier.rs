//! Waits before a failed attempt is repeated, and counts the wait. Pages and parts share it.

use std::fmt;
use std::sync::Arc;

use crate::retry::Retries;
use crate::{Canceller, Clock, FetchError, FetchErrorKind, PullReport, RetryNotice, RetryPolicy};

/// Receives a notice each time before an attempt is repeated.
pub(crate) type OnRetry = Arc<dyn Fn(&RetryNotice) + Send + Sync>;

/// The budgets of one pull, and the means to wait.
pub(crate) struct Retrier {
    retries: Retries,
    clock: Arc<dyn Clock>,
    canceller: Canceller,
    on_retry: OnRetry,
}

/// Why no attempt succeeded.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    Failed(FetchError),
    Cancelled,
}

impl Retrier {
    pub(crate) fn new(policy: RetryPolicy, clock: Arc<dyn Clock>, canceller: Canceller, on_retry: OnRetry) -> Self {
        Self { retries: Retries::new(policy), clock, canceller, on_retry }
    }

    pub(crate) fn canceller(&self) -> &Canceller {
        &self.canceller
    }

    /// Returns once the failed attempt may be repeated, or at once if it may not be.
    pub(crate) async fn wait_after(&mut self, failure: FetchError, report: &mut PullReport) -> Result<(), NoAnswer> {
        report.throttled += u64::from(failure.kind() == FetchErrorKind::Throttled);
        let Some(delay) = self.retries.delay_after(&failure, self.clock.now()) else {
            return Err(NoAnswer::Failed(failure));
        };

        let page = report.pages + 1;
        let attempt = self.retries.attempts();
        (self.on_retry)(&RetryNotice { page, attempt, delay, failure });
        self.canceller.unless_cancelled(self.clock.sleep(delay)).await.ok_or(NoAnswer::Cancelled)?;
        report.waited += delay;
        report.retries += 1;
        Ok(())
    }

    /// Notes that a page or part was fetched or given up.
    pub(crate) fn page_done(&mut self) {
        self.retries.page_done(self.clock.now());
    }
}

impl fmt::Debug for Retrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrier").field("retries", &self.retries).field("clock", &self.clock).finish_non_exhaustive()
    }
}
