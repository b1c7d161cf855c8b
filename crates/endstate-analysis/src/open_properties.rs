//! Since when properties are open: a list a device, in one allocation for all.

use crate::place::{NONE, number};

/// Since when properties are open, in a list a device. A property takes 12 bytes.
///
/// The lists are short, and devices come in the order of their lists, so a list is nearer than the
/// entry of a map would be.
#[derive(Debug, Default)]
pub(crate) struct OpenProperties {
    entries: Vec<OpenEntry>,
    /// The entries of properties that were resolved, as a list.
    free: OpenList,
}

/// The first entry of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenList(u32);

impl Default for OpenList {
    fn default() -> Self {
        Self(NONE)
    }
}

/// A property of a device, and since which pull it is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenEntry {
    next: OpenList,
    /// The pull in which it came.
    pub(crate) since: u32,
    /// The number of the property.
    pub(crate) number: u16,
    /// Whether it can be open for longer than that.
    pub(crate) is_at_least: bool,
}

impl OpenProperties {
    /// Adds a property to a list that does not have it.
    pub(crate) fn insert(&mut self, list: &mut OpenList, number: u16, since: u32, is_at_least: bool) {
        let entry = OpenEntry { next: *list, since, number, is_at_least };
        *list = self.place(entry);
    }

    fn place(&mut self, entry: OpenEntry) -> OpenList {
        let free = self.free;
        let Some(unused) = self.entries.get_mut(free.0 as usize) else {
            self.entries.push(entry);
            return OpenList(number(self.entries.len() - 1));
        };
        self.free = unused.next;
        *unused = entry;
        free
    }

    /// Removes a property from a list.
    pub(crate) fn remove(&mut self, list: &mut OpenList, number: u16) -> Option<OpenEntry> {
        let mut before = NONE;
        let mut at = *list;
        while let Some(entry) = self.entries.get(at.0 as usize).copied() {
            if entry.number != number {
                (before, at) = (at.0, entry.next);
                continue;
            }
            match self.entries.get_mut(before as usize) {
                Some(before) => before.next = entry.next,
                None => *list = entry.next,
            }
            self.entries[at.0 as usize].next = self.free;
            self.free = at;
            return Some(entry);
        }
        None
    }

    /// The properties of a list, the last one that came first.
    pub(crate) fn iter(&self, list: OpenList) -> impl Iterator<Item = &OpenEntry> {
        let get = |list: OpenList| self.entries.get(list.0 as usize);
        std::iter::successors(get(list), move |entry| get(entry.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_resolved_leaves_its_place_to_what_comes_next() {
        let mut open = OpenProperties::default();
        let [mut one, mut other] = [OpenList::default(); 2];
        for number in [3, 5, 7] {
            open.insert(&mut one, number, 0, true);
        }
        let numbers =
            |open: &OpenProperties, list: OpenList| open.iter(list).map(|entry| entry.number).collect::<Vec<_>>();

        assert_eq!(open.remove(&mut one, 5).map(|entry| (entry.since, entry.is_at_least)), Some((0, true)));
        assert!(open.remove(&mut one, 5).is_none());
        assert_eq!(numbers(&open, one), [7, 3]);
        open.insert(&mut other, 5, 1, false);
        assert!(open.remove(&mut one, 7).is_some());
        open.insert(&mut other, 9, 2, false);
        assert_eq!((numbers(&open, one), numbers(&open, other)), (vec![3], vec![9, 5]));
        assert_eq!(open.entries.len(), 3);
    }
}
