//! CSV: a flat table. Lists are joined by `;`, and cells that a spreadsheet would run as a formula
//! are escaped.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::rc::Rc;

use endstate_model::{Entity, Field, FieldKind, FieldValue};
use endstate_odata::RawItem;

use super::row_writer::RowWriter;
use crate::rows::Row;

#[derive(Debug)]
pub(crate) struct CsvTable {
    /// Whether the head was written, and whether it has the columns of today.
    head: Option<bool>,
    /// The columns, once the head was written.
    columns: Vec<&'static Field>,
    guard: FormulaGuard,
    /// Whether the first column is the tenant.
    has_tenant: bool,
    /// Writes the cells that may need quotation marks.
    quoting: csv::Writer<Quoted>,
    /// What it has written.
    quoted: Quoted,
    /// The record that is being written.
    record: Vec<u8>,
    has_cells: bool,
    /// The memory of a cell.
    text: String,
}

/// Whether cells that a spreadsheet would run as a formula are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormulaGuard {
    On,
    Off,
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
            self.cell(row.tenant.unwrap_or_default())?;
        }
        if !is_current && self.cells_of_document::<E>(row.raw)? {
            row.mark_valid();
            return self.end_record(out);
        }
        for place in 0..self.columns.len() {
            let column = self.columns[place];
            let cell = match row.item() {
                Ok(item) => cell_of_item(column, item, row.raw),
                Err(_) => cell_as_sent(column, row.raw),
            };
            self.cell(&cell)?;
        }
        self.end_record(out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.head::<E>(false, out).map(drop)
    }
}

impl CsvTable {
    pub(super) fn new(guard: FormulaGuard, has_tenant: bool) -> Self {
        let quoted = Quoted::default();
        let quoting = csv::WriterBuilder::new().buffer_capacity(4096).from_writer(quoted.clone());
        let (columns, record, text) = (Vec::new(), Vec::new(), String::new());
        Self { head: None, columns, guard, has_tenant, quoting, quoted, record, has_cells: false, text }
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
        names.into_iter().try_for_each(|name| self.cell(name))?;
        self.end_record(out)?;
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
                written = self.cell(cell);
            }
        });
        (self.columns, self.text) = (columns, text);
        written.map(|()| has_form)
    }

    fn cell(&mut self, cell: &str) -> io::Result<()> {
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

    fn end_record(&mut self, out: &mut dyn Write) -> io::Result<()> {
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
    let is_special = |byte: &u8| matches!(byte, b'"' | b',' | b';' | b'\t' | b'\n' | b'\r');
    // Looked at whole, many bytes at a time.
    let has_special = cell.bytes().fold(false, |has, byte| has | is_special(&byte));
    !has_special && !matches!(cell.as_bytes().first(), Some(b'\'' | b'=' | b'+' | b'-' | b'@'))
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
        FieldValue::List(texts) if !can_be_joined(texts) => {
            text.push_str(&serde_json::to_string(texts).unwrap_or_default());
        }
        FieldValue::List(texts) => {
            for (place, element) in texts.iter().enumerate() {
                text.push_str(if place > 0 { ";" } else { "" });
                text.push_str(element);
            }
        }
        value => {
            // A `String` takes any text.
            let _ = write!(text, "{value}");
        }
    }
    text
}

/// Whether a list that is joined by `;` can be split again, and looks like nothing else.
fn can_be_joined(texts: &[Cow<'_, str>]) -> bool {
    let is_clear = |text: &Cow<'_, str>| !text.is_empty() && *text != UNKNOWN_LIST && !text.contains(';');
    texts.iter().all(is_clear) && texts.first().is_none_or(|text| !text.starts_with(['[', '{', '\'']))
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
    let is_separator = |byte: &u8| matches!(byte, b';' | b'\t' | b'\n' | b'\r');
    // Looked at whole, many bytes at a time: hardly any cell has one.
    let has_separator = cell.iter().fold(false, |has, byte| has | is_separator(byte));
    begins_at(0) || has_separator && (1..cell.len()).any(|at| is_separator(&cell[at - 1]) && begins_at(at))
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
    use super::*;

    /// Every text of up to so many of these characters.
    fn texts(most: usize, characters: &[&str]) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut begin = 0;
        for _ in 0..most {
            let end = texts.len();
            for at in begin..end {
                let longer: Vec<_> = characters.iter().map(|next| format!("{}{next}", texts[at])).collect();
                texts.extend(longer);
            }
            begin = end;
        }
        texts
    }

    #[test]
    fn no_part_of_a_cell_is_a_formula_and_each_is_read_back() {
        for text in texts(6, &["'", ";", "=", "a", "\t", "\n"]) {
            let escaped = FormulaGuard::On.escape(&text);
            assert!(!escaped.starts_with(FORMULA), "{text:?} is {escaped:?}");
            for part in escaped.split([';', '\n', '\t']) {
                assert!(!part.starts_with(FORMULA), "{text:?} has {part:?}");
            }
            assert_eq!(unguarded(&escaped), text, "from {escaped:?}");
            assert_eq!(FormulaGuard::Off.escape(&text), text);
        }
    }

    #[test]
    fn a_cell_is_written_as_the_csv_crate_writes_it() {
        let mut table = CsvTable::new(FormulaGuard::On, false);
        for text in texts(3, &["'", ";", "=", "a", "-", "\"", ",", "\r", "\n", "\t", " ", "\u{fc}"]) {
            let mut written = Vec::new();
            ["a", &text].into_iter().for_each(|cell| table.cell(cell).unwrap());
            table.end_record(&mut written).unwrap();

            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["a", &*FormulaGuard::On.escape(&text)]).unwrap();
            assert_eq!(written, writer.into_inner().unwrap(), "{text:?}");
        }
    }
}
