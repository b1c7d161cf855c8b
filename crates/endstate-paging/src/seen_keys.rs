//! Every key that was seen, with a digest of its item: 24 bytes for forty hexadecimal digits, and 5 to 10 of index.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};

use endstate_odata::EntityKey;
use hashbrown::HashTable;

/// Keys seen so far.
///
/// Keys of twenty bytes stand in blocks of fixed size, so that growing never copies them, and a table of positions finds
/// them; all others are in an ordinary map.
#[derive(Debug, Default)]
pub(crate) struct SeenKeys {
    hasher: RandomState,
    positions: HashTable<u32>,
    blocks: Vec<Vec<Seen>>,
    others: HashMap<EntityKey, u32>,
    nameless: HashSet<u64>,
    /// Of all keys in the order in which they came; the same in every process, unlike the hasher.
    order: DefaultHasher,
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
    /// Notes an item; its contents are its compact JSON.
    pub(crate) fn note(&mut self, key: &EntityKey, contents: &str) -> Sighting {
        let digest = self.digest(contents);
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
                key.hash(&mut self.order);
                Sighting::First
            }
            Some(before) if before == digest => Sighting::Duplicate,
            Some(_) => Sighting::Conflict,
        }
    }

    /// Notes an item without a key; `true` where no such item with the same contents was seen.
    pub(crate) fn note_nameless(&mut self, contents: &str) -> bool {
        let digest = self.hasher.hash_one(contents);
        self.nameless.insert(digest)
    }

    /// A digest of all keys in the order in which they came.
    pub(crate) fn digest_of_keys(&self) -> u64 {
        self.order.finish()
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

    /// 32 bits are enough to tell contents apart: a wrong answer, one in four thousand million duplicates, would report a
    /// conflict as a plain duplicate and lose nothing.
    fn digest(&self, contents: &str) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let digest = self.hasher.hash_one(contents) as u32;
        digest
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
            assert_eq!(seen.note(&device(number), "a"), Sighting::First);
            assert_eq!(seen.note(&EntityKey::from(format!("x{number}").as_str()), "a"), Sighting::First);
        }
        assert_eq!(seen.len(), 40_000);
        for number in (0..20_000).step_by(997) {
            assert_eq!(seen.note(&device(number), "a"), Sighting::Duplicate);
            assert_eq!(seen.note(&device(number), "b"), Sighting::Conflict);
            assert_eq!(seen.note(&EntityKey::from(format!("x{number}").as_str()), "b"), Sighting::Conflict);
        }
        assert_eq!(seen.len(), 40_000);
    }

    #[test]
    fn a_device_takes_at_most_40_bytes() {
        let mut seen = SeenKeys::default();
        for number in 0..100_000 {
            seen.note(&device(number), "a");
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
        assert!(seen.note_nameless("{}"));
        assert!(!seen.note_nameless("{}"));
        assert_eq!(seen.len(), 0);
    }
}
