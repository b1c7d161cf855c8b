//! CSV: a flat table, lists joined by `;`, cells that a spreadsheet would run as a formula neutralised.

use std::borrow::Cow;
use std::io::{self, Write};

use endstate_model::{Entity, Field};
use serde_json::Value;

use super::RowWriter;
use crate::row::Row;

#[derive(Debug)]
pub(crate) struct CsvTable {
    has_head: bool,
    cells: Cells,
    /// Whether the first column is the tenant.
    has_tenant: bool,
}

/// How cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cells {
    /// So that no spreadsheet runs one.
    Guarded,
    /// As they are.
    Raw,
}

/// The columns of a collection, named as its properties are.
pub(crate) fn columns<E: Entity>() -> impl Iterator<Item = &'static Field> {
    E::FIELDS.iter().filter(|field| !field.is_derived)
}

impl<E: Entity> RowWriter<E> for CsvTable {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        self.head::<E>(out)?;
        let cells: Vec<_> = match row.item() {
            Ok(item) => columns::<E>().map(|column| item.field(column.name).to_string()).collect(),
            Err(_) => cells_of_unreadable(row),
        };
        let tenant = self.has_tenant.then(|| row.tenant.unwrap_or_default());
        self.record(tenant.into_iter().chain(cells.iter().map(String::as_str)), out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.head::<E>(out)
    }
}

impl CsvTable {
    pub(super) fn new(cells: Cells, has_tenant: bool) -> Self {
        Self { has_head: false, cells, has_tenant }
    }

    fn head<E: Entity>(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.has_head, true) {
            return Ok(());
        }
        let tenant = self.has_tenant.then_some("tenant");
        self.record(tenant.into_iter().chain(columns::<E>().map(|column| column.name)), out)
    }

    fn record<'c>(&self, cells: impl Iterator<Item = &'c str>, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().buffer_capacity(512).from_writer(out);
        for cell in cells {
            writer.write_field(&*self.cells.written(cell))?;
        }
        // Ends the record.
        writer.write_record(None::<&[u8]>)?;
        writer.flush()
    }
}

/// An item that cannot be understood keeps what there is of the columns.
fn cells_of_unreadable<E: Entity>(row: &Row<'_, E>) -> Vec<String> {
    let item: Value = row.raw.decode().unwrap_or_default();
    let cell = |column: &Field| match item.get(column.name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    columns::<E>().map(cell).collect()
}

/// What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl Cells {
    /// Guarded unless asked for otherwise.
    pub(crate) fn of(csv_raw: bool) -> Self {
        if csv_raw { Self::Raw } else { Self::Guarded }
    }

    /// The cell as it is written.
    pub(crate) fn written(self, cell: &str) -> Cow<'_, str> {
        if self == Self::Guarded && cell.starts_with(FORMULA) {
            Cow::Owned(format!("'{cell}"))
        } else {
            Cow::Borrowed(cell)
        }
    }
}

/// The cell as it was before it was guarded.
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}
