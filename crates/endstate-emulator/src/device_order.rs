//! The order in which the service returns devices.

/// The order of the devices in the documented collection.
///
/// The default favors a client that is fast only if ids rise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceOrder {
    /// Their ids rise. The document suggests it: the first of its 444 devices has an id that begins
    /// with `000050e1`.
    #[default]
    Rising,
    /// Their ids come in an order that helps no client. It is the same for each fleet of this size.
    Shuffled,
    /// Their ids fall.
    Reversed,
}

impl DeviceOrder {
    /// Returns the position in the fleet of the device at a place of the collection. Each position
    /// has one place. A place outside the fleet means nothing.
    ///
    /// ```
    /// use endstate_emulator::DeviceOrder;
    ///
    /// assert_eq!(DeviceOrder::Reversed.position(0, 444), 443);
    /// let mut positions: Vec<_> = (0..444).map(|place| DeviceOrder::Shuffled.position(place, 444)).collect();
    /// positions.sort_unstable();
    /// assert!(positions.into_iter().eq(0..444));
    /// ```
    pub fn position(self, place: u64, devices: u64) -> u64 {
        match self {
            Self::Rising => place,
            Self::Reversed => devices.saturating_sub(place + 1),
            Self::Shuffled => shuffled(place, devices),
        }
    }
}

/// A permutation without a table: a Feistel network permutes the numbers of an even number of bits,
/// and a result that is no position is permuted again.
fn shuffled(place: u64, devices: u64) -> u64 {
    if place >= devices {
        return place;
    }
    let bits = u64::BITS - devices.saturating_sub(1).leading_zeros();
    let half = bits.div_ceil(2).max(1);
    let mask = (1 << half) - 1;
    let mut number = place;
    loop {
        let (mut left, mut right) = (number >> half & mask, number & mask);
        for round in 1..=4_u64 {
            let mixed = (right + round).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32).wrapping_mul(round | 1);
            (left, right) = (right, left ^ (mixed >> 16 & mask));
        }
        number = left << half | right;
        if number < devices {
            return number;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const ALL: [DeviceOrder; 3] = [DeviceOrder::Rising, DeviceOrder::Shuffled, DeviceOrder::Reversed];

    #[test]
    fn every_device_comes_once_in_every_order() {
        for devices in (1..200).chain([10_000, 65_537]) {
            for order in ALL {
                let positions: HashSet<_> = (0..devices).map(|place| order.position(place, devices)).collect();
                assert_eq!(positions.len() as u64, devices, "{order:?}");
                assert!(positions.iter().all(|position| *position < devices), "{order:?}");
            }
        }
    }

    #[test]
    fn a_shuffled_device_rises_above_the_one_before_in_half_of_all_places() {
        let positions: Vec<_> = (0..10_000).map(|place| DeviceOrder::Shuffled.position(place, 10_000)).collect();
        let rising = positions.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((4_800..5_200).contains(&rising), "{rising}");
        let near = positions.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) < 100).count();
        assert!(near < 400, "{near}");
    }
}
