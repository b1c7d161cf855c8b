//! The counts of one pull of a history.

use endstate_model::UtcTime;
use hashbrown::HashMap;

use crate::NumberedRow;
use crate::place::NONE;

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
    /// Devices by the number of their group.
    pub(crate) by_group: Vec<(u64, u64)>,
    /// Devices without a group.
    pub(crate) without_group: (u64, u64),
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
        if group == NONE {
            return add(&mut self.without_group);
        }
        let group = group as usize;
        if self.by_group.len() <= group {
            self.by_group.resize(group + 1, (0, 0));
        }
        add(&mut self.by_group[group]);
    }
}
