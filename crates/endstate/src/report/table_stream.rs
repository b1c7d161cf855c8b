//! Tables for programs. Rows can be made while they are written, so they are never all in memory.

use std::cell::RefCell;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::table::{Cell, Column, KeyedCells, ResultTable};
use crate::store::format::FormulaGuard;

/// Columns, and rows that can be written once.
pub(crate) struct TableStream<'r> {
    columns: Vec<Column>,
    rows: RefCell<Box<dyn Iterator<Item = Vec<Cell>> + 'r>>,
}

impl<'r> TableStream<'r> {
    pub(crate) fn new(columns: impl IntoIterator<Item = Column>, rows: impl Iterator<Item = Vec<Cell>> + 'r) -> Self {
        Self { columns: columns.into_iter().collect(), rows: RefCell::new(Box::new(rows)) }
    }

    /// Writes the head and every row.
    pub(crate) fn csv(&self, guard: FormulaGuard, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = CsvRows::new(self.columns.clone(), guard);
        csv.head(out)?;
        self.rows.borrow_mut().try_for_each(|cells| csv.row(&cells, out))
    }
}

impl ResultTable {
    /// Every row, without headings.
    pub(crate) fn csv(&self, guard: FormulaGuard) -> anyhow::Result<String> {
        let mut text = Vec::new();
        let mut csv = CsvRows::new(self.columns().to_vec(), guard);
        csv.head(&mut text)?;
        self.all_cells().try_for_each(|cells| csv.row(cells, &mut text))?;
        Ok(String::from_utf8(text)?)
    }
}

/// Writes the rows of a CSV table, each when it is known.
#[derive(Debug)]
pub(super) struct CsvRows {
    columns: Vec<Column>,
    guard: FormulaGuard,
    /// The memory of a record.
    record: Vec<u8>,
}

impl CsvRows {
    pub(super) fn new(columns: Vec<Column>, guard: FormulaGuard) -> Self {
        Self { columns, guard, record: Vec::new() }
    }

    pub(super) fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let keys: Vec<_> = self.columns.iter().filter_map(Column::key).collect();
        self.record(keys, out)
    }

    pub(super) fn row(&mut self, cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
        let cells = KeyedCells { columns: &self.columns, cells };
        let fields: Vec<_> = cells.iter().map(|(_, cell)| self.guard.escape(&cell.csv()).into_owned()).collect();
        self.record(fields, out)
    }

    fn record<T: AsRef<[u8]>>(&mut self, fields: Vec<T>, out: &mut dyn Write) -> io::Result<()> {
        self.record.clear();
        let mut writer = csv::Writer::from_writer(std::mem::take(&mut self.record));
        writer.write_record(fields)?;
        self.record = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        out.write_all(&self.record)
    }
}

/// Writes every row as an object.
impl Serialize for TableStream<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = self.rows.borrow_mut();
        let rows = rows.by_ref().map(|cells| OwnedCells { columns: &self.columns, cells });
        serializer.collect_seq(rows)
    }
}

struct OwnedCells<'t> {
    columns: &'t [Column],
    cells: Vec<Cell>,
}

impl Serialize for OwnedCells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        KeyedCells { columns: self.columns, cells: &self.cells }.serialize(serializer)
    }
}

impl std::fmt::Debug for TableStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableStream").field("columns", &self.columns).finish_non_exhaustive()
    }
}
