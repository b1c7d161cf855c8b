//! Every key that a pull has seen, with a digest of its item: 24 bytes a device, and 5 to 10 more
//! for its index entry unless its key rises.
//!
//! Why exact: a Bloom filter can mistake a new key for a seen one, and that device would be lost
//! without a trace. Keys of twenty bytes (forty hexadecimal digits) are kept in blocks of fixed
//! size, because a single growing list would copy all its keys and hold both copies meanwhile.
//! Services page by key, so keys usually rise. A key above the last rising key is above all
//! twenty-byte keys so far, so it is new: one comparison shows that, without a table.
//!
//! The 32-bit digest shows whether a duplicate has the contents of the first item. If two contents
//! collide (one in four thousand million), a conflict counts as a plain duplicate; no row is lost.
//! Content digests are keyed per pull, so a server cannot prepare contents that collide. The order
//! digest must be the same in each process, because a checkpoint stores it. It finds rows that were
//! mixed up by accident, and does not protect against tampering.

use std::hash::BuildHasher;

use endstate_odata::EntityKey;
use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};

/// Keys seen so far.
///
/// Keys of twenty bytes are in blocks; all other keys are in an ordinary map. A key of twenty bytes
/// is first compared with the last rising key. If it is not above it, it is searched for among the
/// rising keys, and then in a table of the positions of all keys that did not rise. Once most keys
/// have not risen, the table has all of them, so there is one place to search.
#[derive(Debug, Default)]
pub(crate) struct SeenKeys {
    hasher: DefaultHashBuilder,
    /// Keys that came in rising order. Empty once keys have no order.
    rising: Blocks,
    /// Keys that did not rise.
    unordered: Blocks,
    /// The position of each unordered key.
    positions: HashTable<u32>,
    /// How many keys the service says there are, which is a hint.
    expected: usize,
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
    /// Seen before with other contents.
    Conflict,
}

/// A list that grows without being copied.
#[derive(Debug, Default)]
struct Blocks {
    blocks: Vec<Vec<Seen>>,
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

impl Blocks {
    fn get(&self, position: usize) -> &Seen {
        &self.blocks[position / BLOCK][position % BLOCK]
    }

    fn last(&self) -> Option<&Seen> {
        self.blocks.last().and_then(|block| block.last())
    }

    fn push(&mut self, seen: Seen) {
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(seen);
        }
        self.len += 1;
    }

    /// Returns the entry of a key, if the keys are in rising order.
    fn search(&self, key: &[u8; 20]) -> Option<&Seen> {
        let after = self.blocks.partition_point(|block| block.first().is_some_and(|first| first.key <= *key));
        let block = self.blocks.get(after.checked_sub(1)?)?;
        block.binary_search_by(|seen| seen.key.cmp(key)).ok().map(|place| &block[place])
    }
}

impl SeenKeys {
    /// Returns what digests contents to be noted here.
    pub(crate) fn digester(&self) -> Digester {
        Digester(self.hasher.clone())
    }

    /// Prepares for so many keys in all.
    pub(crate) fn expect(&mut self, keys: u64) {
        self.expected = usize::try_from(keys).unwrap_or(usize::MAX);
    }

