//! One record of a CSV file (RFC 4180), with the cells escaped that a spreadsheet would run as a
//! formula.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::formula_guard::{FormulaGuard, begins_formula, is_separator};

/// Writes records one at a time.
#[derive(Debug)]
pub(crate) struct CsvRecord {
    guard: FormulaGuard,
    /// Writes the cells that may need quotation marks.
    quoting: csv::Writer<Quoted>,
    /// What it has written.
    quoted: Quoted,
    /// The record that is being written.
    record: Vec<u8>,
    has_cells: bool,
}

impl CsvRecord {
    pub(crate) fn new(guard: FormulaGuard) -> Self {
        let quoted = Quoted::default();
        let quoting = csv::WriterBuilder::new().buffer_capacity(4096).from_writer(quoted.clone());
        Self { guard, quoting, quoted, record: Vec::new(), has_cells: false }
    }

    /// Adds a cell, with an apostrophe before what would be a formula.
    pub(crate) fn cell(&mut self, cell: &str) -> io::Result<()> {
        if self.has_cells {
            self.record.push(b',');
        }
        self.has_cells = true;
        if is_plain(cell) {
            self.record.extend_from_slice(cell.as_bytes());
            return Ok(());
        }

        self.quoting.write_record([&*self.guard.escape(cell)])?;
        self.quoting.flush()?;
        let mut quoted = self.quoted.0.borrow_mut();
        self.record.extend_from_slice(quoted.strip_suffix(b"\n").unwrap_or(&quoted));
        quoted.clear();
        Ok(())
    }

    /// Ends the record, and writes it.
    pub(crate) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.record.is_empty() && self.has_cells {
            // A blank line is no record.
            self.record.extend_from_slice(b"\"\"");
        }
        self.record.push(b'\n');
        out.write_all(&self.record)?;
        self.record.clear();
        self.has_cells = false;
        Ok(())
    }
}

/// Whether a cell is written as it is: it needs no quotation marks, and no part of it may be a
/// formula. Most cells are, and their record then takes half as many instructions.
fn is_plain(cell: &str) -> bool {
    // One set of bytes, and no early end: cells are short.
    let is_special = |byte| matches!(byte, b'"' | b',') || is_separator(byte);
    let has_special = cell.bytes().fold(false, |has, byte| has | is_special(byte));
    !has_special && !cell.bytes().next().is_some_and(begins_formula)
}

/// The text of a cell. The CSV writer is made once, because that takes longer than a cell.
#[derive(Debug, Clone, Default)]
struct Quoted(Rc<RefCell<Vec<u8>>>);

impl Write for Quoted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::formula_guard::tests::texts;
    use super::*;

    #[test]
    fn a_cell_is_written_as_the_csv_crate_writes_it() {
        let mut record = CsvRecord::new(FormulaGuard::On);
        for text in texts(3, &["'", ";", "=", "a", "-", "\"", ",", "\r", "\n", "\t", " ", "\u{fc}"]) {
            for cells in [&["a", &*text][..], &[&*text]] {
                let mut written = Vec::new();
                for cell in cells {
                    record.cell(cell).unwrap();
                }
                record.end(&mut written).unwrap();

                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(cells.iter().map(|cell| FormulaGuard::On.escape(cell).into_owned())).unwrap();
                assert_eq!(written, writer.into_inner().unwrap(), "{cells:?}");
            }
        }
    }
}
