//! Keys of one length, each with a digest of its item: four bytes more than the key, and 6 to 11
//! for its index entry unless its key rises.
//!
//! Keys are kept in blocks of fixed size, because a single growing list would copy all its keys and
//! hold both copies meanwhile. Services page by key, so keys usually rise. A key above the last
//! rising key is above all keys of this length so far, so it is new: one comparison shows that,
//! without a table.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Keys of so many bytes.
///
/// A key is first compared with the last rising key. If it is not above it, it is searched for
/// among the rising keys, and then in a table of the positions of all keys that did not rise. Once
/// most keys have not risen, the table has all of them, so there is one place to search.
#[derive(Debug)]
pub(crate) struct CompactKeys<const BYTES: usize> {
    /// Keys that came in rising order. Empty once keys have no order.
    rising: Blocks<BYTES>,
    /// Keys that did not rise.
    unordered: Blocks<BYTES>,
    /// The position of each unordered key.
    positions: HashTable<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Seen<const BYTES: usize> {
    key: [u8; BYTES],
    digest: u32,
}

/// A list that grows without being copied.
#[derive(Debug)]
struct Blocks<const BYTES: usize> {
    blocks: Vec<Vec<Seen<BYTES>>>,
    len: usize,
}

const BLOCK: usize = 4096;

/// The table of positions grows to what is expected, but at most by this factor at once. A wrong
/// count then costs at most so many times the room of the keys that came. Each time the table
/// grows, every key is read again, in an order that no cache helps with.
const MOST_GROWTH: usize = 8;

/// The least room of the table of positions.
const LEAST_ROOM: usize = 4 * BLOCK;

/// From so many keys that did not rise, for each one that did, keys have no order.
const UNORDERED_FOR_A_RISING: usize = 8;

impl<const BYTES: usize> Default for Blocks<BYTES> {
    fn default() -> Self {
        Self { blocks: Vec::new(), len: 0 }
    }
}

impl<const BYTES: usize> Blocks<BYTES> {
    fn get(&self, position: usize) -> &Seen<BYTES> {
        &self.blocks[position / BLOCK][position % BLOCK]
    }

    fn get_mut(&mut self, position: usize) -> &mut Seen<BYTES> {
        &mut self.blocks[position / BLOCK][position % BLOCK]
    }

    fn last(&self) -> Option<&Seen<BYTES>> {
        self.blocks.last().and_then(|block| block.last())
    }

    fn push(&mut self, seen: Seen<BYTES>) {
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(seen);
        }
        self.len += 1;
    }

    /// Returns the position of a key, if the keys are in rising order.
    fn search(&self, key: &[u8; BYTES]) -> Option<usize> {
        let after = self.blocks.partition_point(|block| block.first().is_some_and(|first| first.key <= *key));
        let number = after.checked_sub(1)?;
        let place = self.blocks.get(number)?.binary_search_by(|seen| seen.key.cmp(key)).ok()?;
        Some(number * BLOCK + place)
    }
}

impl<const BYTES: usize> Default for CompactKeys<BYTES> {
    fn default() -> Self {
        Self { rising: Blocks::default(), unordered: Blocks::default(), positions: HashTable::new() }
    }
}

impl<const BYTES: usize> CompactKeys<BYTES> {
    /// The number of keys.
    pub(crate) fn len(&self) -> usize {
        self.rising.len + self.unordered.len
    }

    /// Notes a key with the digest of its item, unless it is known. Returns the digest of the item
    /// with which a known key was noted.
    ///
    /// `hash` is that of the key by `hasher`, and `expected` how many keys may come, which is a
    /// hint.
    pub(crate) fn note(
        &mut self,
        key: [u8; BYTES],
        digest: u32,
        hash: u64,
        hasher: &DefaultHashBuilder,
        expected: usize,
    ) -> Option<&mut u32> {
        let seen = Seen { key, digest };
        if !self.has_no_order() {
            if self.rising.last().is_none_or(|last| last.key < key) {
                self.rising.push(seen);
                return None;
            }
            if let Some(position) = self.rising.search(&key) {
                return Some(&mut self.rising.get_mut(position).digest);
            }
        }

        let at = |position: u32| self.unordered.get(position as usize);
        if let Some(found) = self.positions.find(hash, |position| at(*position).key == key) {
            return Some(&mut self.unordered.get_mut(*found as usize).digest);
        }
        self.insert(hash, seen, hasher, expected);
        let unordered = self.unordered.len;
        if !self.has_no_order() && unordered > BLOCK && unordered > UNORDERED_FOR_A_RISING * self.rising.len {
            for seen in std::mem::take(&mut self.rising).blocks.into_iter().flatten() {
                self.insert(hasher.hash_one(seen.key), seen, hasher, expected);
            }
        }
        None
    }

