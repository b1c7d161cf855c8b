//! Counts calls as the service does, in sliding windows of a minute and an hour.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

/// The maximum calls in any minute and any hour. `None` means no limit. The defaults are 100 and
/// 1,500.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallLimits {
    /// Maximum calls in any minute.
    pub per_minute: Option<NonZeroU32>,
    /// Maximum calls in any hour.
    pub per_hour: Option<NonZeroU32>,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { per_minute: NonZeroU32::new(100), per_hour: NonZeroU32::new(1500) }
    }
}

impl CallLimits {
    /// No limits: the service accepts every call.
    pub const NONE: Self = Self { per_minute: None, per_hour: None };

    /// Sets the maximum calls in any minute. `None` removes the limit.
    #[must_use]
    pub fn per_minute(mut self, calls: Option<NonZeroU32>) -> Self {
        self.per_minute = calls;
        self
    }

    /// Sets the maximum calls in any hour. `None` removes the limit.
    #[must_use]
    pub fn per_hour(mut self, calls: Option<NonZeroU32>) -> Self {
        self.per_hour = calls;
        self
    }
}

/// The calls that were served in the last hour.
#[derive(Debug)]
pub(crate) struct ServedCalls {
    limits: CallLimits,
    /// The times of these calls, since a fixed point.
    times: VecDeque<Duration>,
}

impl ServedCalls {
    pub(crate) fn new(limits: CallLimits) -> Self {
        Self { limits, times: VecDeque::new() }
    }

    /// Forgets all calls.
    pub(crate) fn reset(&mut self) {
        self.times.clear();
    }

    /// Counts a call, unless it exceeds a limit.
    ///
    /// # Errors
    /// How long the caller must wait, if the call exceeds a limit. Such a call is not counted.
    pub(crate) fn count(&mut self, now: Duration) -> Result<(), Duration> {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        while self.times.front().is_some_and(|time| now.saturating_sub(*time) >= HOUR) {
            self.times.pop_front();
        }
        for (window, limit) in [(MINUTE, self.limits.per_minute), (HOUR, self.limits.per_hour)] {
            let Some(limit) = limit.and_then(|limit| usize::try_from(limit.get()).ok()) else { continue };
            let Some(oldest) = self.times.len().checked_sub(limit) else { continue };
            let age = now.saturating_sub(self.times[oldest]);
            if age < window {
                return Err(window.saturating_sub(age));
            }
        }
        if self.limits != CallLimits::NONE {
            self.times.push_back(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_after_the_limit_waits_until_the_oldest_is_a_window_old() {
        let limits = CallLimits { per_minute: NonZeroU32::new(2), per_hour: NonZeroU32::new(3) };
        let mut calls = ServedCalls::new(limits);
        let at = Duration::from_secs;
        assert_eq!(calls.count(at(0)), Ok(()));
        assert_eq!(calls.count(at(10)), Ok(()));
        assert_eq!(calls.count(at(20)), Err(Duration::from_secs(40)));
        assert_eq!(calls.count(at(60)), Ok(()));
        assert_eq!(calls.count(at(100)), Err(Duration::from_secs(3500)), "the hour's limit");
        assert_eq!(calls.count(at(3600)), Ok(()));
    }
}
