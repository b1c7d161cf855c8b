//! The clock of a running program.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::Clock;

/// The time of a tokio runtime, which is real time unless a test pauses it.
#[derive(Debug)]
pub struct TokioClock(Instant);

impl TokioClock {
    /// A clock that begins now.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
