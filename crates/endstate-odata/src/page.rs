//! One page of a collection: the envelope around `value`, whose members may come in any order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::item::Form;
use crate::whole_number::parse as count;
use crate::{DeltaLink, Error, ErrorBody, InvalidItem, NextLink, RawItem, Result};

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
    context: Option<Cow<'a, str>>,
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
        let text = body.strip_prefix('\u{feff}').unwrap_or(body).trim_ascii();
        match text.as_bytes().first() {
            Some(b'{') => {}
            None => return Err(Error::Truncated { bytes: body.len(), source: None }),
            Some(b'<') => return Err(Error::NotJson { looks_like: "an HTML or XML document" }),
            Some(b'[') => return Err(Error::NotACollection { reason: "it is an array, without an envelope" }),
            Some(_) => return Err(Error::NotJson { looks_like: "plain text" }),
        }

        let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() {
                Error::Truncated { bytes: body.len(), source: Some(Box::new(error)) }
            } else {
                Error::Malformed { source: Box::new(error) }
            }
        })?;

        if let Some(error) = envelope.error {
            return Err(Error::Service(Box::new(error)));
        }
        let Some(value) = envelope.value else {
            return Err(Error::NotACollection { reason: "there is no array \"value\"" });
        };
        if value.is_of_tiny_items() {
            return Err(Error::NotACollection { reason: TINY_ITEMS });
        }

        Ok(Self {
            context: envelope.context,
            count: envelope.count,
            next_link: envelope.next_link.as_deref().and_then(NextLink::new),
            delta_link: envelope.delta_link.as_deref().and_then(DeltaLink::new),
            items: raw_items(&value.0, text),
        })
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
        self.items.iter().enumerate().map(|(index, item)| {
            item.decode().map_err(|error| InvalidItem { index, raw: item.as_str().to_owned(), error })
        })
    }
}

/// Wraps the items, and determines the form of their text once for the whole page.
fn raw_items<'a>(value: &[&'a RawValue], text: &'a str) -> Vec<RawItem<'a>> {
    let Some((first, last)) = value.first().zip(value.last()) else { return Vec::new() };
    let start = text.as_ptr().addr();
    let place = |raw: &RawValue| raw.get().as_ptr().addr() - start;
    let form = Form::for_text(&text[place(first)..place(last) + last.get().len()]);
    value.iter().map(|raw| RawItem::of_page(raw.get(), form)).collect()
}

/// The members of the envelope that matter, as received.
#[derive(Default)]
struct Envelope<'a> {
    context: Option<Cow<'a, str>>,
    count: Option<u64>,
    next_link: Option<Cow<'a, str>>,
    delta_link: Option<Cow<'a, str>>,
    value: Option<Items<'a>>,
    error: Option<ErrorBody>,
}

/// The items of a page. From 10,000 items on they need 32 bytes on average: an item takes some 100
/// bytes of memory, however short it is, and no collection has so many that are so short.
struct Items<'a>(Vec<&'a RawValue>);

const TINY_ITEMS: &str = "it has more than 10,000 items, of less than 32 bytes on average";

impl Items<'_> {
    const FREE: usize = 10_000;
    const LEAST_BYTES: usize = 32;

    fn is_of_tiny_items(&self) -> bool {
        let bytes = || self.0.iter().map(|item| item.get().len()).sum::<usize>();
        self.0.len() > Self::FREE && bytes() < self.0.len() * Self::LEAST_BYTES
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;

        impl<'de> Visitor<'de> for Array {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Items<'de>, A::Error> {
                let mut items = Items(Vec::new());
                let mut is_refused = false;
                while let Some(item) = array.next_element::<&RawValue>()? {
                    // What is refused in the end is not kept until then.
                    is_refused = is_refused || items.0.len().is_power_of_two() && items.is_of_tiny_items();
                    if !is_refused {
                        items.0.push(item);
                    }
                }
                Ok(items)
            }
        }

        deserializer.deserialize_seq(Array)
    }
}

/// Which members were read already, under either of their names.
#[derive(Default)]
struct Seen {
    context: Occurrence,
    count: Occurrence,
    next_link: Occurrence,
    delta_link: Occurrence,
    error: Occurrence,
}

/// Whether a member was read already.
#[derive(Default)]
struct Occurrence(bool);

impl Occurrence {
    /// Keeps the value of a member. Once more it must be the same: keeping either of two values
    /// would be a guess.
    fn once<T: PartialEq, E: serde::de::Error>(&mut self, kept: &mut T, value: T, name: &str) -> Result<(), E> {
        if std::mem::replace(&mut self.0, true) && *kept != value {
            return Err(E::custom(format_args!("\"{name}\" occurs twice, with different values")));
        }
        *kept = value;
        Ok(())
    }
}

/// The name of a member of the envelope.
enum Member {
    Context,
    Count,
    NextLink,
    DeltaLink,
    Value,
    Error,
    Other,
}

impl Member {
    fn from_name(name: &str) -> Self {
        match control_information(name) {
            Some("context") => Self::Context,
            Some("count") => Self::Count,
            Some("nextLink") => Self::NextLink,
            Some("deltaLink") => Self::DeltaLink,
            None if name == "value" => Self::Value,
            None if name == "error" => Self::Error,
            _ => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Member, E> {
                Ok(Member::from_name(name))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

/// Returns the name of control information without `@` and without the infix: `count` for both
/// `@odata.count` and `@count`.
pub(crate) fn control_information(name: &str) -> Option<&str> {
    let name = name.strip_prefix('@')?;
    Some(name.strip_prefix("odata.").unwrap_or(name))
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an OData collection")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'de>, A::Error> {
                let mut envelope = Envelope::default();
                let mut seen = Seen::default();

                while let Some(member) = map.next_key()? {
                    match member {
                        Member::Context => {
                            let context = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
                            seen.context.once(&mut envelope.context, context, "context")?;
                        }
                        Member::Count => {
                            let count = count(map.next_value::<&RawValue>()?.get());
                            seen.count.once(&mut envelope.count, count, "count")?;
                        }
                        Member::NextLink => {
                            let link = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
                            seen.next_link.once(&mut envelope.next_link, link, "nextLink")?;
                        }
                        Member::DeltaLink => {
                            let link = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
                            seen.delta_link.once(&mut envelope.delta_link, link, "deltaLink")?;
                        }
                        Member::Value if envelope.value.is_some() => {
                            // Keeping either array would drop the items of the other.
                            return Err(serde::de::Error::custom("\"value\" occurs twice"));
                        }
                        Member::Value => envelope.value = Some(map.next_value()?),
                        Member::Error => {
                            let error = map.next_value()?;
                            seen.error.once(&mut envelope.error, error, "error")?;
                        }
                        Member::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }

                Ok(envelope)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A string, borrowed from the body if it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;

        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowing)
    }
}
