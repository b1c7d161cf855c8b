//! The threads on which files are read and written.

use std::future::Future;
use std::sync::mpsc::channel;

use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime of its own, so methods may wait in any thread that may block.
#[derive(Debug)]
pub(crate) struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    pub(crate) fn new() -> std::io::Result<Self> {
        Builder::new_multi_thread().worker_threads(2).enable_all().build().map(|runtime| Self(Some(runtime)))
    }

    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }

    /// Runs a task to its end. `None` if it panicked.
    pub(crate) fn wait<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (sender, receiver) = channel();
        self.handle()?.spawn(async move {
            // No one waits any more if this fails.
            _ = sender.send(task.await);
        });
        receiver.recv().ok()
    }
}

/// A runtime must not be dropped where blocking is not allowed, which this avoids.
impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
