//! A page that owns its body, for code that moves pages between tasks.

use std::ops::Range;

use serde::Deserialize;

use crate::envelope::Envelope;
use crate::item::Form;
use crate::item_finder::{FoundItems, ItemFinder};
use crate::{DeltaLink, Error, InvalidItem, NextLink, RawItem, Result};

/// A [`Page`](crate::Page) together with the body that it was read from.
///
/// ```
/// use endstate_odata::PageBuf;
///
/// let page = PageBuf::parse(r#"{"value":[{"id":"a"},{"id":"b"}]}"#.to_owned())?;
/// assert_eq!(page.item(1).map(|item| item.as_str()), Some(r#"{"id":"b"}"#));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PageBuf {
    body: String,
    envelope: Envelope,
}

impl PageBuf {
    /// Reads a page from the text of a body, and keeps the text.
    ///
    /// # Errors
    /// Returns the errors of [`Page::parse`](crate::Page::parse).
    pub fn parse(body: String) -> Result<Self> {
        let found = ItemFinder::default().found(body.as_bytes());
        Self::with_found(body, found)
    }

    /// Reads a page from the bytes of a body, and keeps them.
    ///
    /// # Errors
    /// Returns the errors of [`Page::from_slice`](crate::Page::from_slice).
    pub fn from_vec(body: Vec<u8>) -> Result<Self> {
        Self::from_bytes(body, ItemFinder::default())
    }

    /// Keeps a body that has arrived whole, and was searched while it arrived, or not yet.
    pub(crate) fn from_bytes(body: Vec<u8>, finder: ItemFinder) -> Result<Self> {
        match String::from_utf8(body) {
            Ok(body) => {
                let found = finder.found(body.as_bytes());
                Self::with_found(body, found)
            }
            Err(error) => Err(Error::not_utf8(error.as_bytes().len(), error.utf8_error())),
        }
    }

    /// Keeps a body and its page. Without `found` items, `serde_json` reads all of it.
    fn with_found(body: String, found: Option<FoundItems>) -> Result<Self> {
        Envelope::read(&body, found).map(|envelope| Self { body, envelope })
    }

    /// Takes the body out, so the caller can reuse its memory, and leaves a page without items.
    // Public only for the speed of `endstate-paging`, which reuses the memory of bodies.
    #[doc(hidden)]
    pub fn take_body(&mut self) -> String {
        self.envelope.items.clear();
        std::mem::take(&mut self.body)
    }

    /// What the page says beside its items.
    pub(crate) fn without_items(mut self) -> Self {
        self.envelope.items.clear();
        self
    }

    /// The body, verbatim.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The context URL; see [`Page::context`](crate::Page::context).
    pub fn context(&self) -> Option<&str> {
        self.envelope.context.as_deref()
    }

    /// The count; see [`Page::count`](crate::Page::count).
    pub fn count(&self) -> Option<u64> {
        self.envelope.count
    }

    /// The link to the next page; see [`Page::next_link`](crate::Page::next_link).
    pub fn next_link(&self) -> Option<&NextLink> {
        self.envelope.next_link.as_ref()
    }

    /// The link to later changes; see [`Page::delta_link`](crate::Page::delta_link).
    pub fn delta_link(&self) -> Option<&DeltaLink> {
        self.envelope.delta_link.as_ref()
    }

    /// Whether an item may contain a next link. `false` is certain, and then the caller can skip
    /// [`RawItem::has_partial_list`] for every item.
    // Public only for the speed of `endstate-paging`, which then skips a check of each item.
    #[doc(hidden)]
    pub fn mentions_nested_links(&self) -> bool {
        self.envelope.may_name_links
    }

    /// The number of items on the page.
    pub fn len(&self) -> usize {
        self.envelope.items.len()
    }

    /// Whether the page has no items. An empty page is not necessarily the last.
    pub fn is_empty(&self) -> bool {
        self.envelope.items.is_empty()
    }

    /// The text from the first item to the last, as the body contains it.
    // Public only for the speed of `endstate-paging`, which compares pages by it.
    #[doc(hidden)]
    pub fn items_text(&self) -> &str {
        let items = &self.envelope.items;
        let Some(((first, _), (last, _))) = items.first().zip(items.last()) else { return "" };
        &self.body[first.start..last.end]
    }

    /// The item at an index, counted from 0.
    pub fn item(&self, index: usize) -> Option<RawItem<'_>> {
        self.envelope.items.get(index).map(|place| self.at(place))
    }

    /// The items in the server's order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = RawItem<'_>> {
        self.envelope.items.iter().map(|place| self.at(place))
    }

    /// Decodes each item into the caller's type; see [`Page::decode`](crate::Page::decode).
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> impl Iterator<Item = Result<T, InvalidItem>> {
        self.items()
            .enumerate()
            .map(|(index, item)| item.decode().map_err(|error| InvalidItem::new(index, item, error)))
    }

    fn at(&self, (place, form): &(Range<usize>, Form)) -> RawItem<'_> {
        RawItem::of_page(&self.body[place.clone()], *form)
    }
}
