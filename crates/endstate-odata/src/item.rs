//! One item of a page, raw. The caller decodes it into its own type, or passes it on as received.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::scan::Scanner;
use crate::{Error, Result, whole_number};

/// One item in `value`: well-formed JSON, borrowed verbatim from the body.
///
/// ```
/// use endstate_odata::RawItem;
///
/// let item = RawItem::parse(r#"{ "id": "a b", "new": [1, 2] }"#)?;
/// assert_eq!(item.compact(), r#"{"id":"a b","new":[1,2]}"#);
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct RawItem<'a> {
    text: &'a str,
    form: Form,
}

/// What is known about an item's text. `false` means unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Form {
    /// The text has no white space between tokens.
    pub(crate) is_compact: bool,
    /// The text has neither escapes nor control characters.
    pub(crate) is_plain: bool,
}

/// The members of an item, in the server's order; see [`RawItem::members`].
#[derive(Debug, Clone)]
pub struct Members<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    form: Form,
    is_first: bool,
}

/// An item that could not be decoded. It does not affect the rest of its page.
#[derive(Debug, thiserror::Error)]
#[error("item {index} of the page cannot be read")]
#[non_exhaustive]
pub struct InvalidItem {
    /// Position on its page, counted from 0.
    pub index: usize,
    /// The item's JSON, verbatim.
    pub raw: String,
    /// Why the item could not be decoded.
    #[source]
    pub error: Error,
}

impl InvalidItem {
    /// The item at this position of its page, and why it could not be decoded.
    pub fn new(index: usize, item: RawItem<'_>, error: Error) -> Self {
        Self { index, raw: item.as_str().to_owned(), error }
    }
}

impl Form {
    /// Neither white space between tokens nor escapes.
    pub(crate) const BARE: Self = Self { is_compact: true, is_plain: true };

    /// Determines what is certain about every item within this text.
    pub(crate) fn for_text(text: &[u8]) -> Self {
        // The search runs in parts, to end early if the text has neither form. Within a part, the
        // CPU compares many bytes at a time.
        let has = |odd: fn(u8) -> bool| {
            text.chunks(4096).any(|part| part.iter().fold(false, |found, byte| found | odd(*byte)))
        };
        // A control character is white space between tokens, or the text is not JSON.
        let is_compact = !has(|byte| byte <= b' ');
        let is_plain = !has(|byte| byte < b' ' || byte == b'\\');
        Self { is_compact, is_plain }
    }
}

impl<'a> RawItem<'a> {
    /// The JSON value `null`.
    pub const NULL: RawItem<'static> = RawItem { text: "null", form: Form::BARE };

