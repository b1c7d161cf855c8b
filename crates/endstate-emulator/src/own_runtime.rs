//! A runtime on a thread of its own, for an emulator whose client blocks.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Runtime};

/// Dropping it ends its tasks at once, also within another runtime.
#[derive(Debug)]
pub(crate) struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    pub(crate) fn new() -> io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("endstate-emulator").enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a future to its end. Its tasks run on.
    pub(crate) fn run<T: Send>(&self, future: impl Future<Output = io::Result<T>> + Send) -> io::Result<T> {
        let gone = || io::Error::other("the thread of the emulator has ended");
        let Some(runtime) = &self.0 else { return Err(gone()) };
        // The caller may be within another runtime, on whose threads no runtime may block.
        thread::scope(|scope| scope.spawn(|| runtime.block_on(future)).join().unwrap_or_else(|_| Err(gone())))
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
