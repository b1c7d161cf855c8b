//! Deterministic chance: what a device draws depends only on the seed, its position and the topic.

use crate::fleet::mix;

/// The draws of one device. Each topic has its own, so a new topic changes no other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw(u64);

/// Spreads neighboring numbers, as in `SplitMix64`.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draw {
    pub(crate) fn for_device(seed: u64, position: u64) -> Self {
        Self(mix(seed ^ SPREAD)).at(position)
    }

    /// Returns the draw of a topic.
    pub(crate) fn about(self, topic: &str) -> Self {
        Self(mix(self.0 ^ stable_hash(topic)))
    }

    /// Returns one of the draws of a topic that has many, such as one for each row.
    pub(crate) fn at(self, number: u64) -> Self {
        Self(mix(self.0 ^ number.wrapping_add(1).wrapping_mul(SPREAD)))
    }

    /// Returns the drawn number.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// Returns a number below `bound`, which must not be 0.
    pub(crate) fn below(self, bound: u64) -> u64 {
        self.0 % bound.max(1)
    }

    pub(crate) fn one_in(self, number: u64) -> bool {
        self.below(number) == 0
    }

    /// Chooses one of several, each as often as its weight says. `otherwise` has the rest of a
    /// hundred.
    pub(crate) fn choose<T: Copy>(self, choices: &[(T, u64)], otherwise: T) -> T {
        let mut rest = self.below(100);
        for (choice, weight) in choices {
            match rest.checked_sub(*weight) {
                Some(less) => rest = less,
                None => return *choice,
            }
        }
        otherwise
    }

    /// Returns a GUID of version 4.
    pub(crate) fn guid(self) -> String {
        let (high, low) = (self.at(0).0, self.at(1).0);
        let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
        let (fourth, last) = (low >> 48 & 0xfff, low & 0xffff_ffff_ffff);
        format!("{first:08x}-{second:04x}-4{third:03x}-8{fourth:03x}-{last:012x}")
    }
}

/// Hashes a text with FNV-1a, the same on every computer. Its last bits are not yet well mixed.
fn stable_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Returns the part of a text among this many parts, like `hash(text, parts)` in a query. Parts of
/// twice as many tile these parts.
pub(crate) fn part(text: &str, parts: u64) -> u64 {
    mix(stable_hash(text)) % parts.max(1)
}
