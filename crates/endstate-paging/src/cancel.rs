//! Cancelling a pull from outside, such as from a Ctrl-C handler.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::future::{Either, select};
use futures_util::task::AtomicWaker;

/// Ends a pull: at once if it waits or if no response has begun, else after the page that is
/// arriving.
///
/// Clones cancel the same pull. One canceller belongs to one pull.
#[derive(Debug, Clone, Default)]
pub struct Canceller(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_cancelled: AtomicBool,
    waker: AtomicWaker,
}

impl Canceller {
    /// A canceller that has not been used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels. Any further call does nothing.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Release);
        self.0.waker.wake();
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::Acquire)
    }

    /// Returns whether the pull is cancelled. If not, the task is woken once it is.
    pub(crate) fn poll_is_cancelled(&self, context: &Context<'_>) -> bool {
        self.0.waker.register(context.waker());
        self.is_cancelled()
    }

    /// Returns the output of a future, or `None` if the pull is cancelled first.
    pub(crate) async fn unless_cancelled<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let cancelled =
            poll_fn(|context| if self.poll_is_cancelled(context) { Poll::Ready(()) } else { Poll::Pending });
        match select(pin!(cancelled), pin!(future)).await {
            Either::Left(_) => None,
            Either::Right((output, _)) => Some(output),
        }
    }
}
