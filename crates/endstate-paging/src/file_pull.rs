//! The builder of a pull of files: which export, and how its files are read.

use std::fmt;
use std::sync::Arc;

use crate::files::FilesPlan;
use crate::{Canceller, Clock, FileTransport, Files, RetryNotice, RetryPolicy};

/// A pull of the files of an export, which has not started yet.
///
/// First the list is fetched, then each file is read in order, line by line, in memory that does
/// not depend on its size. A URL that has expired is renewed by another list of the same
/// generation.
#[must_use = "a pull does nothing until its files are read"]
pub struct FilePull {
    plan: FilesPlan,
}

impl FilePull {
    /// A pull of the files that the transport lists.
    pub fn new(transport: Arc<dyn FileTransport>, clock: Arc<dyn Clock>) -> Self {
        let plan = FilesPlan {
            transport,
            clock,
            retry: RetryPolicy::default(),
            canceller: Canceller::new(),
            on_retry: Arc::new(|_| {}),
            max_files: None,
            max_list_bytes: 64 * 1024 * 1024,
            max_line_bytes: 4 * 1024 * 1024,
        };
        Self { plan }
    }

    /// Sets how failing files are retried. The budget of a page is that of a file.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.plan.retry = policy;
        self
    }

    /// Sets the maximum files to read; `None`, the default, reads all. If there are more, the pull
    /// is incomplete: [`Reason::Limit`](crate::Reason::Limit).
    pub fn max_files(mut self, files: Option<u64>) -> Self {
        self.plan.max_files = files;
        self
    }

    /// Sets the maximum bytes of a line; 4 MiB by default. A row has some 600 bytes.
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.plan.max_line_bytes = bytes;
        self
    }

    /// Makes it possible to cancel the pull from outside. A file that is arriving is given up.
    pub fn canceller(mut self, canceller: Canceller) -> Self {
        self.plan.canceller = canceller;
        self
    }

    /// Calls `notify` each time before the list or a file is fetched again.
    pub fn on_retry(mut self, notify: impl Fn(&RetryNotice) + Send + Sync + 'static) -> Self {
        self.plan.on_retry = Arc::new(notify);
        self
    }

    /// The files, in order. Nothing is requested before the first call of [`Files::next_file`].
    pub fn files(self) -> Files {
        Files::new(self.plan)
    }
}

impl fmt::Debug for FilePull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilesPlan { transport, max_files, .. } = &self.plan;
        f.debug_struct("FilePull").field("transport", transport).field("max_files", max_files).finish_non_exhaustive()
    }
}
