//! One item of a page, raw: decoded into a type of the caller's, or passed on as it came.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Error, Result};

/// One member of `value`: well-formed JSON, borrowed from the body, verbatim.
///
/// ```
/// use endstate_odata::RawItem;
///
/// let item = RawItem::parse(r#"{ "id": "a b", "new": [1, 2] }"#)?;
/// assert_eq!(item.compact(), r#"{"id":"a b","new":[1,2]}"#);
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawItem<'a>(&'a str);

/// An item that could not be decoded; the rest of its page is not touched.
#[derive(Debug, thiserror::Error)]
#[error("item {index} of the page cannot be read")]
#[non_exhaustive]
pub struct InvalidItem {
    /// Position on its page, from 0.
    pub index: usize,
    /// The item's JSON, verbatim.
    pub raw: String,
    /// Why.
    #[source]
    pub error: Error,
}

impl<'a> RawItem<'a> {
    /// The JSON value `null`.
    pub const NULL: RawItem<'static> = RawItem("null");

    /// Takes the text of one JSON value, after checking that it is one.
    ///
    /// # Errors
    /// [`Error::Item`] where the text is not one whole JSON value.
    pub fn parse(text: &'a str) -> Result<Self> {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(raw) => Ok(Self(raw.get())),
            Err(error) => Err(Error::Item { source: Box::new(error) }),
        }
    }

    /// Takes text that a page was already split into.
    pub(crate) fn of_page(text: &'a str) -> Self {
        Self(text)
    }

    /// The JSON, verbatim: white space and unknown properties included.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// The JSON on one line: white space between tokens left out, all else byte for byte as it came.
    ///
    /// Free for an item that is compact already, as services send them.
    pub fn compact(&self) -> Cow<'a, str> {
        let bytes = self.0.as_bytes();
        if memchr::memchr3(b' ', b'\n', b'\t', bytes).is_none() && memchr::memchr(b'\r', bytes).is_none() {
            return Cow::Borrowed(self.0);
        }
        let mut compact = String::with_capacity(self.0.len());
        let mut rest = self.0;
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

    /// Whether a list inside the item goes on elsewhere: a property such as `propertiesRequireAttention@odata.nextLink` stands
    /// beside a list that is only partly here (sections 4.5.5 and 8.3), which a client must check for (Protocol 11.2.6.7).
    ///
    /// ```
    /// use endstate_odata::RawItem;
    ///
    /// let item = RawItem::parse(r#"{"id":"a","tags":["x"],"tags@odata.nextLink":"https://host/more"}"#)?;
    /// assert!(item.has_partial_list());
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn has_partial_list(&self) -> bool {
        // Hardly ever there, and then worth a second look: it could be a text.
        memchr::memmem::find(self.0.as_bytes(), b"nextLink").is_some()
            && self.decode::<Value>().map_or(true, |item| has_nested_link(&item))
    }

    /// Decodes the item; `T` may borrow from the body.
    ///
    /// # Errors
    /// [`Error::Item`] where the item is not a `T`.
    pub fn decode<T: Deserialize<'a>>(&self) -> Result<T> {
        serde_json::from_str(self.0).map_err(|error| Error::Item { source: Box::new(error) })
    }
}

fn has_nested_link(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_link = name.ends_with("@odata.nextLink") || name.ends_with("@nextLink");
            // A null or empty link is the end, as it is for pages.
            (is_link && value.as_str() != Some("") && !value.is_null()) || has_nested_link(value)
        }),
        Value::Array(items) => items.iter().any(has_nested_link),
        _ => false,
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