    /// Wraps a text after checking that it is one JSON value.
    ///
    /// # Errors
    /// Returns [`Error::Item`] if the text is not one whole JSON value.
    pub fn parse(text: &'a str) -> Result<Self> {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(raw) => Ok(Self { text: raw.get(), form: Form::for_text(raw.get().as_bytes()) }),
            Err(error) => Err(Error::Item { source: Box::new(error) }),
        }
    }

    /// Wraps the text of an item that the page's parser has already split off.
    pub(crate) fn of_page(text: &'a str, form: Form) -> Self {
        Self { text, form }
    }

    /// What is known of its text.
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Wraps a value within an item. If the item is plain, so is the value.
    fn part(text: &'a str, form: Form) -> Self {
        Self { text, form: Form { is_compact: false, ..form } }
    }

    /// The JSON, verbatim, including white space and unknown properties.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether the item is known to have no escapes, so the body contains each of its texts
    /// unchanged. `false` means unknown.
    // Public only for the speed of `endstate-model`, which then splits an item without a scanner.
    #[doc(hidden)]
    pub fn is_known_plain(&self) -> bool {
        self.form.is_plain
    }

    /// Iterates over the members of an object: each name, with escapes decoded, and its value,
    /// which is JSON of any kind. Yields nothing if the item is not an object. A name may occur
    /// twice.
    ///
    /// ```
    /// use endstate_odata::RawItem;
    ///
    /// let item = RawItem::parse(r#"{"id":"a","tags":["x"]}"#)?;
    /// let members: Vec<_> = item.members().map(|(name, value)| (name, value.as_str())).collect();
    /// assert_eq!(members, [("id".into(), "\"a\""), ("tags".into(), "[\"x\"]")]);
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn members(&self) -> Members<'a> {
        let Self { text, form } = *self;
        Members { text, scanner: Scanner::with(text, form.is_plain), form, is_first: true }
    }

    /// Iterates over the elements of an array. Yields nothing if the item is not an array.
    ///
    /// ```
    /// use endstate_odata::RawItem;
    ///
    /// let texts: Vec<_> = RawItem::parse(r#"["x", "y"]"#)?
    ///     .elements()
    ///     .filter_map(|item| item.as_plain_text())
    ///     .collect();
    /// assert_eq!(texts, ["x", "y"]);
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn elements(&self) -> impl Iterator<Item = RawItem<'a>> + use<'a> {
        let mut scanner = Scanner::with(self.text, self.form.is_plain);
        let Self { text, form } = *self;
        let mut opening = b'[';
        std::iter::from_fn(move || {
            scanner.take(std::mem::replace(&mut opening, b','))?;
            scanner.value().map(|place| Self::part(&text[place], form))
        })
    }

    /// The text of a string without escapes, as the body contains it; `None` for anything else.
    pub fn as_plain_text(&self) -> Option<&'a str> {
        let text = self.text.strip_prefix('"')?.strip_suffix('"')?;
        (self.form.is_plain || memchr::memchr(b'\\', text.as_bytes()).is_none()).then_some(text)
    }

    /// Reads a whole number from 0, in any spelling: `444`, `"444"`, `444.0` or `4.44e2`. A number
    /// beyond 64 bits reads as [`u64::MAX`]. Returns `None` for anything else.
    ///
    /// ```
    /// use endstate_odata::RawItem;
    ///
    /// assert_eq!(RawItem::parse("2485.0")?.as_whole_number(), Some(2485));
    /// assert_eq!(RawItem::parse("-1")?.as_whole_number(), None);
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn as_whole_number(&self) -> Option<u64> {
        whole_number::parse(self.text)
    }

    /// Returns the JSON on one line, without white space between tokens and otherwise byte for byte
    /// as received.
    ///
    /// Copies nothing if the item is already compact, as services send it.
    pub fn compact(&self) -> Cow<'a, str> {
        let bytes = self.text.as_bytes();
        if self.form.is_compact
            || memchr::memchr3(b' ', b'\n', b'\t', bytes).is_none() && memchr::memchr(b'\r', bytes).is_none()
        {
            return Cow::Borrowed(self.text);
        }

        let mut compact = String::with_capacity(self.text.len());
        let mut rest = self.text;
        while let Some(quote) = memchr::memchr(b'"', rest.as_bytes()) {
            let (between, string) = rest.split_at(quote);
            push_without_white_space(&mut compact, between);
            let (string, after) = string.split_at(string_length(string));
            compact.push_str(string);
            rest = after;
        }

        push_without_white_space(&mut compact, rest);
        Cow::Owned(compact)
    }

    /// Decodes the item. `T` may borrow from the body.
    ///
    /// # Errors
    /// Returns [`Error::Item`] if the item is not a `T`.
    pub fn decode<T: Deserialize<'a>>(&self) -> Result<T> {
        serde_json::from_str(self.text).map_err(|error| Error::Item { source: Box::new(error) })
    }
}

impl std::fmt::Debug for RawItem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RawItem").field(&self.text).finish()
    }
}

/// Serializes as the value that the text is, verbatim in JSON.
impl serde::Serialize for RawItem<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: &RawValue = serde_json::from_str(self.text).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

/// Two items are equal if their JSON is the same, byte for byte.
impl PartialEq for RawItem<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for RawItem<'_> {}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, RawItem<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.scanner.take(if std::mem::take(&mut self.is_first) { b'{' } else { b',' })?;
        let (name, has_escapes) = self.scanner.string()?;
        self.scanner.take(b':')?;
        let value = RawItem::part(&self.text[self.scanner.value()?], self.form);
        let name = &self.text[name];
        let name = if has_escapes {
            // A name with half a surrogate pair is not valid text. It becomes empty and matches no
            // property.
            Cow::Owned(serde_json::from_str(&format!("\"{name}\"")).unwrap_or_default())
        } else {
            Cow::Borrowed(name)
        };
        Some((name, value))
    }
}

fn push_without_white_space(compact: &mut String, between: &str) {
    compact.extend(between.split_ascii_whitespace());
}

/// Length in bytes of the string literal that the text starts with, quotes included.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}
