//! A pull in the table of states.

use endstate_model::UtcTime;

use crate::{PullId, TenantName};

/// A pull in the table of states.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The pull.
    pub pull: PullId,
    /// The tenant; `None` if nothing named it.
    pub tenant: Option<TenantName>,
    /// When the pull started.
    pub started_at: UtcTime,
    /// Its states, one a device.
    pub devices: u64,
    /// The files that have its states, relative to the table. Another engine may have merged
    /// several pulls into one file, or spread one over several.
    pub(crate) paths: Vec<String>,
}

impl Snapshot {
    /// Adds the part of the same pull that another file has.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.devices += other.devices;
        self.paths.append(&mut other.paths);
    }
}
