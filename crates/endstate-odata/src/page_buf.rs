//! A page that owns its body, for code that moves pages between tasks.

use std::ops::Range;

use crate::item::{Form, may_name_a_link};
use crate::{DeltaLink, Error, NextLink, Page, RawItem, Result};

/// A [`Page`] together with the body that it was read from.
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
    context: Option<String>,
    count: Option<u64>,
    next_link: Option<NextLink>,
    delta_link: Option<DeltaLink>,
    /// The range of each item in the body, and the known form of its text.
    items: Vec<(Range<usize>, Form)>,
}

impl PageBuf {
    /// Reads a page from the text of a body, and keeps the text.
    ///
    /// # Errors
    /// Returns the errors of [`Page::parse`].
    pub fn parse(body: String) -> Result<Self> {
        let page = Page::parse(&body)?;
        let start = body.as_ptr().addr();
        let place = |item: &RawItem<'_>| {
            let from = item.as_str().as_ptr().addr() - start;
            (from..from + item.as_str().len(), item.form())
        };
        Ok(Self {
            context: page.context().map(ToOwned::to_owned),
            count: page.count(),
            next_link: page.next_link().cloned(),
            delta_link: page.delta_link().cloned(),
            items: page.items().iter().map(place).collect(),
            body,
        })
    }

    /// Reads a page from the bytes of a body, and keeps them.
    ///
    /// # Errors
    /// Returns the errors of [`Page::from_slice`].
    pub fn from_vec(body: Vec<u8>) -> Result<Self> {
        match String::from_utf8(body) {
            Ok(body) => Self::parse(body),
            Err(error) => Err(Error::not_utf8(error.as_bytes().len(), error.utf8_error())),
        }
    }

    /// Takes the body out, so the caller can reuse its memory, and leaves a page without items.
    // Public only for the speed of `endstate-paging`, which reuses the memory of bodies.
    #[doc(hidden)]
    pub fn take_body(&mut self) -> String {
        self.items.clear();
        std::mem::take(&mut self.body)
    }

    /// The body, verbatim.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The context URL; see [`Page::context`].
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// The count; see [`Page::count`].
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// The link to the next page; see [`Page::next_link`].
    pub fn next_link(&self) -> Option<&NextLink> {
        self.next_link.as_ref()
    }

    /// The link to later changes; see [`Page::delta_link`].
    pub fn delta_link(&self) -> Option<&DeltaLink> {
        self.delta_link.as_ref()
    }

    /// Whether an item may contain a next link. `false` is certain, and then the caller can skip
    /// [`RawItem::has_partial_list`] for every item.
    // Public only for the speed of `endstate-paging`, which then skips a check of each item.
    #[doc(hidden)]
    pub fn mentions_nested_links(&self) -> bool {
        let Some(((first, form), (last, _))) = self.items.first().zip(self.items.last()) else { return false };
        // The form is that of all items together.
        may_name_a_link(&self.body[first.start..last.end], *form)
    }

    /// The number of items on the page.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the page has no items. An empty page is not necessarily the last.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item at an index, counted from 0.
    pub fn item(&self, index: usize) -> Option<RawItem<'_>> {
        self.items.get(index).map(|place| self.at(place))
    }

    /// The items in the server's order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = RawItem<'_>> {
        self.items.iter().map(|place| self.at(place))
    }

    fn at(&self, (place, form): &(Range<usize>, Form)) -> RawItem<'_> {
        RawItem::of_page(&self.body[place.clone()], *form)
    }
}
