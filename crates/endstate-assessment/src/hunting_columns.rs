//! The columns of a row of a hunting answer, with the oddities of the wire undone.

use std::borrow::Cow;

use endstate_model::UtcTime;
use endstate_odata::RawItem;
use serde::de::DeserializeOwned;

use crate::configuration_row::{id_text, text, truth_of_text};

/// A row of a hunting answer cannot be read, because of the value of one of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the column '{column}' is not {expected}")]
#[non_exhaustive]
pub struct UnreadableRow {
    /// The column.
    pub column: &'static str,
    /// What its value should be.
    pub expected: &'static str,
}

/// The values of a row, each of which is read only when it is used. A column that is missing, null,
/// `{}` or an empty text has no value.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    values: Vec<(Cow<'a, str>, RawItem<'a>)>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(item: RawItem<'a>) -> Self {
        let members = item.members().filter(|(name, value)| !name.contains('@') && !is_nothing(*value));
        Self { values: members.collect() }
    }

    /// The value of a column. Names are compared without regard to case. It is an error if a column
    /// has two values.
    fn value(&self, name: &'static str) -> Result<Option<RawItem<'a>>, UnreadableRow> {
        let mut values = self.values.iter().filter(|(column, _)| column.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| *value);
        let is_one = values.all(|(_, value)| Some(*value) == first);
        is_one.then_some(first).ok_or(UnreadableRow { column: name, expected: "one value" })
    }

    /// Reads the value of a column. It is an error if the column has a value that `read` does not
    /// read.
    pub(crate) fn read<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        read: impl FnOnce(RawItem<'a>) -> Option<T>,
    ) -> Result<Option<T>, UnreadableRow> {
        let Some(value) = self.value(column)? else { return Ok(None) };
        read(value).map(Some).ok_or(UnreadableRow { column, expected })
    }

    /// The text of a column. A number or a truth value is a text, too.
    pub(crate) fn text(&self, column: &'static str) -> Result<Option<Cow<'a, str>>, UnreadableRow> {
        self.read(column, "a text", scalar)
    }

    pub(crate) fn boxed(&self, column: &'static str) -> Result<Option<Box<str>>, UnreadableRow> {
        Ok(self.text(column)?.map(Into::into))
    }

    /// The id in a column, which the row must have.
    pub(crate) fn id(&self, column: &'static str) -> Result<Cow<'a, str>, UnreadableRow> {
        const EXPECTED: &str = "an id";
        self.read(column, EXPECTED, id_text)?.ok_or(UnreadableRow { column, expected: EXPECTED })
    }

    pub(crate) fn number(&self, column: &'static str) -> Result<Option<u32>, UnreadableRow> {
        self.read(column, "a whole number", |value| u32::try_from(value.as_whole_number()?).ok())
    }

    pub(crate) fn truth(&self, column: &'static str) -> Result<Option<bool>, UnreadableRow> {
        self.read(column, "true or false", |value| truth_of_text(&scalar(value)?))
    }

    /// The moment in a column. A moment before 1970 means that something never happened.
    pub(crate) fn time(&self, column: &'static str) -> Result<Option<UtcTime>, UnreadableRow> {
        let time = self.read(column, "a time", |value| {
            let text = scalar(value)?;
            match text.parse() {
                Ok(time) => Some(Some(time)),
                Err(_) => text.starts_with("0001-").then_some(None),
            }
        })?;
        Ok(time.flatten())
    }

    /// The elements of a column with a list: an array, or a text that is one.
    pub(crate) fn list<T: DeserializeOwned>(
        &self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<Vec<T>, UnreadableRow> {
        let elements: Option<Option<Vec<Option<T>>>> = self.read(column, expected, |value| {
            if !value.as_str().starts_with('"') {
                return value.decode().ok();
            }
            match text(value)?.trim() {
                "{}" => Some(None),
                list => serde_json::from_str(list).ok(),
            }
        })?;
        Ok(elements.flatten().into_iter().flatten().flatten().collect())
    }
}

/// Whether a value is how the service writes null, or an empty text.
fn is_nothing(value: RawItem<'_>) -> bool {
    matches!(value.as_str(), "null" | "\"\"") || value.compact() == "{}"
}

/// A text, a number or a truth value, as a text.
fn scalar(value: RawItem<'_>) -> Option<Cow<'_, str>> {
    match value.as_str().as_bytes().first()? {
        b'"' => text(value),
        b'{' | b'[' => None,
        _ => Some(value.compact()),
    }
}
