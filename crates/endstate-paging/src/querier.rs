//! Sends a query until its answer was read whole, within the budgets.

use std::sync::Arc;

use crate::query_failure::Remedy;
use crate::retrier::{NoAnswer, Retrier};
use crate::whole_body::read_whole;
use crate::{FetchError, PullReport, QueryTransport};

/// What all queries of a pull share.
#[derive(Debug)]
pub(crate) struct Querier {
    pub(crate) transport: Arc<dyn QueryTransport>,
    pub(crate) retrier: Retrier,
    pub(crate) max_answer_bytes: usize,
    pub(crate) report: PullReport,
}

/// An answer that was read whole.
#[derive(Debug)]
pub(crate) struct ReadAnswer<T> {
    pub(crate) content: T,
    pub(crate) bytes: u64,
}

/// Why a query has no answer.
#[derive(Debug)]
pub(crate) enum NoQueryAnswer {
    /// A smaller part of the same query may have one.
    TooLarge(FetchError),
    Failed(FetchError),
    Cancelled,
}

impl From<NoAnswer> for NoQueryAnswer {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Failed(failure) => Self::Failed(failure),
            NoAnswer::Cancelled => Self::Cancelled,
        }
    }
}

impl Querier {
    /// Sends a query, and `read`s its answer.
    ///
    /// A service that fails without a reason may do so because the answer is too large. If the
    /// query `can_split`, it has two attempts. If not, a smaller part cannot help, so it has as
    /// many as the retry policy allows.
    pub(crate) async fn answer<T>(
        &mut self,
        text: &str,
        can_split: bool,
        read: impl Fn(Vec<u8>) -> Result<T, FetchError>,
    ) -> Result<ReadAnswer<T>, NoQueryAnswer> {
        let answer = self.answer_within_budget(text, can_split, read).await;
        self.retrier.page_done();
        answer
    }

    async fn answer_within_budget<T>(
        &mut self,
        text: &str,
        can_split: bool,
        read: impl Fn(Vec<u8>) -> Result<T, FetchError>,
    ) -> Result<ReadAnswer<T>, NoQueryAnswer> {
        let mut has_failed_without_reason = false;
        loop {
            let body = self.attempt(text).await.ok_or(NoQueryAnswer::Cancelled)?;
            let bytes = body.as_ref().map_or(0, Vec::len) as u64;
            let failure = match body.and_then(&read) {
                Ok(content) => return Ok(ReadAnswer { content, bytes }),
                Err(failure) => failure,
            };

            let is_too_large = match Remedy::for_failure(&failure) {
                Remedy::Split => true,
                Remedy::RetryOnceThenSplit => std::mem::replace(&mut has_failed_without_reason, true) && can_split,
                Remedy::RetryPolicy => false,
            };
            if is_too_large {
                return Err(NoQueryAnswer::TooLarge(failure));
            }
            self.retrier.wait_after(failure, &mut self.report).await?;
        }
    }

    /// Makes one attempt, and reads the body whole; `None` if the pull is cancelled before the
    /// response begins.
    async fn attempt(&mut self, text: &str) -> Option<Result<Vec<u8>, FetchError>> {
        let canceller = self.retrier.canceller();
        if canceller.is_cancelled() {
            return None;
        }
        let body = match canceller.unless_cancelled(self.transport.query(text)).await? {
            Err(failure) => Err(failure),
            Ok(response) => {
                let what = || "the answer to a query".to_owned();
                read_whole(response, self.max_answer_bytes, what, Vec::with_capacity).await
            }
        };
        self.report.calls += u64::from(body.as_ref().err().is_none_or(FetchError::was_sent));
        Some(body)
    }
}
