//! The keys of many entities, each with a number: 24 bytes a key, and 6 to 11 more unless keys
//! rise. The list of keys grows by doubling; what it does not use yet is not resident.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::EntityKey;

/// Distinct keys, numbered from 0 in the order in which they were inserted.
///
/// Keys that rise, as services send them, need no table: a search that begins at the place of the
/// last one finds them. Keys that are
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
    /// Where the last key was found among those that rise, or would be.
    last_rising: usize,
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
        if self.keys.get(self.next) == Some(key) {
            self.next += 1;
            return (self.next - 1, false);
        }
        match self.search_rising(key) {
            Ok(number) => {
                (self.next, self.last_rising) = (number + 1, number);
                return (number, false);
            }
            Err(place) => self.last_rising = place,
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
        if found < self.rising {
            self.last_rising = found;
        }
        Some(found)
    }

    /// Returns the number of a key, if it was inserted.
    pub fn number_of(&self, key: &EntityKey) -> Option<usize> {
        if self.keys.get(self.next) == Some(key) {
            return Some(self.next);
        }
        self.search_rising(key).ok().or_else(|| {
            let is_key = |place: &u32| self.keys[*place as usize] == *key;
            let is_searched = !self.unordered.is_empty();
            let found = is_searched.then(|| self.unordered.find(self.hasher.hash_one(key), is_key))??;
            Some(*found as usize)
        })
    }

    /// The number of a key among those that rise, or where it would be. The search begins at the
    /// last one, because keys that are searched mostly rise as well.
    fn search_rising(&self, key: &EntityKey) -> Result<usize, usize> {
        let rising = &self.keys[..self.rising];
        let begin = self.last_rising.min(rising.len());
        let (before, after) = rising.split_at(begin);
        if before.last().is_some_and(|last| key <= last) {
            return before.binary_search(key);
        }
        let mut step = 1;
        while after.get(step).is_some_and(|at| at < key) {
            step *= 2;
        }
        let searched = &after[step / 2..after.len().min(step + 1)];
        let place = |place: usize| begin + step / 2 + place;
        searched.binary_search(key).map(place).map_err(place)
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
