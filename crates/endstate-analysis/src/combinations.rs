//! Counts which properties occur together on devices.

use endstate_model::AttentionProperties;
use hashbrown::HashMap;

use crate::Tally;

/// Counts devices by the full set of properties that require attention on them.
///
/// A fleet has few combinations, but a server could send a new one with each device. Once
/// [`MOST`](Self::MOST) combinations are known, devices with any other combination share one count.
/// Each count stays exact.
#[derive(Debug, Clone, Default)]
pub(crate) struct Combinations {
    counts: HashMap<AttentionProperties, u64>,
    others: u64,
}

impl Combinations {
    /// Maximum number of combinations with a count: a few megabytes at most.
    pub(crate) const MOST: usize = 65_536;

    /// Counts a device on which two or more properties require attention.
    pub(crate) fn add(&mut self, properties: &AttentionProperties) {
        if properties.len() < 2 {
            return;
        }
        // What is known in part may be another combination.
        let has_room = self.counts.len() < Self::MOST && properties.is_known();
        // No `entry`, because it would copy every set, not only a new one.
        match self.counts.get_mut(properties) {
            Some(count) => *count += 1,
            None if has_room => {
                self.counts.insert(properties.clone(), 1);
            }
            None => self.others += 1,
        }
    }

    /// Adds the counts of other devices.
    pub(crate) fn merge(&mut self, other: Self) {
        self.others += other.others;
        // In the order of the rows: the hash order must not decide which ones have a count.
        let (rows, _) = Self { others: 0, ..other }.into_sorted();
        for Tally { key: properties, devices, .. } in rows {
            let has_room = self.counts.len() < Self::MOST;
            match self.counts.get_mut(&properties) {
                Some(count) => *count += devices,
                None if has_room => {
                    self.counts.insert(properties, devices);
                }
                None => self.others += devices,
            }
        }
    }

    /// Returns the combinations, and the number of devices with other combinations. Combinations
    /// with the most devices come first, then they follow the order of their properties.
    pub(crate) fn into_sorted(self) -> (Vec<Tally<AttentionProperties>>, u64) {
        let rows = self.counts.into_iter().map(|(key, devices)| Tally { key, devices, need_attention: devices });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable_by(|row, other| {
            other.devices.cmp(&row.devices).then_with(|| row.key.iter().cmp(other.key.iter()))
        });
        (rows, self.others)
    }
}

#[cfg(test)]
mod tests {
    use endstate_model::AttentionProperty;

    use super::*;

    #[test]
    fn a_combination_over_the_maximum_is_counted_with_the_others() {
        let mut combinations = Combinations::default();
        let set = |number: usize| {
            let unknown = AttentionProperty::from_wire(format!("Unknown{number}").as_str());
            [AttentionProperty::FirewallOff, unknown].into_iter().collect::<AttentionProperties>()
        };
        for number in 0..Combinations::MOST + 3 {
            combinations.add(&set(number));
        }
        combinations.add(&set(0));
        let (rows, others) = combinations.into_sorted();
        assert_eq!((rows.len(), others), (Combinations::MOST, 3));
        assert_eq!((rows[0].key.clone(), rows[0].devices), (set(0), 2));
    }
}
