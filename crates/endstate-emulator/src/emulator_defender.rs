//! The public interface of today's APIs of an emulator.

use jiff::Timestamp;

use crate::defender::{DEFENDER_PATH, GRAPH_PATH};
use crate::query::LARGEST_PAGE;
use crate::{DefenderFault, Emulator, EmulatorBuilder, MachinesPaging};

impl EmulatorBuilder {
    /// Sets the time from which today's APIs compute when each device was seen. The default is the
    /// time of the start. How long ago a device was seen depends only on the seed and its position,
    /// so the clock never changes which devices are stale.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.defender.now = Some(now);
        self
    }

    /// Sets how `/api/machines` is paged. The default is [`MachinesPaging::Skip`].
    pub fn machines_paging(mut self, paging: MachinesPaging) -> Self {
        self.defender.machines_paging = paging;
        self
    }

    /// Sets the maximum number of items on a page of `/api/machines` and of `/api/deviceavinfo`.
    /// The range is 1 to 10,000, which is the default. Even a larger `$top` returns no more.
    pub fn machines_page_size(mut self, machines: u64) -> Self {
        self.defender.machines_page_size = machines.clamp(1, LARGEST_PAGE);
        self
    }

    /// Sets the maximum number of rows of a hunting query: 100,000 by default, as in Microsoft
    /// Graph. Further rows are cut off without an error.
    pub fn hunting_row_limit(mut self, rows: u64) -> Self {
        self.defender.hunting_row_limit = rows;
        self
    }

    /// Scripts faults of today's APIs, in addition to faults from earlier calls.
    pub fn defender_faults(mut self, faults: impl IntoIterator<Item = DefenderFault>) -> Self {
        self.defender.faults.extend(faults);
        self
    }
}

impl Emulator {
    /// Returns the base URL of today's APIs of Defender for Endpoint, such as
    /// `http://127.0.0.1:40123/api`. They accept the same token as the preview family.
    pub fn defender_root(&self) -> String {
        format!("{}{DEFENDER_PATH}", self.origin())
    }

    /// Returns the base URL of Microsoft Graph, such as `http://127.0.0.1:40123/v1.0`. It accepts
    /// the same token as the preview family.
    pub fn graph_root(&self) -> String {
        format!("{}{GRAPH_PATH}", self.origin())
    }
}
