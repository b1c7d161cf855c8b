//! The counts of one pull of a history.

use endstate_model::UtcTime;
use hashbrown::HashMap;

use crate::NumberedRow;

/// The counts of the pull to which rows are added.
#[derive(Debug, Default)]
pub(crate) struct PullCounter {
    pub(crate) started_at: Option<UtcTime>,
    pub(crate) devices: u64,
    pub(crate) not_known: u64,
    pub(crate) need_attention: u64,
    /// Devices by the number of their set of properties.
    pub(crate) by_set: Vec<u64>,
    pub(crate) by_build: HashMap<Option<u32>, (u64, u64)>,
    pub(crate) by_group: HashMap<u32, (u64, u64)>,
}

impl PullCounter {
    pub(crate) fn add(&mut self, row: &NumberedRow<'_>, needs_attention: bool, group: u32) {
        self.devices += 1;
        self.need_attention += u64::from(needs_attention);
        self.not_known += u64::from(!row.is_known && !needs_attention);
        let set = row.properties.0 as usize;
        if self.by_set.len() <= set {
            self.by_set.resize(set + 1, 0);
        }
        self.by_set[set] += 1;
        let add = |counts: &mut (u64, u64)| {
            counts.0 += 1;
            counts.1 += u64::from(needs_attention);
        };
        add(self.by_build.entry(row.build).or_default());
        add(self.by_group.entry(group).or_default());
    }
}