    /// Whether the table has all keys. The first key always rises.
    fn has_no_order(&self) -> bool {
        self.rising.len == 0 && self.unordered.len > 0
    }

    /// Adds a key that is not in the table.
    fn insert(&mut self, hash: u64, seen: Seen<BYTES>, hasher: &DefaultHashBuilder, expected: usize) {
        let Self { positions, unordered, .. } = self;
        let hash_of = |position: &u32| hasher.hash_one(unordered.get(*position as usize).key);
        if positions.len() == positions.capacity() {
            let most = positions.len().saturating_mul(MOST_GROWTH).max(LEAST_ROOM);
            positions.reserve(expected.saturating_sub(positions.len()).min(most), hash_of);
        }
        // No collection has four thousand million devices, and the page bound ends a pull long
        // before.
        let position = u32::try_from(unordered.len).unwrap_or(u32::MAX);
        positions.insert_unique(hash, position, hash_of);
        unordered.push(seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes keys of these numbers, each with the digest 1, and passes on what is kept after each.
    fn note_all<const BYTES: usize>(
        numbers: impl Iterator<Item = u32>,
        expected: usize,
        mut check: impl FnMut(&CompactKeys<BYTES>),
    ) -> CompactKeys<BYTES> {
        let hasher = DefaultHashBuilder::default();
        let mut keys = CompactKeys::default();
        for number in numbers {
            let key = key(number);
            assert_eq!(keys.note(key, 1, hasher.hash_one(key), &hasher, expected), None);
            check(&keys);
        }
        keys
    }

    fn key<const BYTES: usize>(number: u32) -> [u8; BYTES] {
        let mut key = [0; BYTES];
        key[..4].copy_from_slice(&number.to_be_bytes());
        key
    }

    #[test]
    fn keys_without_an_order_are_found_again_even_those_that_rose() {
        let hasher = DefaultHashBuilder::default();
        let mut keys = CompactKeys::<16>::default();
        for round in 0..2 {
            for number in 0..20_000_u32 {
                let key = key(number.reverse_bits());
                let known = keys.note(key, 7, hasher.hash_one(key), &hasher, 20_000);
                assert_eq!(known.copied(), (round > 0).then_some(7));
            }
        }
        assert!(keys.has_no_order() && keys.rising.len == 0);
        assert_eq!(keys.len(), 20_000);
    }

    #[test]
    fn the_digest_of_a_known_key_can_be_replaced_wherever_it_is() {
        let hasher = DefaultHashBuilder::default();
        let mut keys = CompactKeys::<16>::default();
        // The last key does not rise.
        for digest in [1, 2, 3] {
            for number in [5, 6, 4] {
                let key = key(number);
                let known = keys.note(key, digest, hasher.hash_one(key), &hasher, 0);
                assert_eq!(known.as_deref().copied(), (digest > 1).then_some(digest - 1), "{number}");
                if let Some(known) = known {
                    *known = digest;
                }
            }
        }
    }

    #[test]
    fn a_wrong_count_takes_little_memory() {
        note_all::<20>((0..300_000).rev(), usize::MAX, |keys| {
            let bytes = keys.positions.allocation_size();
            assert!(bytes <= 100 * keys.len().max(LEAST_ROOM), "{bytes} bytes for {} keys", keys.len());
        });
    }

    /// Checks the memory in rising order, and in one that reverses the bits of the numbers, so keys
    /// are far from sorted.
    fn takes_at_most<const BYTES: usize>(rising: usize, in_any_order: usize) {
        let bytes = |blocks: &Blocks<BYTES>| -> usize {
            blocks.blocks.iter().map(|block| block.capacity() * size_of::<Seen<BYTES>>()).sum()
        };
        for (order, most) in [(std::convert::identity as fn(u32) -> u32, rising), (u32::reverse_bits, in_any_order)] {
            let keys = note_all::<BYTES>((0..100_000).map(order), 0, |keys| {
                if keys.len() > BLOCK * 24 {
                    let bytes = keys.positions.allocation_size() + bytes(&keys.rising) + bytes(&keys.unordered);
                    assert!(bytes <= most * keys.len(), "{bytes} bytes for {} keys", keys.len());
                }
            });
            assert_eq!(keys.len(), 100_000);
        }
    }

    #[test]
    fn a_device_takes_at_most_40_bytes_in_any_order_and_24_in_rising_order() {
        takes_at_most::<20>(25, 40);
    }

    #[test]
    fn a_guid_takes_at_most_36_bytes_in_any_order_and_20_in_rising_order() {
        takes_at_most::<16>(21, 36);
    }
}
