//! Every key that a pull has seen, with a digest of its item: of a device, 24 bytes, and 6 to 11
//! more for its index entry unless its key rises.
//!
//! Why exact: a Bloom filter can mistake a new key for a seen one, and that device would be lost
//! without a trace. Keys of forty hexadecimal digits and GUIDs are kept in their bytes
//! (`compact_keys.rs`), all others in an ordinary map.
//!
//! The 32-bit digest shows whether a duplicate has the contents of an item before. If two contents
//! collide (one in four thousand million conflicts), the item counts as equal, and is dropped with
//! [`Duplicates::DropEqual`] and [`Duplicates::Latest`]. Content digests
//! are keyed per pull, so a server cannot prepare contents that collide. The order digest must be
//! the same in each process, because a checkpoint stores it. It finds rows that were mixed up by
//! accident, and does not protect against tampering.

use std::hash::BuildHasher;

use endstate_odata::EntityKey;
use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashSet};

use crate::Duplicates;
use crate::compact_keys::CompactKeys;

/// Keys seen so far.
#[derive(Debug, Default)]
pub(crate) struct SeenKeys {
    hasher: DefaultHashBuilder,
    digests: CompactKeys<20>,
    guids: CompactKeys<16>,
    others: HashMap<EntityKey, u32>,
    nameless: HashSet<u64>,
    /// How many keys the service says there are, which is a hint.
    expected: usize,
    /// Whether an item is compared with the last one with its key, not with the first.
    compares_with_last: bool,
    order: OrderDigest,
}

/// How an item with this key was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    First,
    Duplicate,
    /// Seen before with other contents.
    Conflict,
}

impl SeenKeys {
    /// No keys yet. Duplicates decide with which item a later one is compared.
    pub(crate) fn new(duplicates: Duplicates) -> Self {
        Self { compares_with_last: duplicates == Duplicates::Latest, ..Self::default() }
    }

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
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let digest = digest as u32;
        let Self { hasher, digests, guids, others, expected, .. } = self;
        let known = match (key.as_digest(), key.as_guid()) {
            (Some(key), _) => digests.note(*key, digest, hash, hasher, *expected),
            (_, Some(key)) => guids.note(*key, digest, hash, hasher, *expected),
            _ => match others.entry(key.clone()) {
                Entry::Occupied(known) => Some(known.into_mut()),
                Entry::Vacant(place) => {
                    place.insert(digest);
                    None
                }
            },
        };

        match known {
            None => {
                self.order.add(key);
                Sighting::First
            }
            Some(before) if *before == digest => Sighting::Duplicate,
            Some(before) => {
                if self.compares_with_last {
                    *before = digest;
                }
                Sighting::Conflict
            }
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
        self.digests.len() + self.guids.len() + self.others.len()
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
        match (key.as_digest(), key.as_guid()) {
            (Some(key), _) => self.0.hash_one(key),
            (_, Some(key)) => self.0.hash_one(key),
            _ => 0,
        }
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
            None => key.with_text(|text| self.add_bytes(text)),
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

    /// A key of one of the forms, in turn.
    fn key(number: u32) -> EntityKey {
        EntityKey::from(&*match number % 3 {
            0 => format!("{number:040x}"),
            1 => format!("{number:08x}-1111-2222-3333-444455556666"),
            _ => format!("x{number}"),
        })
    }

    #[test]
    fn keys_of_each_form_are_found_again_over_many_blocks() {
        let mut seen = SeenKeys::default();
        for number in 0..30_000 {
            assert_eq!(note(&mut seen, &key(number), 1), Sighting::First);
        }
        assert_eq!((seen.digests.len(), seen.guids.len(), seen.others.len()), (10_000, 10_000, 10_000));
        for number in (0..30_000).step_by(997) {
            assert_eq!(note(&mut seen, &key(number), 1), Sighting::Duplicate);
            assert_eq!(note(&mut seen, &key(number), 2), Sighting::Conflict);
        }
        assert_eq!(seen.len(), 30_000);
    }

    proptest! {
        #[test]
        fn keys_in_any_order_are_seen_as_a_map_would_see_them(
            keys in prop::collection::vec((0_u32..300, 0_u64..2), 0..600),
            sorted in any::<bool>(),
            with_last in any::<bool>(),
        ) {
            let mut keys = keys;
            if sorted {
                keys.sort_unstable();
            }

            let mut seen = SeenKeys::new(if with_last { Duplicates::Latest } else { Duplicates::First });
            let mut oracle = std::collections::HashMap::new();
            for (number, digest) in keys {
                let expected = match oracle.get(&number) {
                    None => Sighting::First,
                    Some(before) if *before == digest => Sighting::Duplicate,
                    Some(_) => Sighting::Conflict,
                };
                let before = oracle.entry(number).or_insert(digest);
                if with_last {
                    *before = digest;
                }
                prop_assert_eq!(note(&mut seen, &key(number), digest), expected);
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
        let guid = "000050e1-b4af-eee3-7424-89ede9ad7a3e";
        let all = [
            digest(&[device, "x"]),
            digest(&["x", device]),
            digest(&["x", guid]),
            digest(&["x"]),
            digest(&["x", "y"]),
            digest(&["xy"]),
            digest(&[]),
        ];
        let distinct: std::collections::BTreeSet<_> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(digest(&[device, "x"]), digest(&[device, "x", device]), "a duplicate is not a row");
        // Checkpoints of earlier versions have these.
        assert_eq!([all[0], all[2], all[4]], [0xba5d_6fb9_5079_cc59, 0xae1a_cfaa_afca_3355, 0xe740_ff58_4b1b_639c]);
    }
}
