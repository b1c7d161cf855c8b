//! CSV: a flat table. Lists are joined by `;`, and cells that a spreadsheet would run as a formula
//! are escaped.

use std::borrow::Cow;
use std::io::{self, Write};

use endstate_model::{Entity, Field, FieldKind, FieldValue};
use endstate_odata::RawItem;

use super::row_writer::RowWriter;
use crate::rows::Row;

#[derive(Debug)]
pub(crate) struct CsvTable {
    has_head: bool,
    guard: FormulaGuard,
    /// Whether the first column is the tenant.
    has_tenant: bool,
}

/// Whether cells that a spreadsheet would run as a formula are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormulaGuard {
    On,
    Off,
}

/// The columns of a collection, named as its properties are.
pub(crate) fn columns<E: Entity>() -> impl Iterator<Item = &'static Field> {
    E::FIELDS.iter().filter(|field| !field.is_derived)
}

impl<E: Entity> RowWriter<E> for CsvTable {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        self.head::<E>(out)?;
        let cells: Vec<_> = match row.item() {
            Ok(item) => columns::<E>().map(|column| cell(column, item, row.raw)).collect(),
            Err(_) => columns::<E>().map(|column| cell_as_sent(column, row.raw)).collect(),
        };
        let tenant = self.has_tenant.then(|| row.tenant.unwrap_or_default());
        self.record(tenant.into_iter().chain(cells.iter().map(String::as_str)), out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.head::<E>(out)
    }
}

impl CsvTable {
    pub(super) fn new(guard: FormulaGuard, has_tenant: bool) -> Self {
        Self { has_head: false, guard, has_tenant }
    }

    fn head<E: Entity>(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.has_head, true) {
            return Ok(());
        }
        let tenant = self.has_tenant.then_some("tenant");
        self.record(tenant.into_iter().chain(columns::<E>().map(|column| column.name)), out)
    }

    fn record<'c>(&self, cells: impl Iterator<Item = &'c str>, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().buffer_capacity(512).from_writer(Unflushed(out));
        for cell in cells {
            writer.write_field(&*self.guard.escape(cell))?;
        }
        // Ends the record.
        writer.write_record(None::<&[u8]>)?;
        writer.flush()
    }
}

/// A record must leave the CSV writer's buffer, but not the file's.
struct Unflushed<'o>(&'o mut dyn Write);

impl Write for Unflushed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The cell of a list that is not known. It differs from that of an empty list, which has nothing.
pub(crate) const UNKNOWN_LIST: &str = "null";

fn cell<E: Entity>(column: &Field, item: &E, raw: RawItem<'_>) -> String {
    if item.unreadable_fields().contains(&column.name) {
        return cell_as_sent(column, raw);
    }
    match item.field(column.name) {
        FieldValue::Missing if column.kind == FieldKind::List => UNKNOWN_LIST.to_owned(),
        value => value.to_string(),
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

/// Several lists as one: their elements, and one that no reader can read, so the list stays one
/// that is not known whole.
fn as_one_list<'a>(lists: impl Iterator<Item = RawItem<'a>>) -> String {
    let elements = lists.flat_map(|list| {
        let elements: Vec<_> = list.elements().map(|element| element.compact()).collect();
        if list.as_str().starts_with('[') { elements } else { vec![list.compact()] }
    });
    let elements: Vec<_> = elements.chain([Cow::Borrowed("{}")]).collect();
    format!("[{}]", elements.join(","))
}

/// What spreadsheets read as the beginning of a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl FormulaGuard {
    /// On, unless `--csv-raw` is set.
    pub(crate) fn from_flag(csv_raw: bool) -> Self {
        if csv_raw { Self::Off } else { Self::On }
    }

    /// The cell as it is written.
    pub(crate) fn escape(self, cell: &str) -> Cow<'_, str> {
        if self == Self::On && cell.starts_with(FORMULA) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
    }
}

/// The cell as it was before it was escaped.
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}