    /// Notes an item by the hash of its key ([`Digester::hash_key`]) and the digest of its compact
    /// JSON.
    pub(crate) fn note(&mut self, key: &EntityKey, hash: u64, digest: u64) -> Sighting {
        // 32 bits are enough to distinguish contents: a collision, one in four thousand million
        // duplicates, reports a conflict as a plain duplicate and loses nothing.
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let digest = digest as u32;
        let before = match key.as_digest() {
            Some(key) => self.note_digits(*key, hash, digest),
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

    /// Notes an item without a key; `true` if no such item with the same contents was seen.
    pub(crate) fn note_nameless(&mut self, digest: u64) -> bool {
        self.nameless.insert(digest)
    }

    /// Distinct entities: keys, and contents of items without a key.
    pub(crate) fn entities(&self) -> u64 {
        (self.len() + self.nameless.len()) as u64
    }

    /// A digest of all keys in the order in which they came.
    pub(crate) fn digest_of_keys(&self) -> u64 {
        self.order.0
    }

    /// The number of keys seen.
    pub(crate) fn len(&self) -> usize {
        self.rising.len + self.unordered.len + self.others.len()
    }

    /// Returns the digest of the first item with this key, if the key was seen.
    fn note_digits(&mut self, key: [u8; 20], hash: u64, digest: u32) -> Option<u32> {
        let seen = Seen { key, digest };
        if !self.has_no_order() {
            if self.rising.last().is_none_or(|last| last.key < key) {
                self.rising.push(seen);
                return None;
            }
            if let Some(before) = self.rising.search(&key) {
                return Some(before.digest);
            }
        }

        let at = |position: u32| self.unordered.get(position as usize);
        if let Some(found) = self.positions.find(hash, |position| at(*position).key == key) {
            return Some(at(*found).digest);
        }
        self.insert(hash, seen);
        let unordered = self.unordered.len;
        if !self.has_no_order() && unordered > BLOCK && unordered > UNORDERED_FOR_A_RISING * self.rising.len {
            for seen in std::mem::take(&mut self.rising).blocks.into_iter().flatten() {
                self.insert(self.hasher.hash_one(seen.key), seen);
            }
        }
        None
    }

    /// Whether the table has all keys. The first key always rises.
    fn has_no_order(&self) -> bool {
        self.rising.len == 0 && self.unordered.len > 0
    }

    /// Adds a key that is not in the table.
    fn insert(&mut self, hash: u64, seen: Seen) {
        let Self { hasher, positions, unordered, expected, .. } = self;
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

/// Digests contents. Two pulls digest the same contents differently, so no server can prepare
/// contents that collide.
#[derive(Debug, Clone)]
pub(crate) struct Digester(DefaultHashBuilder);

impl Digester {
    pub(crate) fn digest(&self, contents: &str) -> u64 {
        self.0.hash_one(contents)
    }

    /// The digest of contents that follow others of this digest.
    pub(crate) fn chain(&self, before: u64, contents: &str) -> u64 {
        self.0.hash_one((before, contents))
    }

    /// The hash by which a key is searched; the same as that of the table.
    pub(crate) fn hash_key(&self, key: &EntityKey) -> u64 {
        key.as_digest().map_or(0, |digits| self.0.hash_one(digits))
    }
}

/// A digest of all keys in the order in which they came; the same in every process. It finds rows
/// that were mixed up by accident, and does not protect against tampering.
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
    use proptest::prelude::*;

    use super::*;

    /// Notes an item as a pull does.
    fn note(seen: &mut SeenKeys, key: &EntityKey, digest: u64) -> Sighting {
        let hash = seen.digester().hash_key(key);
        seen.note(key, hash, digest)
    }

    fn device(number: u32) -> EntityKey {
        EntityKey::from(format!("{number:040x}").as_str())
    }

    #[test]
    fn keys_of_both_forms_are_found_again_over_many_blocks() {
        let mut seen = SeenKeys::default();
        for number in 0..20_000 {
            assert_eq!(note(&mut seen, &device(number), 1), Sighting::First);
            assert_eq!(note(&mut seen, &EntityKey::from(format!("x{number}").as_str()), 1), Sighting::First);
        }
        assert_eq!(seen.len(), 40_000);
        for number in (0..20_000).step_by(997) {
            assert_eq!(note(&mut seen, &device(number), 1), Sighting::Duplicate);
            assert_eq!(note(&mut seen, &device(number), 2), Sighting::Conflict);
            assert_eq!(note(&mut seen, &EntityKey::from(format!("x{number}").as_str()), 2), Sighting::Conflict);
        }
        assert_eq!(seen.len(), 40_000);
    }

    #[test]
    fn keys_without_an_order_are_found_again_even_those_that_rose() {
        let mut seen = SeenKeys::default();
        seen.expect(20_000);
        for number in 0..20_000_u32 {
            assert_eq!(note(&mut seen, &device(number.reverse_bits()), 1), Sighting::First);
        }
        assert!(seen.has_no_order() && seen.rising.len == 0);
        for number in 0..20_000_u32 {
            assert_eq!(note(&mut seen, &device(number.reverse_bits()), 1), Sighting::Duplicate);
            assert_eq!(note(&mut seen, &device(number.reverse_bits()), 2), Sighting::Conflict);
        }
        assert_eq!(note(&mut seen, &device(u32::MAX), 1), Sighting::First);
        assert_eq!(seen.len(), 20_001);
    }

    #[test]
    fn a_wrong_count_takes_little_memory() {
        let mut seen = SeenKeys::default();
        seen.expect(u64::MAX);
        for number in (0..300_000).rev() {
            note(&mut seen, &device(number), 1);
            let bytes = seen.positions.allocation_size();
            assert!(bytes <= 100 * seen.len().max(LEAST_ROOM), "{bytes} bytes for {} keys", seen.len());
        }
    }

    #[test]
    fn a_device_takes_at_most_40_bytes_in_any_order_and_24_in_rising_order() {
        let bytes =
            |blocks: &Blocks| blocks.blocks.iter().map(|block| block.capacity() * size_of::<Seen>()).sum::<usize>();
        // The second order reverses the bits of the numbers, so keys are far from sorted.
        for (order, most) in [(std::convert::identity as fn(u32) -> u32, 25), (u32::reverse_bits, 40)] {
            let mut seen = SeenKeys::default();
            for number in 0..100_000 {
                note(&mut seen, &device(order(number)), 1);
                if seen.len() > BLOCK * 24 {
                    let bytes = seen.positions.allocation_size() + bytes(&seen.rising) + bytes(&seen.unordered);
                    assert!(bytes <= most * seen.len(), "{bytes} bytes for {} devices", seen.len());
                }
            }
            assert_eq!(seen.len(), 100_000);
        }
    }

    proptest! {
        #[test]
        fn keys_in_any_order_are_seen_as_a_map_would_see_them(
            keys in prop::collection::vec((0_u32..300, 0_u64..2), 0..600),
            sorted in any::<bool>(),
        ) {
            let mut keys = keys;
            if sorted {
                keys.sort_unstable();
            }

            let mut seen = SeenKeys::default();
            let mut oracle = std::collections::HashMap::new();
            for (number, digest) in keys {
                let expected = match oracle.get(&number) {
                    None => Sighting::First,
                    Some(first) if *first == digest => Sighting::Duplicate,
                    Some(_) => Sighting::Conflict,
                };
                oracle.entry(number).or_insert(digest);
                prop_assert_eq!(note(&mut seen, &device(number), digest), expected);
            }
            prop_assert_eq!(seen.len(), oracle.len());
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
                note(&mut seen, &EntityKey::from(*key), 1);
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
        assert_eq!(digest(&[device, "x"]), digest(&[device, "x", device]), "a duplicate is not a row");
        // Checkpoints of earlier versions have these.
        assert_eq!([all[0], all[3]], [0xba5d_6fb9_5079_cc59, 0xe740_ff58_4b1b_639c]);
    }
}
