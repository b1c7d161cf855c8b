//! The envelope around the items of a page, whose members may come in any order.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::item::Form;
use crate::item_finder::{FoundItems, is_of_tiny_items};
use crate::item_scan::LONGEST_BEGINNING;
use crate::nested_links::may_name_a_link;
use crate::whole_number::parse as count;
use crate::{DeltaLink, Error, ErrorBody, NextLink, Result};

/// What a body says about its page, and where its items are.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) context: Option<String>,
    pub(crate) count: Option<u64>,
    pub(crate) next_link: Option<NextLink>,
    pub(crate) delta_link: Option<DeltaLink>,
    /// The range of each item in the body, and the known form of its text.
    pub(crate) items: Vec<(Range<usize>, Form)>,
    /// Whether an item may contain a next link. `false` is certain.
    pub(crate) may_name_links: bool,
}

impl Envelope {
    /// Reads a body. If its items were found before, only the rest is read.
    ///
    /// # Errors
    /// The errors of [`Page::parse`](crate::Page::parse).
    pub(crate) fn read(body: &str, found: Option<FoundItems>) -> Result<Self> {
        // A long rest is not copied.
        let is_short = |array: &Range<usize>| array.start + (body.len() - array.end) <= LONGEST_BEGINNING;
        if let Some(FoundItems { array, items, may_name_links }) = found.filter(|found| is_short(&found.array)) {
            let rest = [&body[..array.start], "[]", &body[array.end..]].concat();
            // What is wrong is said of the whole body.
            if let Ok(members) = Members::read(&rest) {
                return Ok(Self::new(members, items, may_name_links));
            }
        }
        let mut members = Members::read(body)?;
        let value = members.value.take().map(|value| value.0).unwrap_or_default();
        let (items, may_name_links) = places(&value, body);
        Ok(Self::new(members, items, may_name_links))
    }

    fn new(members: Members<'_>, items: Vec<(Range<usize>, Form)>, may_name_links: bool) -> Self {
        let Members { context, count, next_link, delta_link, .. } = members;
        Self {
            context: context.map(Cow::into_owned),
            count,
            next_link: next_link.as_deref().and_then(NextLink::new),
            delta_link: delta_link.as_deref().and_then(DeltaLink::new),
            items,
            may_name_links,
        }
    }
}

/// Where the items are in the body, and the form of their text, which is determined once for all.
fn places(value: &[&RawValue], body: &str) -> (Vec<(Range<usize>, Form)>, bool) {
    let start = body.as_ptr().addr();
    let place = |raw: &RawValue| {
        let from = raw.get().as_ptr().addr() - start;
        from..from + raw.get().len()
    };
    let Some((first, last)) = value.first().zip(value.last()) else { return Default::default() };
    let all = &body.as_bytes()[place(first).start..place(last).end];
    let form = Form::for_text(all);
    (value.iter().map(|raw| (place(raw), form)).collect(), may_name_a_link(all, form))
}

/// The members of the envelope that matter, as received.
#[derive(Default)]
struct Members<'a> {
    context: Option<Cow<'a, str>>,
    count: Option<u64>,
    next_link: Option<Cow<'a, str>>,
    delta_link: Option<Cow<'a, str>>,
    value: Option<Items<'a>>,
    error: Option<ErrorBody>,
}

impl<'a> Members<'a> {
    fn read(body: &'a str) -> Result<Self> {
        let text = body.strip_prefix('\u{feff}').unwrap_or(body).trim_ascii();
        match text.as_bytes().first() {
            Some(b'{') => {}
            None => return Err(Error::Truncated { bytes: body.len(), source: None }),
            Some(b'<') => return Err(Error::NotJson { looks_like: "an HTML or XML document" }),
            Some(b'[') => return Err(Error::NotACollection { reason: "it is an array, without an envelope" }),
            Some(_) => return Err(Error::NotJson { looks_like: "plain text" }),
        }

        let members: Self = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() {
                Error::Truncated { bytes: body.len(), source: Some(Box::new(error)) }
            } else {
                Error::Malformed { source: Box::new(error) }
            }
        })?;

        if let Some(error) = members.error {
            return Err(Error::Service(Box::new(error)));
        }
        match &members.value {
            None => Err(Error::NotACollection { reason: "there is no array \"value\"" }),
            Some(value) if value.is_of_tiny_items() => Err(Error::NotACollection { reason: TINY_ITEMS }),
            Some(_) => Ok(members),
        }
    }
}

/// The items of a page, as `serde_json` finds them.
struct Items<'a>(Vec<&'a RawValue>);

const TINY_ITEMS: &str = "it has more than 10,000 items, of less than 32 bytes on average";

impl Items<'_> {
    fn is_of_tiny_items(&self) -> bool {
        // Their bytes are counted only where it matters.
        let bytes = || self.0.iter().map(|item| item.get().len()).sum::<usize>();
        is_of_tiny_items(self.0.len(), bytes)
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

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an OData collection")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut envelope = Members::default();
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

        deserializer.deserialize_map(Object)
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
