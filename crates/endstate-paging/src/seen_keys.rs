//! Every key that was seen, with a digest of its item: 24 bytes for forty hexadecimal digits, and 5 to 10 of index.

use std::hash::BuildHasher;

use endstate_odata::EntityKey;
use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};

/// Keys seen so far.
///
/// Keys of twenty bytes stand in blocks of fixed size, so that growing never copies them, and a table of positions finds
/// them; all others are in an ordinary map.
#[derive(Debug, Default)]
pub(crate) struct SeenKeys {
    hasher: DefaultHashBuilder,
    positions: HashTable<u32>,
    blocks: Vec<Vec<Seen>>,
    others: HashMap<EntityKey, u32>,
    nameless: HashSet<u64>,
    order: OrderDigest,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    key: [u8; 20],
    digest: u32,
}

/// How an item with this key was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    First,
    Duplicate,
    /// With other contents.
    Conflict,
}

const BLOCK: usize = 4096;

impl SeenKeys {
    /// What digests contents so that they can be noted here.
    pub(crate) fn digester(&self) -> Digester {
        Digester(self.hasher.clone())
    }

    /// Notes an item by the digest of its compact JSON.
    pub(crate) fn note(&mut self, key: &EntityKey, digest: u64) -> Sighting {
        // 32 bits are enough to tell contents apart: a wrong answer, one in four thousand million duplicates, would report a
        // conflict as a plain duplicate and lose nothing.
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let digest = digest as u32;
        let before = match key.as_digest() {
            Some(key) => self.note_digits(*key, digest),
            None => match self.others.entry(key.clone()) {
                Entry::Occupied(before) => Some(*before.get()),
                Entry::Vacant(place) => {
                    place.insert(digest);
                    None
                }
            },
        };
        match before {
            None => {
                self.order.add(key);
                Sighting::First
            }
            Some(before) if before == digest => Sighting::Duplicate,
            Some(_) => Sighting::Conflict,
        }
    }

    /// Notes an item without a key; `true` where no such item with the same contents was seen.
    pub(crate) fn note_nameless(&mut self, digest: u64) -> bool {
        self.nameless.insert(digest)
    }

    /// A digest of all keys in the order in which they came.
    pub(crate) fn digest_of_keys(&self) -> u64 {
        self.order.0
    }

    /// How many keys were seen.
    pub(crate) fn len(&self) -> usize {
        self.positions.len() + self.others.len()
    }

    /// The digest of the item that came first, where the key was seen.
    fn note_digits(&mut self, key: [u8; 20], digest: u32) -> Option<u32> {
        let Self { hasher, positions, blocks, .. } = self;
        let at = |position: u32| &blocks[position as usize / BLOCK][position as usize % BLOCK];
        let hash = hasher.hash_one(key);
        if let Some(found) = positions.find(hash, |position| at(*position).key == key) {
            return Some(at(*found).digest);
        }
        // Four thousand million devices are more than any collection has, and the page bound comes first.
        let position = u32::try_from(positions.len()).unwrap_or(u32::MAX);
        positions.insert_unique(hash, position, |position| hasher.hash_one(at(*position).key));
        if blocks.last().is_none_or(|block| block.len() == BLOCK) {
            blocks.push(Vec::with_capacity(BLOCK));
        }
        if let Some(block) = blocks.last_mut() {
            block.push(Seen { key, digest });
        }
        None
    }
}

/// Digests contents. Two pulls digest the same contents otherwise, so that nobody can make up contents that look the same.
#[derive(Debug, Clone)]
pub(crate) struct Digester(DefaultHashBuilder);

impl Digester {
    pub(crate) fn digest(&self, contents: &str) -> u64 {
        self.0.hash_one(contents)
    }
}

/// Of all keys in the order in which they came; the same in every process. It finds rows that were mixed up by accident, and
/// is no seal.
#[derive(Debug, Default)]
struct OrderDigest(u64);

impl OrderDigest {
    fn add(&mut self, key: &EntityKey) {
        match key.as_digest() {
            Some(digest) => self.add_bytes(digest),
            None => self.add_bytes(key.to_string().as_bytes()),
        }
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        // Multiplication carries each bit upwards, and rotation brings it down again.
        let mut mix = |word: u64| self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(u64::from_le_bytes(last));
        mix(bytes.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u32) -> EntityKey {
        EntityKey::from(format!("{number:040x}").as_str())
    }

    #[test]
    fn keys_of_both_forms_are_found_again_over_many_blocks() {
        let mut seen = SeenKeys::default();
        for number in 0..20_000 {
            assert_eq!(seen.note(&device(number), 1), Sighting::First);
            assert_eq!(seen.note(&EntityKey::from(format!("x{number}").as_str()), 1), Sighting::First);
        }
        assert_eq!(seen.len(), 40_000);
        for number in (0..20_000).step_by(997) {
            assert_eq!(seen.note(&device(number), 1), Sighting::Duplicate);
            assert_eq!(seen.note(&device(number), 2), Sighting::Conflict);
            assert_eq!(seen.note(&EntityKey::from(format!("x{number}").as_str()), 2), Sighting::Conflict);
        }
        assert_eq!(seen.len(), 40_000);
    }

    #[test]
    fn a_device_takes_at_most_40_bytes() {
        let mut seen = SeenKeys::default();
        for number in 0..100_000 {
            seen.note(&device(number), 1);
            if seen.len() > BLOCK * 4 {
                let bytes = seen.positions.allocation_size()
                    + seen.blocks.iter().map(|block| block.capacity() * size_of::<Seen>()).sum::<usize>();
                assert!(bytes <= 40 * seen.len(), "{bytes} bytes for {} devices", seen.len());
            }
        }
    }

    #[test]
    fn an_item_without_a_key_is_new_once() {
        let mut seen = SeenKeys::default();
        assert!(seen.note_nameless(7));
        assert!(!seen.note_nameless(7));
        assert_eq!(seen.len(), 0);
    }

    #[test]
    fn the_order_of_the_keys_is_in_their_digest() {
        let digest = |keys: &[&str]| {
            let mut seen = SeenKeys::default();
            for key in keys {
                seen.note(&EntityKey::from(*key), 1);
            }
            seen.digest_of_keys()
        };
        let device = "000050e1b4afeee3742489ede9ad7a3e16bbd9c4";
        let all = [
            digest(&[device, "x"]),
            digest(&["x", device]),
            digest(&["x"]),
            digest(&["x", "y"]),
            digest(&["xy"]),
            digest(&[]),
        ];
        let distinct: std::collections::BTreeSet<_> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(digest(&[device, "x"]), digest(&[device, "x", device]), "a duplicate is no row");
    }
}
