//! Rows of a page or file that are not what they should be, until the page or file counts.

use endstate_odata::RawItem;

use crate::rows::InvalidItems;

/// The rows of a page or file by their numbers, and those of them that could not be read.
#[derive(Debug, Default)]
pub(super) struct UnreadRows {
    rows: u64,
    unread: u64,
    /// The first of them, with their numbers.
    first: Vec<(u64, String)>,
}

impl UnreadRows {
    /// Counts a row, which could be read or not.
    pub(super) fn note(&mut self, item: RawItem<'_>, is_read: bool) {
        self.rows += 1;
        if is_read {
            return;
        }
        self.unread += 1;
        // More are never reported.
        if self.first.len() < InvalidItems::MAX_REPORTED as usize {
            self.first.push((self.rows, item.compact().into_owned()));
        }
    }

    /// Reports those that could not be read as not being `what`. `place` names a row by its number.
    pub(super) fn report(&self, invalid: &mut InvalidItems, what: &str, place: impl Fn(u64) -> String) {
        for (number, raw) in &self.first {
            invalid.note_other(what, raw, || place(*number));
        }
        invalid.counts.invalid_items += self.unread - self.first.len() as u64;
    }
}
