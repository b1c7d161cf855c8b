//! The search for the items of a body of which more and more arrives.

use std::ops::Range;

use crate::item::Form;
use crate::item_layout::ItemLayout;
use crate::nested_links::may_name_a_link;
use crate::scan::Scanner;

/// Where a search for items has come to.
///
/// What it finds is what `serde_json` would find. Whatever is unusual, or wrong, it leaves to a
/// reader of the whole body.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemScan {
    place: Place,
    /// Where the array begins, with its bracket; `None` if it was not found.
    array: Option<usize>,
    /// What was passed of the body: up to the end of an item, or of a bracket of the array.
    at: usize,
    layout: ItemLayout,
    /// Where the item begins that was found last.
    last: Option<usize>,
    /// The length of the body from which on it is worth looking again.
    next_look: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// The array `value` has not begun.
    #[default]
    Before,
    /// Within the array, after its bracket or an item.
    Items,
    /// After the array.
    After,
    /// The body is unusual, or broken.
    Unknown,
}

/// Longest beginning that is searched for `value` or for a link before it, in bytes. In practice,
/// it has a few hundred.
pub(crate) const LONGEST_BEGINNING: usize = 64 * 1024;

/// An item that was found.
#[derive(Debug)]
pub(crate) struct FoundItem<'l> {
    pub(crate) place: Range<usize>,
    pub(crate) form: Form,
    /// Where its values are; `None` if it is unlike the item before.
    pub(crate) layout: Option<&'l ItemLayout>,
    /// Whether it may contain a next link. `false` is certain.
    pub(crate) may_name_links: bool,
}

impl<'l> FoundItem<'l> {
    /// An item with the layout of one before.
    pub(crate) fn alike(place: Range<usize>, layout: &'l ItemLayout) -> Self {
        let may_name_links = layout.names().may_name_links();
        Self { place, form: Form::BARE, layout: Some(layout), may_name_links }
    }
}

impl ItemScan {
    /// Searches what has arrived: the body so far, whose beginning is that of the last call. Each
    /// item that has arrived is passed to `each`, which returns whether to continue.
    pub(crate) fn advance(&mut self, body: &[u8], mut each: impl FnMut(FoundItem<'_>) -> bool) {
        if !self.is_due(body.len()) {
            return;
        }
        if self.place == Place::Before {
            match array_of_items(body) {
                Some(Ok(array)) => self.begin(array),
                Some(Err(Unusual)) => self.give_up(),
                None if body.len() > LONGEST_BEGINNING => self.give_up(),
                None => return self.wait_for(body.len(), 0),
            }
        }
        while self.place == Place::Items {
            match self.next_place(body, &mut each) {
                Some(place) => self.place = place,
                None => return self.wait_for(body.len(), self.at),
            }
        }
    }

    /// Whether it is worth searching a body of this length.
    pub(crate) fn is_due(&self, length: usize) -> bool {
        length >= self.next_look && matches!(self.place, Place::Before | Place::Items)
    }

    /// Makes the next call search in any case: the body has arrived whole.
    pub(crate) fn look_again(&mut self) {
        self.next_look = 0;
    }

    /// Gives up: what follows is left to a reader of the whole body.
    pub(crate) fn give_up(&mut self) {
        self.place = Place::Unknown;
    }

    /// Where the array begins, with its bracket; `None` if it was not found.
    pub(crate) fn array_begins(&self) -> Option<usize> {
        self.array
    }

    /// Where the array is with its brackets, once its end was found.
    pub(crate) fn array(&self) -> Option<Range<usize>> {
        self.array.filter(|_| self.place == Place::After).map(|array| array..self.at)
    }

    /// How much of the body was passed: items, and the beginning of the array, but not its end.
    pub(crate) fn passed(&self) -> usize {
        self.at - usize::from(self.place == Place::After)
    }

    /// How many bytes are needed no more: they come before the item that was found last, with which
    /// the next one is compared. The caller drops them from the body. After that,
    /// [`array`](Self::array) means nothing, and [`array_begins`](Self::array_begins) only that it
    /// began.
    pub(crate) fn drop_passed(&mut self) -> usize {
        let passed = self.last.unwrap_or(self.passed());
        self.at -= passed;
        self.last = self.last.map(|_| 0);
        self.next_look = self.next_look.saturating_sub(passed);
        passed
    }

    /// Waits until the body has twice as much of what does not end yet. So the time for an item of
    /// any length is proportional to its length, however small the chunks are.
    fn wait_for(&mut self, length: usize, at: usize) {
        self.next_look = length + (length - at);
    }

    fn begin(&mut self, array: usize) {
        (self.array, self.at, self.place) = (Some(array), array + 1, Place::Items);
    }

    /// Passes the next item, or the end of the array; `None` if it has not arrived.
    fn next_place(&mut self, body: &[u8], each: &mut impl FnMut(FoundItem<'_>) -> bool) -> Option<Place> {
        let mut scanner = Scanner::from_position(body, self.at);
        let is_first = self.last.is_none();
        match scanner.peek()? {
            b']' => {
                self.at = scanner.at + 1;
                return Some(Place::After);
            }
            b',' if !is_first => scanner.at += 1,
            _ if is_first => {}
            _ => return Some(Place::Unknown),
        }
        if scanner.peek()? != b'{' {
            return Some(Place::Unknown);
        }

        let start = scanner.at;
        let previous = &body[self.last.unwrap_or(start)..start];
        let found = match self.layout.end_of(previous, &body[start..]) {
            Some(length) => FoundItem::alike(start..start + length, &self.layout),
            None => unlike(body, start, &mut self.layout)?,
        };
        self.last = Some(start);
        self.at = found.place.end;
        Some(if each(found) { Place::Items } else { Place::Unknown })
    }
}

/// Finds the end of an item that is unlike the one before.
fn unlike(body: &[u8], start: usize, layout: &mut ItemLayout) -> Option<FoundItem<'static>> {
    let place = Scanner::from_position(body, start).value()?;
    let item = &body[place.clone()];
    let form = Form::for_text(item);
    layout.learn(item);
    Some(FoundItem { may_name_links: may_name_a_link(item, form), place, form, layout: None })
}

/// A body whose beginning is left to a reader of the whole.
struct Unusual;

/// Where the array `value` begins; `None` if it has not arrived.
fn array_of_items(body: &[u8]) -> Option<Result<usize, Unusual>> {
    let mut scanner = Scanner::from_position(body, 0);
    if scanner.peek()? != b'{' {
        return Some(Err(Unusual));
    }
    scanner.at += 1;
    loop {
        let (name, has_escapes) = scanner.string()?;
        scanner.take(b':')?;
        if has_escapes {
            return Some(Err(Unusual));
        }
        if &body[name] == b"value" {
            return Some(if scanner.peek()? == b'[' { Ok(scanner.at) } else { Err(Unusual) });
        }
        scanner.value()?;
        scanner.take(b',')?;
    }
}
