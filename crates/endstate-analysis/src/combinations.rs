//! Which properties occur together.

use endstate_model::AttentionProperties;
use hashbrown::HashMap;

use crate::Tally;

/// Counts the devices by everything that requires attention on them together.
///
/// A fleet has few combinations, but a server could send a new one with each device: once [`MOST`](Self::MOST) are known,
/// devices with further ones are counted together. Each of the counts stays exact.
#[derive(Debug, Default)]
pub(crate) struct Combinations {
    counts: HashMap<AttentionProperties, u64>,
    others: u64,
}

impl Combinations {
    /// Combinations that are told apart: some megabytes at the most.
    pub(crate) const MOST: usize = 65_536;

    /// Counts a device on which two or more properties require attention.
    pub(crate) fn add(&mut self, properties: &AttentionProperties) {
        if properties.len() < 2 {
            return;
        }
        let has_room = self.counts.len() < Self::MOST;
        // No `entry`: the set is copied only where it is new.
        match self.counts.get_mut(properties) {
            Some(count) => *count += 1,
            None if has_room => {
                self.counts.insert(properties.clone(), 1);
            }
            None => self.others += 1,
        }
    }

    /// Most devices first, then the combinations in the order of their properties; and the devices with others.
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
    fn a_combination_too_many_is_counted_with_the_others_and_known_ones_go_on() {
        let mut combinations = Combinations::default();
        let set = |number: usize| {
            let unknown = AttentionProperty::from(format!("Unknown{number}").as_str());
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
