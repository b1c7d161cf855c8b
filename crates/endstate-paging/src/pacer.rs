//! Pacing by an exact sliding window: as fast as the limits allow, and never a call too many.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::select;

use crate::Clock;

/// Admits calls under limits per minute and per hour.
///
/// A burst up to a limit runs at full speed. No window of a minute or an hour holds more calls than
/// its limit, whatever its start. A call counts from its permission until a whole window after its
/// response began. The server counts the call at some moment in between, so the window of the
/// server agrees.
#[derive(Debug)]
pub struct Pacer {
    clock: Arc<dyn Clock>,
    windows: Vec<Window>,
    calls: Mutex<Calls>,
}

/// The calls that a tenant and app may make. `None` removes a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallLimits {
    /// Calls in any minute; 100 by default (Microsoft's documentation of the current API).
    pub per_minute: Option<NonZeroU32>,
    /// Calls in any hour; 1,500 by default (the same source).
    pub per_hour: Option<NonZeroU32>,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { per_minute: NonZeroU32::new(100), per_hour: NonZeroU32::new(1500) }
    }
}

impl CallLimits {
    /// No limits, for a service without documented ones.
    pub const NONE: Self = Self { per_minute: None, per_hour: None };

    /// The calls of advanced hunting that a tenant may make: 45 in any minute and 1,500 in any hour
    /// (Microsoft Graph, `runHuntingQuery`; the hour is that of the older endpoint).
    pub fn for_hunting() -> Self {
        Self::default().per_minute(NonZeroU32::new(45))
    }

    /// The requests of lists of an export's files: 5 in any minute and 20 in any hour (Defender for
    /// Endpoint, "Export secure configuration assessment per device"). Downloads are no calls.
    pub fn for_export() -> Self {
        Self::default().per_minute(NonZeroU32::new(5)).per_hour(NonZeroU32::new(20))
    }

    /// Sets the calls in any minute; `None` removes the limit.
    #[must_use]
    pub fn per_minute(mut self, calls: Option<NonZeroU32>) -> Self {
        self.per_minute = calls;
        self
    }

    /// Sets the calls in any hour; `None` removes the limit.
    #[must_use]
    pub fn per_hour(mut self, calls: Option<NonZeroU32>) -> Self {
        self.per_hour = calls;
        self
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    length: Duration,
    limit: usize,
}

#[derive(Debug, Default)]
struct Calls {
    in_flight: usize,
    /// Who waits for the end of a call.
    waiting: Vec<oneshot::Sender<()>>,
    /// When the responses of the last calls began, in order.
    ended: VecDeque<Duration>,
}

/// When to try the next call.
enum Wait {
    Until(Duration),
    /// Every call that counts is still in flight.
    ForAnEnd,
}

/// The permission to make one call. Drop it when the response begins or the call has failed.
#[derive(Debug)]
#[must_use = "the call counts as over when the permit is dropped"]
pub struct Permit<'p>(&'p Pacer);

impl Pacer {
    /// A pacer that has not admitted a call yet.
    pub fn new(limits: CallLimits, clock: Arc<dyn Clock>) -> Self {
        let window = |length, limit: Option<NonZeroU32>| {
            let limit = usize::try_from(limit?.get()).unwrap_or(usize::MAX);
            Some(Window { length, limit })
        };
        let minute = window(Duration::from_secs(60), limits.per_minute);
        let hour = window(Duration::from_secs(60 * 60), limits.per_hour);
        let windows = minute.into_iter().chain(hour).collect();
        Self { clock, windows, calls: Mutex::default() }
    }

    /// Waits until one more call is within the limits.
    pub async fn admit(&self) -> Permit<'_> {
        loop {
            let (wait, ended) = match self.try_admit() {
                Ok(permit) => return permit,
                Err(wait) => wait,
            };
            // The sender is dropped only after it was used.
            let ended = ended.map(drop);
            match wait {
                Wait::ForAnEnd => ended.await,
                Wait::Until(time) => {
                    let duration = time.saturating_sub(self.clock.now());
                    select(self.clock.sleep(duration), ended).await;
                }
            }
        }
    }

    /// The number of calls that could be made at once now; `None` without limits.
    pub fn calls_left(&self) -> Option<usize> {
        let calls = self.calls();
        let now = self.clock.now();
        self.windows.iter().map(|window| window.limit.saturating_sub(calls.within(window, now))).min()
    }

    /// How long a call would have to wait now; `None` if it need not wait, or if only a call in
    /// flight has to end.
    pub fn wait(&self) -> Option<Duration> {
        let now = self.clock.now();
        match self.next_call(&self.calls(), now) {
            Err(Wait::Until(time)) => Some(time.saturating_sub(now)),
            Ok(()) | Err(Wait::ForAnEnd) => None,
        }
    }

    /// Admits a call, or says what to wait for, with a signal of the next end of a call.
    fn try_admit(&self) -> Result<Permit<'_>, (Wait, oneshot::Receiver<()>)> {
        let mut calls = self.calls();
        let now = self.clock.now();
        if let Some(longest) = self.windows.iter().map(|window| window.length).max() {
            calls.forget_before(now.saturating_sub(longest), now >= longest);
        }
        if let Err(wait) = self.next_call(&calls, now) {
            let (sender, ended) = oneshot::channel();
            // Those that no longer wait would pile up otherwise.
            calls.waiting.retain(|waiting| !waiting.is_canceled());
            calls.waiting.push(sender);
            return Err((wait, ended));
        }
        calls.in_flight += 1;
        Ok(Permit(self))
    }

    /// Whether one more call is within the limits.
    fn next_call(&self, calls: &Calls, now: Duration) -> Result<(), Wait> {
        let mut until = None;
        for window in &self.windows {
            let Some(excess) = calls.within(window, now).checked_sub(window.limit) else { continue };
            let first = calls.ended.len() - calls.ended_within(window, now);
            match calls.ended.get(first + excess) {
                Some(ended) => until = until.max(Some(*ended + window.length)),
                None => return Err(Wait::ForAnEnd),
            }
        }
        until.map_or(Ok(()), |time| Err(Wait::Until(time)))
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    /// Returns the calls that count in the window that ends now.
    fn within(&self, window: &Window, now: Duration) -> usize {
        self.in_flight + self.ended_within(window, now)
    }

    fn ended_within(&self, window: &Window, now: Duration) -> usize {
        match now.checked_sub(window.length) {
            Some(start) => self.ended.len() - self.ended.partition_point(|ended| *ended <= start),
            None => self.ended.len(),
        }
    }

    fn forget_before(&mut self, start: Duration, has_passed: bool) {
        if has_passed {
            let past = self.ended.partition_point(|ended| *ended <= start);
            self.ended.drain(..past);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.in_flight -= 1;
        // Read under the lock, to keep the times in order.
        let now = self.0.clock.now();
        if !self.0.windows.is_empty() {
            calls.ended.push_back(now);
        }
        let waiting = std::mem::take(&mut calls.waiting);
        drop(calls);
        for waiting in waiting {
            // Who no longer waits needs no signal.
            let _ = waiting.send(());
        }
    }
}
