//! The keys of many entities, each with a number: 24 bytes a key, and 6 to 11 more unless keys
//! rise. The list of keys grows by doubling; what it does not use yet is not resident.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::EntityKey;

/// Distinct keys, numbered from 0 in the order in which they were inserted.
///
/// Keys that rise, as services send them, need no table: a binary search finds them. Keys that are
/// searched in the order of their insertion are found at once, whatever that order is.
///
/// ```
/// use endstate_odata::{EntityKey, EntityKeys};
///
/// let mut keys = EntityKeys::default();
/// assert_eq!(keys.insert(&EntityKey::from("b")), (0, true));
/// assert_eq!(keys.insert(&EntityKey::from("a")), (1, true));
/// assert_eq!(keys.insert(&EntityKey::from("b")), (0, false));
/// assert_eq!(keys.find(&EntityKey::from("c")), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct EntityKeys {
    hasher: DefaultHashBuilder,
    keys: Vec<EntityKey>,
    /// How many of the first keys rise.
    rising: usize,
    /// The numbers of all other keys.
    unordered: HashTable<u32>,
    /// The number after that of the key which was found last.
    next: usize,
}

impl EntityKeys {
    /// Inserts a key. Returns its number, and whether it is new.
    pub fn insert(&mut self, key: &EntityKey) -> (usize, bool) {
        let number = self.keys.len();
        if number == self.rising && self.keys.last().is_none_or(|last| last < key) {
            self.rising += 1;
            self.keys.push(key.clone());
            return (number, true);
        }
        if let Some(number) = self.next_or_rising(key) {
            self.next = number + 1;
            return (number, false);
        }

        let Self { hasher, keys, unordered, .. } = self;
        let is_key = |place: &u32| keys[*place as usize] == *key;
        match unordered.entry(hasher.hash_one(key), is_key, |place| hasher.hash_one(&keys[*place as usize])) {
            Entry::Occupied(found) => {
                let number = *found.get() as usize;
                self.next = number + 1;
                (number, false)
            }
            Entry::Vacant(free) => {
                // No collection has four thousand million entities, and they would not fit here.
                free.insert(u32::try_from(number).unwrap_or(u32::MAX));
                keys.push(key.clone());
                (number, true)
            }
        }
    }

    /// Returns the number of a key, if it was inserted.
    ///
    /// This notes the number, because the next key is often the one that is searched next. For a
    /// search that notes nothing, use [`number_of`](Self::number_of).
    pub fn find(&mut self, key: &EntityKey) -> Option<usize> {
        let found = self.number_of(key)?;
        self.next = found + 1;
        Some(found)
    }

    /// Returns the number of a key, if it was inserted.
    pub fn number_of(&self, key: &EntityKey) -> Option<usize> {
        self.next_or_rising(key).or_else(|| {
            let is_key = |place: &u32| self.keys[*place as usize] == *key;
            let is_searched = !self.unordered.is_empty();
            let found = is_searched.then(|| self.unordered.find(self.hasher.hash_one(key), is_key))??;
            Some(*found as usize)
        })
    }

    /// The number of a key that follows the one which was found last, or is among those that rise.
    fn next_or_rising(&self, key: &EntityKey) -> Option<usize> {
        if self.keys.get(self.next) == Some(key) {
            return Some(self.next);
        }
        let rising = &self.keys[..self.rising];
        rising.last().filter(|last| key <= *last)?;
        rising.binary_search(key).ok()
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, each at the place of its number.
    pub fn as_slice(&self) -> &[EntityKey] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn device(number: u32) -> EntityKey {
        EntityKey::from(format!("{number:040x}").as_str())
    }

    proptest! {
        #[test]
        fn keys_in_any_order_are_numbered_as_a_list_would_number_them(
            numbers in prop::collection::vec(0_u32..60, 0..200),
            sorted in 0..200_usize,
            searched in prop::collection::vec(0_u32..60, 0..100),
        ) {
            let mut numbers = numbers;
            let sorted = sorted.min(numbers.len());
            numbers[..sorted].sort_unstable();

            let mut keys = EntityKeys::default();
            let mut list: Vec<EntityKey> = Vec::new();
            for number in numbers {
                let key = if number % 3 == 0 { EntityKey::from(number.to_string().as_str()) } else { device(number) };
                let place = list.iter().position(|other| *other == key);
                prop_assert_eq!(keys.insert(&key), (place.unwrap_or(list.len()), place.is_none()));
                if place.is_none() {
                    list.push(key);
                }
            }
            prop_assert_eq!(keys.as_slice(), &*list);
            for key in searched.into_iter().map(device) {
                let place = list.iter().position(|other| *other == key);
                prop_assert_eq!((keys.number_of(&key), keys.find(&key)), (place, place));
            }
        }
    }

    #[test]
    fn a_key_takes_24_bytes_if_keys_rise_and_at_most_35_in_any_order() {
        // The second order reverses the bits of the numbers, so keys are far from sorted.
        for (order, most) in [(std::convert::identity as fn(u32) -> u32, 24), (u32::reverse_bits, 35)] {
            let mut keys = EntityKeys::default();
            for number in 0..1 << 17 {
                keys.insert(&device(order(number)));
            }
            let bytes = keys.keys.capacity() * size_of::<EntityKey>() + keys.unordered.allocation_size();
            assert!(bytes <= most * keys.len(), "{bytes} bytes for {} keys", keys.len());
        }
    }
}
