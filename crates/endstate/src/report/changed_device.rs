//! The devices that changed, in little memory: many devices change in the same way.

use std::collections::HashSet;
use std::rc::Rc;

use endstate_analysis::{Appearance, DeviceChange, Version};
use endstate_model::{AttentionProperties, DeviceId};

/// A device that changed: 64 bytes, beside its name.
#[derive(Debug)]
pub(crate) struct ChangedDevice {
    pub(crate) id: DeviceId,
    pub(crate) tenant: Option<Rc<str>>,
    /// Its name in the newer pull, if that knows it.
    pub(crate) name: Option<Box<str>>,
    pub(crate) change: Rc<Change>,
}

/// What changed, as in [`DeviceChange`].
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Change {
    pub(crate) appearance: Appearance,
    pub(crate) new: AttentionProperties,
    pub(crate) resolved: AttentionProperties,
    pub(crate) persisting: AttentionProperties,
    pub(crate) version_before: Version,
    pub(crate) version: Version,
    pub(crate) since: Option<u32>,
}

/// Changes, of which equal ones are kept once.
#[derive(Debug, Default)]
pub(crate) struct Changes(HashSet<Rc<Change>>);

impl Changes {
    pub(crate) fn keep(&mut self, change: DeviceChange) -> (DeviceId, Rc<Change>) {
        let DeviceChange { id, appearance, new, resolved, persisting, version_before, version, since, .. } = change;
        let change = Change { appearance, new, resolved, persisting, version_before, version, since };
        if let Some(known) = self.0.get(&change) {
            return (id, Rc::clone(known));
        }
        let change = Rc::new(change);
        self.0.insert(Rc::clone(&change));
        (id, change)
    }
}
