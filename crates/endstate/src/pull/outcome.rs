//! How the run of a pull ended.

use endstate_paging::FetchError;

use crate::exit::Exit;
use crate::store::receipt::Receipt;

/// The end of a pull: its receipt, and what else there is to say.
#[derive(Debug)]
pub(crate) struct EndedPull {
    pub(crate) receipt: Receipt,
    /// The failed attempt that ended it, if an attempt failed.
    pub(crate) failure: Option<FetchError>,
    /// Readable rows that did not match the condition.
    pub(crate) not_matching: u64,
    /// The Microsoft Entra admin center of its cloud.
    pub(crate) entra_portal: &'static str,
}

impl EndedPull {
    /// The exit code of this pull alone.
    pub(crate) fn exit(&self) -> Exit {
        Exit::for_pull(self.receipt.outcome(), self.receipt.pages)
    }
}
