//! A result as one JSON object, whose long tables are written row by row.

use std::io::{self, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::table::ResultTable;
use super::table_stream::TableStream;

/// An object, and the tables that take the place of some of its members: a table of a million rows
/// must not be in memory a second time.
#[derive(Debug)]
pub(crate) struct JsonDocument<'t, 'r> {
    object: Value,
    tables: Vec<(&'static str, Rows<'t, 'r>)>,
}

#[derive(Debug)]
enum Rows<'t, 'r> {
    Table(&'t ResultTable),
    Stream(&'t TableStream<'r>),
}

impl<'t, 'r> JsonDocument<'t, 'r> {
    /// An object without tables.
    pub(crate) fn new(object: Value) -> Self {
        Self { object, tables: Vec::new() }
    }

    /// Puts a table in the place of a member.
    pub(crate) fn table(mut self, name: &'static str, table: &'t ResultTable) -> Self {
        self.tables.push((name, Rows::Table(table)));
        self
    }

    /// Puts a table in the place of a member, whose rows are made while they are written.
    pub(crate) fn stream(mut self, name: &'static str, table: &'t TableStream<'r>) -> Self {
        self.tables.push((name, Rows::Stream(table)));
        self
    }

    /// The text, indented, with a line feed at its end.
    pub(crate) fn text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Writes the text.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

impl Serialize for JsonDocument<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.object.as_object().into_iter().flatten() {
            match self.tables.iter().find(|(table, _)| table == name) {
                Some((_, Rows::Table(table))) => map.serialize_entry(name, table)?,
                Some((_, Rows::Stream(table))) => map.serialize_entry(name, table)?,
                None => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}
