//! Passes the items of a page on while its body arrives, and keeps none.

use crate::error::BoxError;
use crate::item_scan::ItemScan;
use crate::{Error, PageBuf, Result, StreamedItem};

/// Passes the items of a page on while its body arrives.
///
/// It keeps no more of the body than the item that is arriving, and the item before. So a page of
/// any size takes a few kilobytes, and each item is passed while it is in the processor's cache.
/// Only a page with an unusual beginning, such as a byte-order mark, is kept until it is whole. A
/// page counts only when it [has arrived whole](Self::finish): until then, it may turn out to be
/// cut off or broken, and what was passed of it is worth nothing.
///
/// ```
/// use endstate_odata::ItemStream;
///
/// let mut stream = ItemStream::default();
/// let mut ids = Vec::new();
/// for chunk in [r#"{"@odata.count":2,"value":[{"id":"a"},{"i"#, r#"d":"b"}]}"#] {
///     stream.push(chunk.as_bytes(), |item| ids.push(item.raw().as_str().to_owned()));
/// }
/// let page = stream.finish(|_| ())?;
/// assert_eq!((ids, page.count()), (vec![r#"{"id":"a"}"#.to_owned(), r#"{"id":"b"}"#.to_owned()], Some(2)));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ItemStream {
    scan: ItemScan,
    /// What comes before the items, up to the bracket of their array.
    beginning: Vec<u8>,
    /// What has arrived and is still needed.
    body: Vec<u8>,
    bytes: usize,
    items: u64,
}

impl ItemStream {
    /// Adds the next chunk of the body, which may end anywhere, and passes the items that have
    /// arrived.
    pub fn push(&mut self, chunk: &[u8], each: impl FnMut(StreamedItem<'_>)) {
        self.bytes += chunk.len();
        self.body.extend_from_slice(chunk);
        self.advance(each);
    }

    /// The beginning of the body, up to the array of its items, or what has arrived of it.
    pub fn beginning(&self) -> &[u8] {
        if self.beginning.is_empty() { &self.body } else { &self.beginning }
    }

    /// Bytes that have arrived.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Items that were passed.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Passes the items that are left of a body that has arrived whole, and returns what the page
    /// says beside its items: a page without items.
    ///
    /// # Errors
    /// Returns the errors of [`Page::from_slice`](crate::Page::from_slice), except that a page may
    /// have any number of items, however short they are.
    pub fn finish(mut self, mut each: impl FnMut(StreamedItem<'_>)) -> Result<PageBuf> {
        self.scan.look_again();
        self.advance(&mut each);

        // What was not passed is read as a page, with one item in place of those that were.
        let Self { scan, beginning, body, bytes, items } = self;
        let stand_in: &[u8] = if items > 0 { b"{}" } else { b"" };
        let rest = if beginning.is_empty() { body } else { [&beginning, stand_in, &body[scan.passed()..]].concat() };
        let page = PageBuf::from_vec(rest).map_err(|error| of_whole(error, bytes, items))?;
        page.items().skip(usize::from(items > 0)).for_each(|item| each(item.into()));
        Ok(page.without_items())
    }

    fn advance(&mut self, mut each: impl FnMut(StreamedItem<'_>)) {
        if !self.scan.is_due(self.body.len()) {
            return;
        }
        let Self { scan, body, items, .. } = self;
        let (text, is_text) = valid_text(body);
        scan.advance(text.as_bytes(), |found| {
            *items += 1;
            each(StreamedItem::new(text, found));
            true
        });
        if !is_text {
            scan.give_up();
        }

        let Some(array) = scan.array_begins() else { return };
        if self.beginning.is_empty() {
            self.beginning.extend_from_slice(&body[..=array]);
        }
        let passed = scan.drop_passed();
        body.drain(..passed);
    }
}

/// The text that a body begins with, and whether the rest may be the beginning of a character.
fn valid_text(body: &[u8]) -> (&str, bool) {
    match std::str::from_utf8(body) {
        Ok(text) => (text, true),
        Err(error) => {
            let valid = &body[..error.valid_up_to()];
            (std::str::from_utf8(valid).unwrap_or_default(), error.error_len().is_none())
        }
    }
}

/// An error of what was left, as one of the whole body.
fn of_whole(error: Error, bytes: usize, items: u64) -> Error {
    match error {
        Error::Truncated { .. } if items > 0 => Error::Truncated { bytes, source: None },
        Error::Malformed { source } if items > 0 => {
            // Its position is that in what was left.
            let what = source.to_string();
            let what = what.split(" at line ").next().unwrap_or(&what);
            let source: BoxError = format!("after {items} items: {what}").into();
            Error::Malformed { source }
        }
        error => error,
    }
}

#[cfg(test)]
mod tests;
