//! CSV: a flat table. Lists are joined by `;`, and cells that a spreadsheet would run as a formula
//! are escaped.

use std::borrow::Cow;
use std::io::{self, Write};

use endstate_model::{Entity, Field};
use memchr::{memchr_iter, memchr3_iter};
use serde_json::Value;

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

/// An item that cannot be read keeps the columns that it has.
fn cells_of_unreadable<E: Entity>(row: &Row<'_, E>) -> Vec<String> {
    let item: Value = row.raw.decode().unwrap_or_default();
    let cell = |column: &Field| match item.get(column.name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    columns::<E>().map(cell).collect()
}

/// What spreadsheets read as the beginning of a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What a spreadsheet may split a cell at. Where the comma is the decimal sign, `;` is the
/// separator, and quotation marks that do not begin a cell of such a spreadsheet protect nothing.
const SEPARATORS: [char; 4] = [';', '\t', '\n', '\r'];

impl FormulaGuard {
    /// On, unless `--csv-raw` is set.
    pub(crate) fn from_flag(csv_raw: bool) -> Self {
        if csv_raw { Self::Off } else { Self::On }
    }

    /// The cell as it is written: an apostrophe before each part that would be a formula.
    pub(crate) fn escape(self, cell: &str) -> Cow<'_, str> {
        if self == Self::Off || !may_have_formula(cell) {
            return Cow::Borrowed(cell);
        }
        let apostrophe = |part| if is_formula(part) { "'" } else { "" };
        Cow::Owned(parts(cell).flat_map(|part| [apostrophe(part), part]).collect())
    }
}

/// The cell as it was before it was escaped.
pub(crate) fn unguarded(cell: &str) -> Cow<'_, str> {
    if !may_have_formula(cell) {
        return Cow::Borrowed(cell);
    }
    let original = |part| if is_formula(part) { part.strip_prefix('\'').unwrap_or(part) } else { part };
    Cow::Owned(parts(cell).map(original).collect())
}

/// False for most cells, after few instructions.
fn may_have_formula(cell: &str) -> bool {
    let cell = cell.as_bytes();
    let begins_at = |at: usize| matches!(cell.get(at), Some(b'\'' | b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'));
    let mut separators = memchr3_iter(b';', b'\t', b'\n', cell).chain(memchr_iter(b'\r', cell));
    begins_at(0) || separators.any(|at| begins_at(at + 1))
}

/// A part that was escaped, or looks as if it were, counts too: so each cell has its own escape.
fn is_formula(part: &str) -> bool {
    part.trim_start_matches('\'').starts_with(FORMULA)
}

fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split_inclusive(SEPARATORS)
}

#[cfg(test)]
mod tests {
    use super::{FORMULA, FormulaGuard, unguarded};

    /// Every text of up to six of these characters.
    fn texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut begin = 0;
        for _ in 0..6 {
            let end = texts.len();
            for at in begin..end {
                let longer = ["'", ";", "=", "a", "\t", "\n"].map(|next| format!("{}{next}", texts[at]));
                texts.extend(longer);
            }
            begin = end;
        }
        texts
    }

    #[test]
    fn no_part_of_a_cell_is_a_formula_and_each_is_read_back() {
        for text in texts() {
            let escaped = FormulaGuard::On.escape(&text);
            assert!(!escaped.starts_with(FORMULA), "{text:?} is {escaped:?}");
            for part in escaped.split([';', '\n', '\t']) {
                assert!(!part.starts_with(FORMULA), "{text:?} has {part:?}");
            }
            assert_eq!(unguarded(&escaped), text, "from {escaped:?}");
            assert_eq!(FormulaGuard::Off.escape(&text), text);
        }
    }
}
