//! Finds the items of a page in a body that may still be arriving.

use std::ops::Range;

use crate::item::{Form, may_name_a_link};
use crate::item_layout::ItemLayout;
use crate::scan::Scanner;

/// Where the items of a body are.
///
/// What it finds is what `serde_json` would find. Whatever is unusual, or wrong, it leaves to a
/// reader of the whole body.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemFinder {
    place: Place,
    layout: ItemLayout,
    items: Vec<(Range<usize>, Form)>,
    /// Bytes of all items.
    bytes: usize,
    may_name_links: bool,
    /// The length of the body from which on it is worth looking again.
    next_look: usize,
}

/// Where the search has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Place {
    /// The array `value` has not begun.
    #[default]
    Before,
    /// Within the array, after its bracket or an item.
    Items { array: usize, at: usize },
    /// After the array, which is here.
    After { array: Range<usize> },
    /// The body is unusual, or broken.
    Unknown,
}

/// Longest beginning that is searched for `value` or for a link before it, in bytes. In practice,
/// it has a few hundred.
pub(crate) const LONGEST_BEGINNING: usize = 64 * 1024;

/// The items of a body.
#[derive(Debug)]
pub(crate) struct FoundItems {
    /// The array with its brackets.
    pub(crate) array: Range<usize>,
    /// Each item and the form of its text.
    pub(crate) items: Vec<(Range<usize>, Form)>,
    /// Whether an item may contain a next link. `false` is certain.
    pub(crate) may_name_links: bool,
}

impl ItemFinder {
    /// Searches what has arrived: the body so far, whose beginning is that of the last call.
    pub(crate) fn advance(&mut self, body: &[u8]) {
        if body.len() < self.next_look {
            return;
        }
        if self.place == Place::Before {
            self.place = match array_of_items(body) {
                Some(place) => place,
                None if body.len() > LONGEST_BEGINNING => Place::Unknown,
                None => return self.wait_after(body, 0),
            };
        }
        while let Place::Items { array, at } = self.place {
            match self.next_place(body, array, at) {
                Some(place) => self.place = place,
                None => return self.wait_after(body, at),
            }
        }
    }

    /// Waits until the body has twice as much of what does not end yet. So the time for an item of
    /// any length is proportional to its length, however small the chunks are.
    fn wait_after(&mut self, body: &[u8], at: usize) {
        self.next_look = body.len() + (body.len() - at);
    }

    /// What comes after the place `at` within the array; `None` if it has not arrived.
    fn next_place(&mut self, body: &[u8], array: usize, at: usize) -> Option<Place> {
        let mut scanner = Scanner::from_position(body, at);
        let is_first = self.items.is_empty();
        match scanner.peek()? {
            b']' => return Some(Place::After { array: array..scanner.at + 1 }),
            b',' if !is_first => scanner.at += 1,
            _ if is_first => {}
            _ => return Some(Place::Unknown),
        }
        if scanner.peek()? != b'{' {
            return Some(Place::Unknown);
        }

        let start = scanner.at;
        let item = match self.layout.end_of(body, start) {
            Some(end) => (start..end, Form { is_compact: true, is_plain: true }),
            None => self.unlike(body, start)?,
        };
        let at = item.0.end;
        self.bytes += item.0.len();
        self.items.push(item);
        // A page that is refused in the end is not kept until then.
        let is_refused = self.items.len().is_power_of_two() && is_of_tiny_items(self.items.len(), || self.bytes);
        Some(if is_refused { Place::Unknown } else { Place::Items { array, at } })
    }

    /// Finds the end of an item that is unlike the one before.
    fn unlike(&mut self, body: &[u8], start: usize) -> Option<(Range<usize>, Form)> {
        let place = Scanner::from_position(body, start).value()?;
        let item = &body[place.clone()];
        let form = Form::for_text(item);
        self.may_name_links = self.may_name_links || may_name_a_link(item, form);
        self.layout.learn(item);
        Some((place, form))
    }

    /// The items of a body that has arrived whole, if the array has been found to its end.
    pub(crate) fn found(mut self, body: &[u8]) -> Option<FoundItems> {
        self.next_look = 0;
        self.advance(body);
        let Self { place, items, bytes, may_name_links, .. } = self;
        match place {
            Place::After { array } if !is_of_tiny_items(items.len(), || bytes) => {
                Some(FoundItems { array, items, may_name_links })
            }
            _ => None,
        }
    }
}

/// Searches for the array `value`. Returns `None` if it has not arrived.
fn array_of_items(body: &[u8]) -> Option<Place> {
    let mut scanner = Scanner::from_position(body, 0);
    if scanner.peek()? != b'{' {
        return Some(Place::Unknown);
    }
    scanner.at += 1;
    loop {
        let (name, has_escapes) = scanner.string()?;
        scanner.take(b':')?;
        if has_escapes {
            return Some(Place::Unknown);
        }
        if &body[name] == b"value" {
            let is_array = scanner.peek()? == b'[';
            let (array, at) = (scanner.at, scanner.at + 1);
            return Some(if is_array { Place::Items { array, at } } else { Place::Unknown });
        }
        scanner.value()?;
        scanner.take(b',')?;
    }
}

/// Whether a page has more items than a collection has, which are shorter than those of any
/// collection. From 10,000 items on they need 32 bytes on average: an item takes some 100 bytes of
/// memory, however short it is.
pub(crate) fn is_of_tiny_items(items: usize, bytes: impl FnOnce() -> usize) -> bool {
    const FREE: usize = 10_000;
    const LEAST_BYTES: usize = 32;
    items > FREE && bytes() < items * LEAST_BYTES
}

#[cfg(test)]
mod tests;
