//! Work that can run beside a pull.

use std::pin::Pin;
use std::sync::Arc;

/// Work that can run beside the pull, in a task; see [`Pull::spawn`](crate::Pull::spawn).
pub type PageTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs tasks.
pub(crate) type Spawn = Arc<dyn Fn(PageTask) + Send + Sync>;
