//! The devices of a history, found by where they were in the pull before.

use endstate_model::DeviceId;
use endstate_odata::EntityKeys;

use crate::open_properties::OpenList;
use crate::place::{NONE, number};

/// The devices of a history.
#[derive(Debug, Default)]
pub(crate) struct KnownDevices {
    pub(crate) ids: EntityKeys,
    /// Each device, at the place of its id.
    pub(crate) devices: Vec<KnownDevice>,
    /// The known properties of each that were resolved, a bit each. Few pulls of a device need it.
    pub(crate) resolved: Vec<u64>,
    /// The place of the device that came after each in the last pull that had both. A list of its
    /// own, because finding a device waits for the place of the one before, and this fits into the
    /// cache of a processor when all devices do not.
    next: Vec<u32>,
    /// The place of the device that was added last.
    last: u32,
    /// The place of the device that was expected when another one came.
    expected: u32,
}

/// What is known of a device after the last pull that had it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownDevice {
    /// The properties that are open.
    pub(crate) open: u32,
    /// The properties that were not known; `NONE` if its list was not known whole.
    pub(crate) not_known: u32,
    pub(crate) group: u32,
    pub(crate) last_pull: u32,
    /// Since when its properties are open.
    pub(crate) opened: OpenList,
}

impl KnownDevice {
    /// A device of which no pull is known yet.
    pub(crate) fn new(group: u32) -> Self {
        let opened = OpenList::default();
        Self { open: NONE, not_known: NONE, group, last_pull: NONE, opened }
    }
}

impl KnownDevices {
    /// Begins the next pull. It begins with the device that came first of all, if that still
    /// exists.
    pub(crate) fn begin_pull(&mut self) {
        (self.last, self.expected) = (NONE, 0);
    }

    /// The place of the next device of a pull, which is `new` if no pull had it.
    pub(crate) fn place(&mut self, id: &DeviceId, new: impl FnOnce() -> KnownDevice) -> usize {
        let (place, is_new) = self.find(id);
        if is_new {
            self.devices.push(new());
            self.resolved.push(0);
            self.next.push(NONE);
        }
        if let Some(next) = self.next.get_mut(self.last as usize) {
            *next = number(place);
        }
        self.last = number(place);
        place
    }

    /// The place of a device, and whether it is new. Pulls of a fleet mostly have the same order.
    /// So the device is expected that came next in the pull before, or the one after that, or the
    /// one before which new devices came.
    fn find(&mut self, id: &DeviceId) -> (usize, bool) {
        let joined;
        let key = if id.as_key().as_digest().is_some() {
            id.as_key()
        } else {
            joined = id.to_join();
            joined.as_key()
        };
        let next = |place: u32| self.next.get(place as usize).copied().unwrap_or(NONE);
        let expected = next(self.last);
        let guesses = [expected, self.expected, next(expected)];
        let keys = self.ids.as_slice();
        if let Some(place) = guesses.into_iter().find(|place| keys.get(*place as usize) == Some(key)) {
            return (place as usize, false);
        }
        if expected != NONE {
            self.expected = expected;
        }
        self.ids.insert(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_takes_20_bytes() {
        assert_eq!(size_of::<KnownDevice>(), 20);
    }
}
