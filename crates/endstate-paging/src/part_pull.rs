//! The builder of a pull in parts: what to query, and how.

use std::fmt;
use std::sync::Arc;

use crate::parts::PartsPlan;
use crate::{Canceller, Clock, PartLimits, PartQuery, Parts, QueryTransport, RetryNotice, RetryPolicy};

/// A pull whose rows come from a query in parts, which has not started yet.
///
/// First the devices are counted, then each part is queried in order; see [`PartPlanner`]. One
/// query runs at a time, because the service limits the CPU time of a tenant.
///
/// [`PartPlanner`]: crate::PartPlanner
///
/// ```
/// use endstate_paging::{IncompleteError, PartPull, PartQuery};
///
/// async fn read<Q: PartQuery>(pull: PartPull<Q>) -> Result<Vec<Q::Rows>, IncompleteError> {
///     let mut parts = pull.parts();
///     let mut rows = Vec::new();
///     while let Some(part) = parts.next_part().await? {
///         rows.push(part.rows);
///     }
///     Ok(rows)
/// }
/// ```
#[must_use = "a pull does nothing until its parts are read"]
pub struct PartPull<Q: ?Sized> {
    plan: PartsPlan<Q>,
}

impl<Q: PartQuery + ?Sized> PartPull<Q> {
    /// A pull of the devices that `query` selects. Failures are retried by
    /// [`RetryPolicy::for_queries`].
    pub fn new(transport: Arc<dyn QueryTransport>, clock: Arc<dyn Clock>, query: Arc<Q>) -> Self {
        let plan = PartsPlan {
            transport,
            clock,
            query,
            limits: PartLimits::default(),
            retry: RetryPolicy::for_queries(),
            canceller: Canceller::new(),
            on_retry: Arc::new(|_| {}),
        };
        Self { plan }
    }

    /// Sets the bounds of parts and answers.
    pub fn limits(mut self, limits: PartLimits) -> Self {
        self.plan.limits = limits;
        self
    }

    /// Sets how failing queries are retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.plan.retry = policy;
        self
    }

    /// Makes it possible to cancel the pull from outside.
    pub fn canceller(mut self, canceller: Canceller) -> Self {
        self.plan.canceller = canceller;
        self
    }

    /// Calls `notify` each time before a query is retried.
    pub fn on_retry(mut self, notify: impl Fn(&RetryNotice) + Send + Sync + 'static) -> Self {
        self.plan.on_retry = Arc::new(notify);
        self
    }

    /// The parts, in order. Nothing is requested before the first call of [`Parts::next_part`].
    pub fn parts(self) -> Parts<Q> {
        Parts::new(self.plan)
    }
}

impl<Q: ?Sized> fmt::Debug for PartPull<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PartsPlan { transport, limits, .. } = &self.plan;
        f.debug_struct("PartPull").field("transport", transport).field("limits", limits).finish_non_exhaustive()
    }
}
