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
    pub(crate) not_known: u32,
    /// Whether its list of properties was known whole.
    pub(crate) is_whole: bool,
    pub(crate) group: u32,
    pub(crate) last_pull: u32,
    /// The place of the device that came after it in the last pull that had both.
    pub(crate) next: u32,
    /// The known properties that were resolved, a bit each.
    pub(crate) resolved: u64,
    /// Since when its properties are open.
    pub(crate) opened: OpenList,
}

impl KnownDevice {
    /// A device of which no pull is known yet.
    pub(crate) fn new(is_whole: bool, group: u32) -> Self {
        let opened = OpenList::default();
        Self { open: NONE, not_known: NONE, is_whole, group, last_pull: NONE, next: NONE, resolved: 0, opened }
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
        }
        if let Some(last) = self.devices.get_mut(self.last as usize) {
            last.next = number(place);
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
        let next = |place: u32| self.devices.get(place as usize).map_or(NONE, |device| device.next);
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
