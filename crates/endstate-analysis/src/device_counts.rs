//! Counts devices by a text of the device: its group, its tags, its platform, its users.

use endstate_model::ParsedState;
use hashbrown::HashMap;

use crate::Tally;

/// What devices are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceKey {
    /// The device group.
    Group,
    /// Each tag: a device with two tags counts in two rows.
    Tag,
    /// The operating system.
    Platform,
    /// Each signed-in user.
    Owner,
}

/// Devices by such a text, and how many of them need attention.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeviceCounts {
    key: Option<DeviceKey>,
    counts: HashMap<Option<Box<str>>, (u64, u64)>,
    /// Devices of which it is not known whether they have such a text.
    not_known: u64,
}

impl DeviceCounts {
    pub(crate) fn new(key: DeviceKey) -> Self {
        Self { key: Some(key), counts: HashMap::new(), not_known: 0 }
    }

    pub(crate) fn add(&mut self, state: &ParsedState<'_>, needs_attention: u64) {
        let Some(key) = self.key else { return };
        let device = state.device.as_deref();
        let source = state.assessment.as_ref().map(|assessment| &assessment.source);
        let field = match key {
            DeviceKey::Group => "group",
            DeviceKey::Tag => "tags",
            DeviceKey::Platform => "platform",
            DeviceKey::Owner => "users",
        };
        self.not_known += u64::from(!device.is_some_and(|device| device.knows(field, source)));
        match (key, device) {
            (_, None) => self.count(None, needs_attention),
            (DeviceKey::Group, Some(device)) => self.count(device.group.as_deref(), needs_attention),
            (DeviceKey::Platform, Some(device)) => self.count(device.platform.as_deref(), needs_attention),
            (DeviceKey::Tag, Some(device)) => self.each(&device.tags, needs_attention),
            (DeviceKey::Owner, Some(device)) => self.each(&device.users, needs_attention),
        }
    }

    fn each(&mut self, texts: &[Box<str>], needs_attention: u64) {
        if texts.is_empty() {
            self.count(None, needs_attention);
        }
        for (place, text) in texts.iter().enumerate() {
            if !texts[..place].contains(text) {
                self.count(Some(text), needs_attention);
            }
        }
    }

    fn count(&mut self, text: Option<&str>, needs_attention: u64) {
        let counts = self.counts.entry(text.map(Into::into)).or_default();
        counts.0 += 1;
        counts.1 += needs_attention;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.key = self.key.or(other.key);
        self.not_known += other.not_known;
        for (text, (devices, need_attention)) in other.counts {
            let counts = self.counts.entry(text).or_default();
            counts.0 += devices;
            counts.1 += need_attention;
        }
    }

    pub(crate) fn not_known(&self) -> u64 {
        self.not_known
    }

    /// The rows: those with the most devices that need attention first, devices without the text
    /// last.
    pub(crate) fn into_sorted(self) -> Vec<Tally<Option<Box<str>>>> {
        let rows = self.counts.into_iter();
        let mut rows: Vec<_> =
            rows.map(|(key, (devices, need_attention))| Tally { key, devices, need_attention }).collect();
        rows.sort_unstable_by(|row, other| {
            let place = |row: &Tally<Option<Box<str>>>| {
                (row.key.is_none(), u64::MAX - row.need_attention, u64::MAX - row.devices)
            };
            place(row).cmp(&place(other)).then_with(|| row.key.cmp(&other.key))
        });
        rows
    }
}
