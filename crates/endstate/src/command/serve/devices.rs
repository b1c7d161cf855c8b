//! The devices of a pull of the service: those of its report, and whether they are the same as
//! before.

use std::hash::{DefaultHasher, Hash, Hasher};

use endstate_analysis::DeviceChange;
use endstate_model::MachineSecurityState;

use crate::command::fleet::DeviceSink;
use crate::command::report::ListedDevices;
use crate::rows::Row;

/// The devices of a pull.
pub(super) struct ServedDevices {
    pub(super) listed: ListedDevices,
    /// The same for the same devices with the same properties, in any order.
    pub(super) digest: u64,
}

impl ServedDevices {
    pub(super) fn new(includes_informational: bool) -> Self {
        Self { listed: ListedDevices::new(includes_informational), digest: 0 }
    }
}

impl DeviceSink for ServedDevices {
    fn device(&mut self, row: &Row<'_, MachineSecurityState>, tenant: Option<&str>, change: Option<DeviceChange>) {
        if let Ok(state) = row.item() {
            let mut hasher = DefaultHasher::new();
            (state.id.to_string(), state.is_known()).hash(&mut hasher);
            state.properties_require_attention.iter().for_each(|property| property.as_str().hash(&mut hasher));
            self.digest = self.digest.wrapping_add(hasher.finish());
        }
        self.listed.device(row, tenant, change);
    }
}
