//! The columns of a row of a hunting answer, with the oddities of the wire undone.

use std::borrow::Cow;

use endstate_odata::RawItem;

use crate::configuration_row::text;

/// The values of a row, as texts.
#[derive(Debug, Default)]
pub(crate) struct Columns<'a> {
    values: Vec<(String, Cow<'a, str>)>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(item: RawItem<'a>) -> Self {
        let members = item.members().filter(|(name, _)| !name.contains('@'));
        let values = members.filter_map(|(name, value)| Some((name.to_ascii_lowercase(), scalar(value)?)));
        Self { values: values.collect() }
    }

    /// The text of a column, which is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.values.iter().find(|(column, _)| *column == name).map(|(_, text)| &**text)
    }

    pub(crate) fn boxed(&self, name: &str) -> Option<Box<str>> {
        self.text(name).map(Into::into)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.parse().ok()
    }

    /// The words of a column.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.text(name).unwrap_or_default().split_ascii_whitespace()
    }
}

/// A value as a text; `None` for null, for `{}` and for an empty text.
fn scalar(value: RawItem<'_>) -> Option<Cow<'_, str>> {
    match value.as_str().as_bytes().first()? {
        b'"' => text(value),
        b'{' | b'n' => None,
        _ => Some(value.compact()),
    }
}
