//! A part of a query that has more rows than one answer can hold.

use std::fmt;

/// The devices whose hash has the remainder [`index`](Self::index) when it is divided by
/// [`modulus`](Self::modulus): in Kusto, `hash(DeviceId, modulus) == index`.
///
/// All parts of one modulus have every device exactly once. So do the two halves of a part and that
/// part, because its modulus divides theirs.
///
/// ```
/// use endstate_paging::Part;
///
/// let part = Part::new(4, 1).ok_or("not a part")?;
/// let halves = part.halves().ok_or("the modulus cannot be doubled")?;
/// assert_eq!(halves.map(|half| half.to_string()), ["part 1 of 8", "part 5 of 8"]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    modulus: u32,
    index: u32,
}

impl Part {
    /// The part that has every device.
    pub const WHOLE: Self = Self { modulus: 1, index: 0 };

    /// The part at a position; `None` if the modulus is not a power of two, or not above the index.
    pub fn new(modulus: u32, index: u32) -> Option<Self> {
        (modulus.is_power_of_two() && index < modulus).then_some(Self { modulus, index })
    }

    /// How many such parts have every device; a power of two.
    pub fn modulus(self) -> u32 {
        self.modulus
    }

    /// The remainder that the hashes of its devices have.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The two parts that together have the same devices; `None` if the modulus cannot be doubled.
    pub fn halves(self) -> Option<[Self; 2]> {
        let modulus = self.modulus.checked_mul(2)?;
        Some([self.index, self.index + self.modulus].map(|index| Self { modulus, index }))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "part {} of {}", self.index, self.modulus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_below_its_modulus_which_is_a_power_of_two() {
        for (modulus, index) in [(0, 0), (3, 1), (4, 4), (1, 1)] {
            assert_eq!(Part::new(modulus, index), None);
        }
        assert_eq!(Part::new(1, 0), Some(Part::WHOLE));
        assert_eq!(Part::new(1 << 31, 7).unwrap().halves(), None);
    }

    #[test]
    fn the_halves_of_a_part_have_its_devices_once_each() {
        let part = Part::new(4, 3).unwrap();
        let halves = part.halves().unwrap();
        let contains = |part: Part, hash: u64| hash % u64::from(part.modulus) == u64::from(part.index);
        for hash in (0..100).chain(u64::MAX - 100..=u64::MAX) {
            let holders = halves.iter().filter(|half| contains(**half, hash)).count();
            assert_eq!(holders, usize::from(contains(part, hash)), "{hash}");
        }
        assert_eq!(halves.map(|half| half.to_string()), ["part 3 of 8", "part 7 of 8"]);
    }
}
