//! The clock of a walk. The caller provides it, so this crate needs no runtime and tests do not
//! wait.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// A monotonic clock that can also wait.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time since a fixed point that the clock chooses. It never goes backwards.
    fn now(&self) -> Duration;

    /// Returns after at least `duration`. Dropping the future ends the wait.
    async fn sleep(&self, duration: Duration);
}
