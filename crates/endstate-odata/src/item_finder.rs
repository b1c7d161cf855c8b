//! Finds the items of a page in a body that may still be arriving.

use std::ops::Range;

use crate::item::Form;
use crate::item_scan::ItemScan;

/// Where the items of a body are that stays in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemFinder {
    scan: ItemScan,
    items: Vec<(Range<usize>, Form)>,
    /// Bytes of all items.
    bytes: usize,
    may_name_links: bool,
}

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
        let Self { scan, items, bytes, may_name_links } = self;
        scan.advance(body, |found| {
            *bytes += found.place.len();
            *may_name_links |= found.may_name_links;
            items.push((found.place, found.form));
            // A page that is refused in the end is not kept until then.
            !(items.len().is_power_of_two() && is_of_tiny_items(items.len(), || *bytes))
        });
    }

    /// The items of a body that has arrived whole, if the array has been found to its end.
    pub(crate) fn found(mut self, body: &[u8]) -> Option<FoundItems> {
        self.scan.look_again();
        self.advance(body);
        let Self { scan, items, bytes, may_name_links } = self;
        let array = scan.array().filter(|_| !is_of_tiny_items(items.len(), || bytes))?;
        Some(FoundItems { array, items, may_name_links })
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
pub(crate) mod tests;
