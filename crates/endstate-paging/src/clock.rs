//! Time as the walk needs it, given from outside: no runtime in here, and no waiting in tests.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// A monotonic clock that can be waited on.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time since a fixed point of the clock's own choice; never goes backwards.
    fn now(&self) -> Duration;

    /// Returns after at least `duration`. Dropping the future ends the wait.
    async fn sleep(&self, duration: Duration);
}
