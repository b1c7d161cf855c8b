//! Tables for programs. Rows can be made while they are written, so they are never all in memory.

use std::cell::RefCell;
use std::io::{self, Write};

use super::table::{Cell, Column, KeyedCells, ResultTable};
use crate::store::format::{CsvRecord, FormulaGuard};

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
    record: CsvRecord,
}

impl CsvRows {
    pub(super) fn new(columns: Vec<Column>, guard: FormulaGuard) -> Self {
        Self { columns, record: CsvRecord::new(guard) }
    }

    pub(super) fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.columns.iter().filter_map(Column::key).try_for_each(|key| self.record.cell(key))?;
        self.record.end(out)
    }

    pub(super) fn row(&mut self, cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
        let cells = KeyedCells { columns: &self.columns, cells };
        cells.iter().try_for_each(|(_, cell)| self.record.cell(&cell.csv()))?;
        self.record.end(out)
    }
}

impl std::fmt::Debug for TableStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableStream").field("columns", &self.columns).finish_non_exhaustive()
    }
}
