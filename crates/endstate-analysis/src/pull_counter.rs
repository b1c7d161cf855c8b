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
    by_build: HashMap<Option<u32>, (u64, u64)>,
    /// Counts that are not in `by_build` yet, of the last build with each place here. To find a
    /// build here takes half as long.
    recent_builds: [(Option<u32>, (u64, u64)); 32],
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
        let recent = &mut self.recent_builds[row.build.unwrap_or_default() as usize % 32];
        if recent.0 != row.build {
            let (build, counts) = std::mem::replace(recent, (row.build, (0, 0)));
            let all = self.by_build.entry(build).or_default();
            *all = (all.0 + counts.0, all.1 + counts.1);
        }
        add(&mut recent.1);

        if group == NONE {
            return add(&mut self.without_group);
        }
        let group = group as usize;
        if self.by_group.len() <= group {
            self.by_group.resize(group + 1, (0, 0));
        }
        add(&mut self.by_group[group]);
    }

    /// Takes the counts by build.
    pub(crate) fn take_builds(&mut self) -> HashMap<Option<u32>, (u64, u64)> {
        let mut builds = std::mem::take(&mut self.by_build);
        for (build, counts) in std::mem::take(&mut self.recent_builds) {
            let all = builds.entry(build).or_default();
            *all = (all.0 + counts.0, all.1 + counts.1);
        }
        builds
    }
}

#[cfg(test)]
mod tests {
    use endstate_model::DeviceId;

    use super::*;
    use crate::SetNumber;

    #[test]
    fn builds_that_share_a_place_are_counted_apart() {
        let mut counter = PullCounter::default();
        let id = DeviceId::from("0001");
        let builds = [Some(19_045), Some(19_045 + 32), None, Some(0), Some(19_045), None, Some(32)];
        for (number, build) in builds.into_iter().enumerate() {
            let properties = SetNumber(0);
            let row = NumberedRow { id: &id, properties, not_known: None, is_known: true, build, group: None };
            counter.add(&row, number % 2 == 0, NONE);
        }
        let mut all: Vec<_> = counter.take_builds().into_iter().filter(|(_, counts)| counts.0 > 0).collect();
        all.sort_unstable();
        let expected =
            [(None, (2, 1)), (Some(0), (1, 0)), (Some(32), (1, 1)), (Some(19_045), (2, 2)), (Some(19_077), (1, 0))];
        assert_eq!(all, expected);
    }
}
