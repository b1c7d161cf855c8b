//! The settings of today's APIs.

use jiff::Timestamp;

use super::fault::DefenderFault;
use super::machines_paging::MachinesPaging;

/// What an [`EmulatorBuilder`](crate::EmulatorBuilder) sets for today's APIs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `None` means the time of the start.
    pub(crate) now: Option<Timestamp>,
    pub(crate) machines_paging: MachinesPaging,
    /// Maximum number of items on a page of machines or of antivirus health.
    pub(crate) machines_page_size: u64,
    /// Maximum number of rows of a hunting query. The service cuts off the rest without an error.
    pub(crate) hunting_row_limit: u64,
    pub(crate) faults: Vec<DefenderFault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            now: None,
            machines_paging: MachinesPaging::default(),
            machines_page_size: 10_000,
            hunting_row_limit: 100_000,
            faults: Vec::new(),
        }
    }
}
