//! The fields of an item by their names: for tables, and for conditions that a user writes.

use std::borrow::Cow;
use std::fmt;

/// A field of a collection's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The wire name, such as `osVersion`; of a derived field a name of our own.
    pub name: &'static str,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether it is no field of the item, but follows from others, as the release follows from the build.
    pub is_derived: bool,
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text; conditions compare it without regard to ASCII case.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Boolean,
    /// Numbers with dots between them, compared number by number.
    Version,
    /// Several texts.
    List,
}

/// The value of a field of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue<'v> {
    /// There is none.
    Missing,
    /// Text, or a version.
    Text(Cow<'v, str>),
    /// A whole number.
    Number(u64),
    /// True or false.
    Boolean(bool),
    /// Several texts, in order; a list without any is no missing one.
    List(Vec<Cow<'v, str>>),
}

impl Field {
    /// A field of the wire.
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, is_derived: false }
    }

    /// A field that follows from others.
    pub const fn derived(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, is_derived: true }
    }
}

impl<'v> FieldValue<'v> {
    /// The text of a value that may be missing.
    pub fn text(value: Option<&'v str>) -> Self {
        value.map_or(Self::Missing, |text| Self::Text(text.into()))
    }

    /// A number that may be missing.
    pub fn number(value: Option<u32>) -> Self {
        value.map_or(Self::Missing, |number| Self::Number(number.into()))
    }
}

/// As in a flat table: nothing for a missing value, `;` between several.
impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::List(texts) => f.write_str(&texts.join(";")),
        }
    }
}
