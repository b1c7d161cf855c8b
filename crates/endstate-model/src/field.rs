//! The fields of an item by name, for tables and for conditions that a user writes.

use std::borrow::Cow;
use std::fmt;

use crate::{AttentionProperty, UtcTime};

/// A field of a collection's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The wire name, such as `osVersion`. For a derived field, a name that this crate defines.
    pub name: &'static str,
    /// The type of its values.
    pub kind: FieldKind,
    /// Whether the item does not contain this field, and it is derived from others instead, as the
    /// release is derived from the build.
    pub is_derived: bool,
    /// Whether only items of today's sources have it, and not those of the documented collection.
    pub is_current: bool,
    /// The member of the item that has the field; `None` if it is the item itself.
    pub parent: Option<&'static str>,
}

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text; conditions compare it without regard to ASCII case.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Boolean,
    /// Numbers separated by dots, compared number by number.
    Version,
    /// A moment in UTC.
    Time,
    /// Several texts.
    List,
}

/// The value of a field of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue<'v> {
    /// The item has no value for the field.
    Missing,
    /// Text, or a version.
    Text(Cow<'v, str>),
    /// A whole number.
    Number(u64),
    /// True or false.
    Boolean(bool),
    /// A moment.
    Time(UtcTime),
    /// Several texts, in order. An empty list is not a missing value.
    List(Vec<Cow<'v, str>>),
}

/// The names of a field's values, for conditions that a user writes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueNames {
    /// The value, and a name under which a user may write it: the value itself, or a display name.
    pub names: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// Whether there can be no other value. The values of an open enumeration are not all known.
    pub is_closed: bool,
}

impl Field {
    /// Creates a field that the service sends.
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, is_derived: false, is_current: false, parent: None }
    }

    /// Creates a field that is derived from others.
    pub const fn derived(name: &'static str, kind: FieldKind) -> Self {
        Self { is_derived: true, ..Self::new(name, kind) }
    }

    /// Creates a field that only items of today's sources have.
    pub const fn current(name: &'static str, kind: FieldKind) -> Self {
        Self { is_current: true, ..Self::new(name, kind) }
    }

    /// Places the field in a member of the item.
    #[must_use]
    pub const fn within(self, parent: &'static str) -> Self {
        Self { parent: Some(parent), ..self }
    }
}

impl ValueNames {
    /// Values that are their own names.
    pub(crate) fn open<'n>(values: impl IntoIterator<Item = &'n str>) -> Self {
        let own = |value: &str| (value.to_owned().into(), value.to_owned().into());
        Self { names: values.into_iter().map(own).collect(), is_closed: false }
    }

    /// Returns the values with this name, without regard to case.
    pub fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.names.iter().filter(move |(_, alias)| alias.eq_ignore_ascii_case(name)).map(|(value, _)| &**value)
    }
}

impl<'v> FieldValue<'v> {
    /// Wraps a text that may be missing.
    pub fn text(value: Option<&'v str>) -> Self {
        value.map_or(Self::Missing, |text| Self::Text(text.into()))
    }

    /// Wraps a moment that may be missing.
    pub fn time(value: Option<UtcTime>) -> Self {
        value.map_or(Self::Missing, Self::Time)
    }

    /// Wraps several texts.
    pub fn list(texts: &'v [Box<str>]) -> Self {
        Self::List(texts.iter().map(|text| (&**text).into()).collect())
    }

    /// Wraps the names of properties.
    pub(crate) fn names(properties: impl Iterator<Item = &'v AttentionProperty>) -> Self {
        Self::List(properties.map(|property| property.as_str().into()).collect())
    }

    /// Wraps a number that may be missing.
    pub fn number(value: Option<u32>) -> Self {
        value.map_or(Self::Missing, |number| Self::Number(number.into()))
    }
}

/// Writes the value as in a flat table: nothing for a missing value, and `;` between several texts.
impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::List(texts) => f.write_str(&texts.join(";")),
        }
    }
}
