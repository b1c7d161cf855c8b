//! When to ask again for a page, and when to give up: the only retrier in the house.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::{Failure, FailureKind};

/// How often and how long a failing page is asked for again.
///
/// Delays double from the first to the longest, each with a random part added, and are never shorter than the server's
/// Retry-After. Two budgets hold at once: one starts anew with each page, the other is the whole pull's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The budget of each page; 6 attempts after the first and 10 minutes by default.
    pub per_page: Budget,
    /// The budget of the pull; 100 attempts after first ones and 30 minutes by default.
    pub per_pull: Budget,
    /// Attempts after the first while no connection was ever made; 2 by default. A mistyped host is told soon, and a pull that
    /// is under way has the whole budget.
    pub first_connections: u32,
    /// Shortest delay where the server names none; 500 ms by default.
    pub first_delay: Duration,
    /// Longest delay where the server names none; 30 s by default.
    pub longest_delay: Duration,
}

/// How much may be spent on failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Attempts after the first.
    pub attempts: u32,
    /// Time from the first failure of a page to its next attempt, whatever it went to: waits, attempts, and pacing too.
    pub time: Duration,
}

/// What is told each time before a page is asked for again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RetryNotice {
    /// The page that failed, from 1.
    pub page: u64,
    /// How many attempts at it failed, from 1.
    pub attempt: u32,
    /// How long the walk waits now.
    pub delay: Duration,
    /// What went wrong.
    pub failure: Failure,
}

impl RetryPolicy {
    /// The policy that never asks again.
    pub fn never() -> Self {
        let nothing = Budget { attempts: 0, time: Duration::ZERO };
        Self { per_page: nothing, per_pull: nothing, ..Self::default() }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            per_page: Budget { attempts: 6, time: Duration::from_mins(10) },
            per_pull: Budget { attempts: 100, time: Duration::from_mins(30) },
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
    pull_attempts: u32,
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
        Self { policy, pull_attempts: 0, pull_time: Duration::ZERO, was_connected: false, page: None }
    }

    /// How long to wait before the page is asked for again; `None` to give up.
    pub(crate) fn after(&mut self, failure: &Failure, now: Duration) -> Option<Duration> {
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
        let is_unauthorized = failure.kind() == FailureKind::Unauthorized;
        if is_unauthorized && std::mem::replace(&mut page.was_unauthorized, true) {
            return None;
        }
        let delay = match failure.retry_after() {
            // A renewed token is as good now as later.
            None if is_unauthorized => Duration::ZERO,
            None => page.delays.next().unwrap_or(policy.longest_delay),
            Some(asked) => asked.max(page.delays.next().unwrap_or_default()),
        };
        let page_time = now.saturating_sub(page.since) + delay;
        self.was_connected |= failure.kind() != FailureKind::Connect;
        let attempts = if self.was_connected {
            policy.per_page.attempts
        } else {
            policy.per_page.attempts.min(policy.first_connections)
        };
        let is_within = page.attempts < attempts
            && self.pull_attempts < policy.per_pull.attempts
            && page_time <= policy.per_page.time
            && self.pull_time + page_time <= policy.per_pull.time;
        if !is_within {
            return None;
        }
        page.attempts += 1;
        self.pull_attempts += 1;
        Some(delay)
    }

    /// Attempts at the present page that failed and were followed by another.
    pub(crate) fn attempts(&self) -> u32 {
        self.page.as_ref().map_or(0, |page| page.attempts)
    }

    /// The page was had, or given up: what it took is the pull's.
    pub(crate) fn page_done(&mut self, now: Duration) {
        self.was_connected = true;
        if let Some(page) = self.page.take() {
            self.pull_time += now.saturating_sub(page.since);
        }
    }
}
