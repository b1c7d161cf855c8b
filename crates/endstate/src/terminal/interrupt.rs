//! Ctrl-C, from a moment that the caller chooses.

use std::io;
use std::pin::Pin;

use futures_util::FutureExt;

/// The next Ctrl-C.
pub(crate) type Interrupt = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Listens from now on: a Ctrl-C before the future is awaited is not lost, and does not kill the
/// program.
///
/// The runtime's own future begins to listen when it is first polled. In a task of its own, that is
/// some time later.
pub(crate) fn listen() -> Interrupt {
    let mut interrupt: Interrupt = Box::pin(tokio::signal::ctrl_c());
    match interrupt.as_mut().now_or_never() {
        None => interrupt,
        Some(result) => Box::pin(std::future::ready(result)),
    }
}
