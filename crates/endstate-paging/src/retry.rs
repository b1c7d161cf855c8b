//! When to retry a page or a query and when to give up. This is the only retrier of the workspace.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::{FetchError, FetchErrorKind};

/// How many times, and for how long, a failing page is fetched again.
///
/// Delays double from the first to the longest. Each has a random part added, and none is shorter
/// than the server's Retry-After. Two budgets apply at once: one for each page, and one for the
/// whole pull.
///
/// ```
/// use std::time::Duration;
/// use endstate_paging::{Budget, RetryPolicy};
///
/// let policy = RetryPolicy::default().per_page(Budget::new(3, Duration::from_secs(60)));
/// assert_eq!(policy.per_page.retries, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The budget of each page; 6 retries and 10 minutes by default.
    pub per_page: Budget,
    /// The budget of the pull; 100 retries and 30 minutes by default.
    pub per_pull: Budget,
    /// Maximum retries before the first connection is made; 2 by default. A mistyped host fails
    /// fast; once connected, the full budget applies.
    pub first_connections: u32,
    /// Shortest delay if the server names none; 500 ms by default.
    pub first_delay: Duration,
    /// Longest delay if the server names none; 30 s by default.
    pub longest_delay: Duration,
}

/// How much may be spent on failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Budget {
    /// Attempts after the first.
    pub retries: u32,
    /// Time from the first failure of a page to its next attempt. It includes waits, attempts and
    /// pacing.
    pub time: Duration,
}

/// What a pull reports each time before it retries a page.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RetryNotice {
    /// The page or part that failed, from 1.
    pub page: u64,
    /// The number of failed attempts at that page, from 1.
    pub attempt: u32,
    /// How long the pull waits now.
    pub delay: Duration,
    /// What went wrong.
    pub failure: FetchError,
}

impl Budget {
    /// A budget of `retries` within `time`.
    pub fn new(retries: u32, time: Duration) -> Self {
        Self { retries, time }
    }
}

impl RetryPolicy {
    /// The policy that never retries.
    pub fn never() -> Self {
        let nothing = Budget::new(0, Duration::ZERO);
        Self::default().per_page(nothing).per_pull(nothing)
    }

    /// The policy for queries whose service counts CPU time in cycles of 15 minutes (Microsoft
    /// Graph, advanced hunting): 12 retries and an hour for each query, 100 retries and two hours
    /// for the pull. If the server names no delay, delays grow from 2 s to 15 min.
    pub fn for_queries() -> Self {
        Self::default()
            .per_page(Budget::new(12, Duration::from_secs(60 * 60)))
            .per_pull(Budget::new(100, Duration::from_secs(2 * 60 * 60)))
            .delays(Duration::from_secs(2), Duration::from_secs(15 * 60))
    }

    /// Sets the budget of each page.
    #[must_use]
    pub fn per_page(mut self, budget: Budget) -> Self {
        self.per_page = budget;
        self
    }

    /// Sets the budget of the pull.
    #[must_use]
    pub fn per_pull(mut self, budget: Budget) -> Self {
        self.per_pull = budget;
        self
    }

    /// Sets the maximum retries before the first connection is made.
    #[must_use]
    pub fn first_connections(mut self, retries: u32) -> Self {
        self.first_connections = retries;
        self
    }

    /// Sets the shortest and the longest delay if the server names none. The longest is never
    /// below the shortest.
    #[must_use]
    pub fn delays(mut self, first: Duration, longest: Duration) -> Self {
        self.first_delay = first;
        self.longest_delay = longest.max(first);
        self
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            per_page: Budget::new(6, Duration::from_secs(10 * 60)),
            per_pull: Budget::new(100, Duration::from_secs(30 * 60)),
            first_connections: 2,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(30),
        }
    }
}

/// What is left of the budgets.
#[derive(Debug)]
pub(crate) struct Retries {
    policy: RetryPolicy,
    made_in_pull: u32,
    pull_time: Duration,
    /// Whether the server was ever reached.
    was_connected: bool,
    page: Option<FailingPage>,
}

#[derive(Debug)]
struct FailingPage {
    since: Duration,
    attempts: u32,
    was_unauthorized: bool,
    delays: ExponentialBackoff,
}

impl Retries {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, made_in_pull: 0, pull_time: Duration::ZERO, was_connected: false, page: None }
    }

    /// Returns how long to wait before the page is fetched again; `None` to give up.
    pub(crate) fn delay_after(&mut self, failure: &FetchError, now: Duration) -> Option<Duration> {
        let policy = &self.policy;
        let page = self.page.get_or_insert_with(|| FailingPage {
            since: now,
            attempts: 0,
            was_unauthorized: false,
            delays: ExponentialBuilder::new()
                .with_min_delay(policy.first_delay)
                .with_max_delay(policy.longest_delay)
                .with_jitter()
                .without_max_times()
                .build(),
        });

        if !failure.kind().is_transient() {
            return None;
        }
        let is_unauthorized = failure.kind() == FetchErrorKind::Unauthorized;
        if is_unauthorized && std::mem::replace(&mut page.was_unauthorized, true) {
            return None;
        }

        let delay = match failure.retry_after() {
            // Waiting does not help a renewed token.
            None if is_unauthorized => Duration::ZERO,
            None => page.delays.next().unwrap_or(policy.longest_delay),
            Some(required) => required.max(page.delays.next().unwrap_or_default()),
        };
        let page_time = now.saturating_sub(page.since) + delay;

        self.was_connected |= failure.kind() != FetchErrorKind::Connect;
        let max_retries = if self.was_connected {
            policy.per_page.retries
        } else {
            policy.per_page.retries.min(policy.first_connections)
        };
        let is_within = page.attempts < max_retries
            && self.made_in_pull < policy.per_pull.retries
            && page_time <= policy.per_page.time
            && self.pull_time + page_time <= policy.per_pull.time;
        if !is_within {
            return None;
        }
        page.attempts += 1;
        self.made_in_pull += 1;
        Some(delay)
    }

    /// The failed attempts at the current page after which another was made.
    pub(crate) fn attempts(&self) -> u32 {
        self.page.as_ref().map_or(0, |page| page.attempts)
    }

    /// Charges the time of the page, whether it was fetched or given up, to the pull.
    pub(crate) fn page_done(&mut self, now: Duration) {
        self.was_connected = true;
        if let Some(page) = self.page.take() {
            self.pull_time += now.saturating_sub(page.since);
        }
    }
}
