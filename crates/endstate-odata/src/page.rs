//! One page of a collection: the envelope around `value`, whose members may come in any order.

use serde::Deserialize;

use crate::envelope::Envelope;
use crate::item_finder::ItemFinder;
use crate::{DeltaLink, Error, InvalidItem, NextLink, RawItem, Result};

/// One page of a collection, borrowed from its body.
///
/// The parser accepts control information with and without the `odata.` infix (versions 4.0 and
/// 4.01, section 4.5), in any order, before or after `value`. It ignores unknown annotations
/// (section 20). Items stay raw: see [`RawItem`].
///
/// ```
/// use endstate_odata::Page;
///
/// let page = Page::from_slice(
///     br#"{"value":[{"id":"a"}],"@odata.nextLink":"?$skiptoken=x","@odata.count":2}"#,
/// )?;
/// assert_eq!(page.items().len(), 1);
/// assert_eq!(page.count(), Some(2));
/// assert!(page.next_link().is_some());
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Page<'a> {
    context: Option<String>,
    count: Option<u64>,
    next_link: Option<NextLink>,
    delta_link: Option<DeltaLink>,
    items: Vec<RawItem<'a>>,
}

impl<'a> Page<'a> {
    /// Reads a page from the bytes of a body, and skips a leading byte-order mark.
    ///
    /// # Errors
    /// Returns the errors of [`Page::parse`], and [`Error::Malformed`] if the bytes are not UTF-8.
    /// If the body ends within a character, the error is [`Error::Truncated`].
    pub fn from_slice(body: &'a [u8]) -> Result<Self> {
        let text = std::str::from_utf8(body).map_err(|error| Error::not_utf8(body.len(), error))?;
        Self::parse(text)
    }

    /// Reads a page from the text of a body, and skips a leading byte-order mark.
    ///
    /// # Errors
    /// Returns [`Error::Truncated`] if the document stops before its end, [`Error::Malformed`] if
    /// the JSON is broken or says two things (a member such as `@odata.nextLink` twice, or under
    /// both its names, with different values), [`Error::NotJson`] if the body is not JSON,
    /// [`Error::NotACollection`] if it has no array `value`, or more than 10,000 items of less than
    /// 32 bytes on average, and [`Error::Service`] if the document contains an `error` object.
    pub fn parse(body: &'a str) -> Result<Self> {
        let found = ItemFinder::default().found(body.as_bytes());
        let Envelope { context, count, next_link, delta_link, items, .. } = Envelope::read(body, found)?;
        let items = items.into_iter().map(|(place, form)| RawItem::of_page(&body[place], form)).collect();
        Ok(Self { context, count, next_link, delta_link, items })
    }

    /// The context URL (`@odata.context`), the base of relative links. Section 4.5.1.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// The count (`@odata.count`), sent as a number or as a string (section 3.2).
    ///
    /// It should be the number of items in the whole collection (section 4.5.4), but sibling
    /// collections of this API send the page's own number of items. The count may also be inexact.
    /// Treat it as evidence, never as proof. A whole number may be written as `444.0` or `4.44e2`,
    /// and one beyond 64 bits reads as the largest number. A count that is not a whole number reads
    /// as `None`.
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// The link to the next page. A missing, null or empty link reads as `None`, which means that
    /// this page is the last. Section 4.5.5.
    pub fn next_link(&self) -> Option<&NextLink> {
        self.next_link.as_ref()
    }

    /// The link to later changes, on the last page of a collection that tracks them. Section 4.5.7.
    pub fn delta_link(&self) -> Option<&DeltaLink> {
        self.delta_link.as_ref()
    }

    /// The items in the server's order (section 4.2), as raw slices of the body.
    pub fn items(&self) -> &[RawItem<'a>] {
        &self.items
    }

    /// Decodes each item into the caller's type. An item that cannot be decoded does not fail the
    /// others.
    ///
    /// ```
    /// use endstate_odata::Page;
    ///
    /// let page = Page::parse(r#"{"value":[1,"two",3]}"#)?;
    /// let (good, bad): (Vec<_>, Vec<_>) = page.decode::<u32>().partition(Result::is_ok);
    /// assert_eq!(good.len(), 2);
    /// assert_eq!(bad[0].as_ref().unwrap_err().raw, "\"two\"");
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn decode<T: Deserialize<'a>>(&self) -> impl Iterator<Item = Result<T, InvalidItem>> {
        self.items
            .iter()
            .enumerate()
            .map(|(index, item)| item.decode().map_err(|error| InvalidItem::new(index, *item, error)))
    }
}
