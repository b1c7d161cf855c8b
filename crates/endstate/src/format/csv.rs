//! CSV: a flat table, the properties joined by `;`, cells that a spreadsheet would run as a formula neutralised.

use std::borrow::Cow;
use std::io::{self, Write};

use endstate_model::MachineSecurityState;
use serde_json::Value;

use super::RowWriter;
use crate::row::Row;

/// The columns, named as the properties are.
pub(crate) const COLUMNS: [&str; 6] =
    ["id", "build", "revision", "architecture", "osVersion", "propertiesRequireAttention"];

#[derive(Debug, Default)]
pub(crate) struct CsvTable {
    has_head: bool,
}

impl RowWriter for CsvTable {
    fn row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        let cells = match &row.state {
            Ok(state) => cells(state),
            Err(_) => cells_of_unreadable(row),
        };
        record(&cells, out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)
    }
}

impl CsvTable {
    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.has_head, true) {
            return Ok(());
        }
        record(&COLUMNS.map(ToOwned::to_owned), out)
    }
}

fn record(cells: &[String; 6], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(512).from_writer(out);
    writer.write_record(cells.iter().map(|cell| guarded(cell).into_owned()))?;
    writer.flush()
}

fn cells(state: &MachineSecurityState) -> [String; 6] {
    let text = |value: Option<&dyn ToString>| value.map(ToString::to_string).unwrap_or_default();
    let properties: Vec<_> = state.properties_require_attention.iter().map(ToString::to_string).collect();
    [
        state.id.to_string(),
        text(state.build.as_ref().map(|build| build as &dyn ToString)),
        text(state.revision.as_ref().map(|revision| revision as &dyn ToString)),
        text(state.architecture.as_ref().map(|architecture| architecture as &dyn ToString)),
        text(state.os_version.as_ref().map(|version| version as &dyn ToString)),
        properties.join(";"),
    ]
}

/// An item that is not a device state keeps what there is of the columns.
fn cells_of_unreadable(row: &Row<'_>) -> [String; 6] {
    let item: Value = row.raw.decode().unwrap_or_default();
    COLUMNS.map(|column| match item.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    })
}

/// What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet runs.
pub(crate) fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(FORMULA) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The cell as it was before it was guarded.
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}
