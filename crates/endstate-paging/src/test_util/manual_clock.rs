//! A clock whose time passes only when a caller sleeps on it or advances it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::Clock;

/// A clock that does not wait: a sleep moves its time forward and returns at once.
#[derive(Debug, Default)]
pub struct ManualClock(Mutex<Vec<Duration>>);

impl ManualClock {
    /// A clock at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves time forward.
    pub fn advance(&self, duration: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
    }

    /// All sleeps and advances so far, in order.
    pub fn passed(&self) -> Vec<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().sum()
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}
