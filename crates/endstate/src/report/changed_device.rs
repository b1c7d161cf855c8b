//! The devices that changed, in little memory: many devices change in the same way.

use std::collections::HashSet;
use std::rc::Rc;

use endstate_analysis::DeviceChange;
use endstate_model::DeviceId;
use serde::Serialize;

/// A device that changed: 64 bytes, beside its name.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ChangedDevice {
    pub(crate) id: DeviceId,
    /// Its tenant, of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<Rc<str>>,
    /// Its name in the newer pull, if that knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Box<str>>,
    #[serde(flatten)]
    pub(crate) change: Rc<DeviceChange>,
}

/// Changes, of which equal ones are kept once.
#[derive(Debug, Default)]
pub(crate) struct Changes(HashSet<Rc<DeviceChange>>);

impl Changes {
    pub(crate) fn keep(&mut self, change: DeviceChange) -> Rc<DeviceChange> {
        if let Some(known) = self.0.get(&change) {
            return Rc::clone(known);
        }
        let change = Rc::new(change);
        self.0.insert(Rc::clone(&change));
        change
    }
}
