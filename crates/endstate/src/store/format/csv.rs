//! CSV: a flat table of rows. Lists are joined by `;`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use endstate_model::{Entity, Field, FieldKind, FieldValue};
use endstate_odata::RawItem;
use serde::Serialize;

use super::csv_record::CsvRecord;
use super::formula_guard::FormulaGuard;
use super::row_writer::RowWriter;
use crate::rows::Row;

#[derive(Debug)]
pub(crate) struct CsvTable {
    /// Whether the head was written, and whether it has the columns of today.
    head: Option<bool>,
    /// The columns, once the head was written.
    columns: Vec<&'static Field>,
    /// Whether the first column is the tenant.
    has_tenant: bool,
    record: CsvRecord,
    /// The memory of a cell.
    text: String,
}

/// The columns of a collection, named as its properties are. States of today's sources have more
/// than those of the documented collection.
pub(crate) fn columns<E: Entity>(is_current: bool) -> impl Iterator<Item = &'static Field> {
    E::FIELDS.iter().filter(move |field| !field.is_derived && (is_current || !field.is_current))
}

impl<E: Entity> RowWriter<E> for CsvTable {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        let is_current = self.head::<E>(row.is_current, out)?;
        if row.is_current != is_current {
            let message = "states of several sources do not fit into one csv; set --source, or write ndjson";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if self.has_tenant {
            self.record.cell(row.tenant.unwrap_or_default())?;
        }
        if !is_current && self.cells_of_document::<E>(row.raw)? {
            row.mark_valid();
            return self.record.end(out);
        }
        for place in 0..self.columns.len() {
            let column = self.columns[place];
            let cell = match row.item() {
                Ok(item) => cell_of_item(column, item, row.raw),
                Err(_) => cell_as_sent(column, row.raw),
            };
            self.record.cell(&cell)?;
        }
        self.record.end(out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.head::<E>(false, out).map(drop)
    }
}

impl CsvTable {
    pub(super) fn new(guard: FormulaGuard, has_tenant: bool) -> Self {
        Self { head: None, columns: Vec::new(), has_tenant, record: CsvRecord::new(guard), text: String::new() }
    }

    /// Writes the head before the first row. Returns whether it has the columns of today.
    fn head<E: Entity>(&mut self, is_current: bool, out: &mut dyn Write) -> io::Result<bool> {
        if let Some(is_current) = self.head {
            return Ok(is_current);
        }
        self.head = Some(is_current);
        self.columns = columns::<E>(is_current).collect();
        let tenant = self.has_tenant.then_some("tenant");
        let names: Vec<_> = tenant.into_iter().chain(self.columns.iter().map(|column| column.name)).collect();
        names.into_iter().try_for_each(|name| self.record.cell(name))?;
        self.record.end(out)?;
        Ok(is_current)
    }

    /// Writes the cells of an item in the form of the document, which need not be built for that.
    /// Returns whether it has that form; if not, no cell was written.
    fn cells_of_document<E: Entity>(&mut self, raw: RawItem<'_>) -> io::Result<bool> {
        let columns = std::mem::take(&mut self.columns);
        let mut text = std::mem::take(&mut self.text);
        let mut written = Ok(());
        let has_form = E::each_field(raw, &columns, |column, value| {
            text.clear();
            let cell = text_of(column, &value, &mut text);
            if written.is_ok() {
                written = self.record.cell(cell);
            }
        });
        (self.columns, self.text) = (columns, text);
        written.map(|()| has_form)
    }
}

/// The cell of a list that is not known. It differs from that of an empty list, which has nothing.
pub(crate) const UNKNOWN_LIST: &str = "null";

fn cell_of_item<E: Entity>(column: &Field, item: &E, raw: RawItem<'_>) -> String {
    if item.unreadable_fields().contains(&column.name) {
        return cell_as_sent(column, raw);
    }
    let mut text = String::new();
    text_of(column, &item.field(column.name), &mut text).to_owned()
}

/// The text of a value, either its own or written to `text`, which is empty.
fn text_of<'t>(column: &Field, value: &'t FieldValue<'_>, text: &'t mut String) -> &'t str {
    match value {
        FieldValue::Missing if column.kind == FieldKind::List => return UNKNOWN_LIST,
        FieldValue::Missing => return "",
        FieldValue::Text(value) => return value,
        FieldValue::List(texts) => write_list(texts, text),
        value => {
            // A `String` takes any text.
            let _ = write!(text, "{value}");
        }
    }
    text
}

/// Writes a list: joined by `;` if it can be split again and looks like nothing else, else as JSON.
pub(crate) fn write_list<T: AsRef<str> + Serialize>(texts: &[T], text: &mut String) {
    let is_clear = |text: &str| !text.is_empty() && text != UNKNOWN_LIST && !text.contains(';');
    let is_list = texts.first().is_none_or(|text| !text.as_ref().starts_with(['[', '{', '\'']));
    if !is_list || !texts.iter().all(|text| is_clear(text.as_ref())) {
        text.push_str(&serde_json::to_string(texts).unwrap_or_default());
        return;
    }
    for (place, element) in texts.iter().enumerate() {
        text.push_str(if place > 0 { ";" } else { "" });
        text.push_str(element.as_ref());
    }
}

/// A field that cannot be read keeps its JSON, and a text its text. Of a field that occurs several
/// times, each value is kept.
fn cell_as_sent(column: &Field, raw: RawItem<'_>) -> String {
    let values = || raw.members().filter(|(name, _)| *name == *column.name).map(|(_, value)| value);
    let is_list = column.kind == FieldKind::List;
    if is_list && values().count() > 1 {
        return as_one_list(values());
    }
    let texts = values().map(|value| match value.decode::<Option<String>>() {
        Ok(None) if is_list => UNKNOWN_LIST.to_owned(),
        Ok(text) => text.unwrap_or_default(),
        // Not as a text, which would be a property.
        Err(_) if is_list && !value.as_str().starts_with('[') => format!("[{}]", value.compact()),
        Err(_) => value.compact().into_owned(),
    });
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() && is_list { UNKNOWN_LIST.to_owned() } else { texts.join(" / ") }
}

/// Joins several lists into one, and adds an element that is no text: a reader then finds that the
/// list is not known whole.
fn as_one_list<'a>(lists: impl Iterator<Item = RawItem<'a>>) -> String {
    let elements = lists.flat_map(|list| {
        let elements: Vec<_> = list.elements().map(|element| element.compact()).collect();
        if list.as_str().starts_with('[') { elements } else { vec![list.compact()] }
    });
    let elements: Vec<_> = elements.chain([Cow::Borrowed("{}")]).collect();
    format!("[{}]", elements.join(","))
}
