//! The asynchronous part of a pull in parts: queries them in order, and returns those that the
//! planner accepts.
//!
//! It is thin, as `driver.rs` is: `part_planner.rs` decides which part follows and whether rows
//! count, `query_failure.rs` what a failure needs, and `retry.rs` how long to wait. An answer is
//! read whole before anything of it counts. The planner and the numbers change without an await in
//! between, so a call that is dropped loses only the answer that was arriving.

use std::fmt;
use std::sync::Arc;

use crate::querier::{NoQueryAnswer, Querier, ReadAnswer};
use crate::retrier::{OnRetry, Retrier};
use crate::{
    BucketCounts, Canceller, Clock, FetchError, FetchErrorKind, IncompleteError, Outcome, Part, PartAnswer, PartFacts,
    PartLimits, PartPlanner, PartQuery, PartStep, PartVerdict, PullReport, QueryTransport, Reason, RetryPolicy,
};

/// The settings of one pull in parts.
pub(crate) struct PartsPlan<Q: ?Sized> {
    pub(crate) transport: Arc<dyn QueryTransport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) query: Arc<Q>,
    pub(crate) limits: PartLimits,
    pub(crate) retry: RetryPolicy,
    pub(crate) canceller: Canceller,
    pub(crate) on_retry: OnRetry,
}

/// The parts of a pull, in order; see [`PartPull`](crate::PartPull).
pub struct Parts<Q: ?Sized> {
    querier: Querier,
    /// `None` until the devices are counted.
    planner: Option<PartPlanner>,
    limits: PartLimits,
    query: Arc<Q>,
}

/// A part that was read whole, and whose rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PulledPart<R> {
    /// Which part it is.
    pub part: Part,
    /// Its rows.
    pub rows: R,
    /// How many rows it has, and how many distinct devices are in them.
    pub facts: PartFacts,
}

impl<Q: PartQuery + ?Sized> Parts<Q> {
    pub(crate) fn new(plan: PartsPlan<Q>) -> Self {
        let querier = Querier {
            transport: plan.transport,
            retrier: Retrier::new(plan.retry, plan.clock, plan.canceller, plan.on_retry),
            max_answer_bytes: plan.limits.max_answer_bytes,
            report: PullReport::default(),
        };
        Self { querier, planner: None, limits: plan.limits, query: plan.query }
    }

    /// What happened so far. The parts are its pages, and the devices are its entities.
    pub fn report(&self) -> &PullReport {
        &self.querier.report
    }

    /// How often a part was split in two.
    pub fn splits(&self) -> u64 {
        self.planner.as_ref().map_or(0, PartPlanner::splits)
    }

    /// Whether a part is left to query. `false` before the first one.
    pub fn has_next(&self) -> bool {
        let has_step = |planner: &PartPlanner| matches!(planner.step(), PartStep::Query(_));
        !self.querier.report.outcome.has_ended() && self.planner.as_ref().is_some_and(has_step)
    }

    /// Reads the next part; `None` after the last one of a complete pull.
    ///
    /// If the future is dropped, the answer that was arriving is lost, and the next call requests
    /// it again.
    ///
    /// # Errors
    /// [`IncompleteError`] in place of `None` if the pull is incomplete, at each call after its
    /// last part.
    pub async fn next_part(&mut self) -> Result<Option<PulledPart<Q::Rows>>, IncompleteError> {
        let Self { querier, planner, limits, query } = self;
        let mut failure = None;
        let outcome = loop {
            if querier.report.outcome.has_ended() {
                return ended(&querier.report);
            }
            let planner = match planner {
                Some(planner) => planner,
                None => match count(querier, &**query).await {
                    Ok(counts) => planner.insert(PartPlanner::new(counts, limits.clone())),
                    Err(why) => {
                        let reason;
                        (reason, failure) = reason_without_count(why);
                        break Outcome::Incomplete(reason);
                    }
                },
            };
            querier.report.expected = Some(planner.expected());

            let part = match planner.step() {
                PartStep::Query(part) => part,
                PartStep::Finish(outcome) => break outcome,
            };
            let text = query.part_text(part);
            let answer = querier.answer(&text, planner.can_split(), |body| query.read_part(part, body)).await;
            failure = None;

            match answer {
                Ok(answer) => {
                    if let Some(part) = commit(planner, part, answer, &mut querier.report) {
                        return Ok(Some(part));
                    }
                }
                Err(NoQueryAnswer::Cancelled) => break Outcome::Incomplete(Reason::Cancelled),
                Err(NoQueryAnswer::TooLarge(why)) => {
                    planner.part_too_large();
                    failure = Some(why);
                }
                Err(NoQueryAnswer::Failed(why)) => {
                    planner.part_lost();
                    failure = Some(why);
                }
            }
        };

        querier.report.outcome = outcome;
        querier.report.failure = failure;
        ended(&querier.report)
    }
}

/// Counts the devices of each bucket.
async fn count<Q: PartQuery + ?Sized>(querier: &mut Querier, query: &Q) -> Result<BucketCounts, NoQueryAnswer> {
    let text = query.count_text(BucketCounts::BUCKETS);
    let read = |body: Vec<u8>| {
        let pairs = query.read_counts(&body)?;
        BucketCounts::from_pairs(BucketCounts::BUCKETS, pairs).map_err(|error| {
            FetchError::new(FetchErrorKind::Malformed, "the answer has no counts of buckets").with_source(error)
        })
    };
    querier.answer(&text, false, read).await.map(|answer| answer.content)
}

fn reason_without_count(why: NoQueryAnswer) -> (Reason, Option<FetchError>) {
    match why {
        NoQueryAnswer::TooLarge(failure) => (Reason::PartTooLarge, Some(failure)),
        NoQueryAnswer::Failed(failure) => (Reason::PageLost, Some(failure)),
        NoQueryAnswer::Cancelled => (Reason::Cancelled, None),
    }
}

/// Takes a whole answer. If the planner accepts it, its rows count as read from here on.
fn commit<R>(
    planner: &mut PartPlanner,
    part: Part,
    answer: ReadAnswer<PartAnswer<R>>,
    report: &mut PullReport,
) -> Option<PulledPart<R>> {
    let ReadAnswer { content: PartAnswer { rows, facts }, bytes } = answer;
    match planner.part_read(facts) {
        PartVerdict::Discarded => None,
        PartVerdict::Accepted => {
            report.pages = planner.parts();
            report.entities = planner.devices();
            report.items += facts.rows;
            report.rows += facts.rows;
            report.duplicates += facts.rows.saturating_sub(facts.devices);
            report.bytes += bytes;
            Some(PulledPart { part, rows, facts })
        }
    }
}

/// What every call after the last part returns.
fn ended<R>(report: &PullReport) -> Result<Option<R>, IncompleteError> {
    match report.outcome.reason() {
        None => Ok(None),
        Some(reason) => Err(IncompleteError::new(reason, report.failure.clone())),
    }
}

impl<Q: ?Sized> fmt::Debug for Parts<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("planner", &self.planner).finish_non_exhaustive()
    }
}
