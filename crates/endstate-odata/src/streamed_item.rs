//! An item that is passed on while its page arrives.

use crate::RawItem;
use crate::item::Form;
use crate::item_layout::{ItemLayout, MemberNames};
use crate::item_scan::FoundItem;

/// An item that is passed on while its page, or its file, arrives.
///
/// If it has the same members as an item before in the same order, its values are known by their
/// places. So a reader looks up once which places it needs, and not for each item:
///
/// ```
/// use endstate_odata::ItemReader;
///
/// let mut reader = ItemReader::default();
/// reader.read(r#"{"id":"a","build":1}"#)?;
/// let item = reader.read(r#"{"id":"b","build":2}"#)?;
///
/// let place = item.names().and_then(|names| names.iter().position(|name| name == "build"));
/// let build = place.and_then(|place| item.value(place));
/// assert_eq!(build.map(|build| build.as_str()), Some("2"));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StreamedItem<'a> {
    item: RawItem<'a>,
    layout: Option<&'a ItemLayout>,
    may_name_links: bool,
}

impl<'a> StreamedItem<'a> {
    /// An item that was found in a text.
    pub(crate) fn new(text: &'a str, found: FoundItem<'a>) -> Self {
        let FoundItem { place, form, layout, may_name_links } = found;
        Self { item: RawItem::of_page(&text[place], form), layout, may_name_links }
    }

    /// The item.
    pub fn raw(&self) -> RawItem<'a> {
        self.item
    }

    /// The names of its members, if an item before has the same in the same order, and if it has
    /// neither a value that is an object nor an escape. Then [`value`](Self::value) has the values.
    pub fn names(&self) -> Option<&'a MemberNames> {
        self.layout.map(ItemLayout::names)
    }

    /// How many of its first values are certainly those of the item before, byte for byte. There
    /// may be more, and how many are known depends on the chunks in which the body arrives. If it
    /// is not 0, the item before has the same [`names`](Self::names).
    pub fn same_values(&self) -> usize {
        self.layout.map_or(0, ItemLayout::same)
    }

    /// The value at a place among its [`names`](Self::names), from 0.
    pub fn value(&self, place: usize) -> Option<RawItem<'a>> {
        let (start, end) = self.layout?.value(place)?;
        Some(RawItem::of_page(&self.item.as_str()[start..end], Form::BARE))
    }

    /// Whether a list inside the item continues elsewhere; see [`RawItem::has_partial_list`].
    pub fn has_partial_list(&self) -> bool {
        self.may_name_links && self.item.has_partial_list()
    }
}

/// An item of which only its text is known.
impl<'a> From<RawItem<'a>> for StreamedItem<'a> {
    fn from(item: RawItem<'a>) -> Self {
        Self { item, layout: None, may_name_links: true }
    }
}
