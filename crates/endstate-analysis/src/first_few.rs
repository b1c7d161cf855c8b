//! Keeps the first few of many items, in a heap of fixed size.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The items with the smallest keys of those offered so far. The caller gives the limit with each
/// call, so many of them need not store it.
#[derive(Debug, Clone)]
pub(crate) struct FirstFew<K, V> {
    /// The kept items. The one with the largest key is on top.
    heap: BinaryHeap<Kept<K, V>>,
}

#[derive(Debug, Clone)]
struct Kept<K, V> {
    key: K,
    value: V,
}

impl<K: Ord, V> FirstFew<K, V> {
    pub(crate) fn new() -> Self {
        Self { heap: BinaryHeap::new() }
    }

    /// Keeps an item if its key is among the `limit` smallest so far. Makes the value only then.
    pub(crate) fn offer(&mut self, limit: usize, key: K, value: impl FnOnce() -> V) {
        if self.heap.len() < limit {
            self.heap.push(Kept { key, value: value() });
        } else if let Some(mut last) = self.heap.peek_mut()
            && key < last.key
        {
            *last = Kept { key, value: value() };
        }
    }

    /// Adds the items of another one.
    pub(crate) fn merge(&mut self, limit: usize, other: Self) {
        self.heap.extend(other.heap);
        while self.heap.len() > limit {
            self.heap.pop();
        }
    }

    /// The kept items, the smallest key first.
    pub(crate) fn into_sorted(self) -> impl Iterator<Item = (K, V)> {
        self.heap.into_sorted_vec().into_iter().map(|kept| (kept.key, kept.value))
    }
}

impl<K: Ord, V> Ord for Kept<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<K: Ord, V> PartialOrd for Kept<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, V> PartialEq for Kept<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord, V> Eq for Kept<K, V> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_kept_and_only_they_are_made() {
        let keys = [5, 3, 9, 1, 3, 7, 2];
        for limit in 0..9 {
            let mut made = 0;
            let [mut first, mut second] = [FirstFew::new(), FirstFew::new()];
            for (place, key) in keys.into_iter().enumerate() {
                let few = if place < 4 { &mut first } else { &mut second };
                few.offer(limit, key, || made += 1);
            }
            first.merge(limit, second);
            let mut expected = keys;
            expected.sort_unstable();
            let kept: Vec<_> = first.into_sorted().map(|(key, ())| key).collect();
            assert_eq!(kept, expected[..limit.min(keys.len())]);
            assert!(limit > 0 || made == 0);
        }
    }

    #[test]
    fn the_value_of_an_item_that_is_not_kept_is_not_made() {
        let mut few = FirstFew::new();
        few.offer(1, 1, || "kept");
        few.offer(1, 2, || unreachable!("its key is larger"));
        assert_eq!(few.into_sorted().collect::<Vec<_>>(), [(1, "kept")]);
    }
}
