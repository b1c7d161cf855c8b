//! The rows of a file, one at a time, in each format.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, ErrorKind, Read};
use std::marker::PhantomData;
use std::path::Path;

use anyhow::{Context, bail};
use endstate_model::{Entity, FieldKind};
use endstate_odata::{EntityKey, EntityKeys, ItemLines, KeyProperties, Page, RawItem};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::FileRead;
use super::document::Document;
use super::line_blocks::{self, Block, End};
use super::text_input::{cannot_read, is_cut_off, read_line};
use crate::rows::{InvalidItems, Row};
use crate::store::format::{UNKNOWN_LIST, columns, may_name_tenant, tenant_of, unguarded};
use crate::terminal::number::{counted, plural};
use crate::terminal::output;

/// A file that is being read.
pub(super) struct Reading<'p, E, F> {
    path: &'p Path,
    each: F,
    /// Why no more rows are taken. Nothing is read then.
    stopped: Option<io::Error>,
    pub(super) read: FileRead,
    invalid: InvalidItems,
    key: KeyProperties,
    /// The keys of each tenant, under an empty name if there is only one.
    seen: Option<BTreeMap<String, EntityKeys>>,
    /// The largest count of the pages.
    counted: Option<u64>,
    entity: PhantomData<E>,
}

impl<'p, E: Entity, F: FnMut(&Row<'_, E>) -> io::Result<()>> Reading<'p, E, F> {
    pub(super) fn new(path: &'p Path, each: F, has_distinct_rows: bool) -> Self {
        Self {
            path,
            each,
            stopped: None,
            read: FileRead::default(),
            invalid: InvalidItems::new::<E>(),
            key: KeyProperties::new(E::KEY),
            seen: (!has_distinct_rows).then(BTreeMap::new),
            counted: None,
            entity: PhantomData,
        }
    }

    /// What was read, or why no more rows were taken.
    pub(super) fn finish(self) -> io::Result<FileRead> {
        if let Some(error) = self.stopped {
            return Err(error);
        }
        self.invalid.report_total();
        if self.read.duplicates > 0 {
            let (rows, path) = (counted(self.read.duplicates, "row"), self.path.display());
            let verb = if self.read.duplicates == 1 { "does" } else { "do" };
            output::warn(format_args!("{rows} of {path} came before with the same {}, and {verb} not count", E::KEY));
        }
        Ok(FileRead { unreadable: self.invalid.counts, ..self.read })
    }

    /// Objects: NDJSON, or documents of several lines, or pages.
    pub(super) fn objects(&mut self, mut file: impl BufRead + Send) -> anyhow::Result<()> {
        let mut line = String::new();
        self.read.is_cut_off = !read_line(&mut file, &mut line).with_context(|| cannot_read(self.path))?;
        let text = line.trim();
        let is_whole = serde_json::from_str::<&RawValue>(text).is_ok();
        // A line that breaks off elsewhere is a row of NDJSON that is cut off.
        let continues = !is_whole && line.ends_with('\n') && text.ends_with(['{', '[', ',']);
        if continues {
            return self.documents(line.as_bytes().chain(file));
        }
        if is_whole && let Document::Page(_) = Document::recognize(text, self.path)? {
            return self.documents(line.as_bytes().chain(file));
        }
        self.lines(line, file)
    }

    /// NDJSON, of which the first line is read already.
    pub(super) fn lines(&mut self, line: String, file: impl BufRead + Send) -> anyhow::Result<()> {
        let mut number = 0_u64;
        std::thread::scope(|scope| {
            for Block { lines, end } in line_blocks::read_in(scope, line, file) {
                self.block(&lines, &mut number);
                match end {
                    _ if self.stopped.is_some() => return Ok(()),
                    None => {}
                    Some(End::CutOff) => self.read.is_cut_off = true,
                    Some(End::Failed(error)) => {
                        return Err(error).with_context(|| format!("{}, line {}", cannot_read(self.path), number + 1));
                    }
                }
            }
            Ok(())
        })
    }

    fn block(&mut self, lines: &ItemLines, number: &mut u64) {
        let has_tenants = may_name_tenant(lines.text());
        for (line, item) in lines.iter() {
            *number += 1;
            if !line.is_empty() && self.stopped.is_none() {
                let tenant = item.as_ref().ok().filter(|_| has_tenants).and_then(|item| tenant_of(*item));
                self.parsed(line, item, tenant.as_deref(), || format!("line {number}"));
            }
        }
        // A line that was written whole ends in a line feed.
        self.read.is_cut_off = !lines.is_whole();
    }

    /// JSON documents of any number of lines, each an item or a page.
    fn documents(&mut self, file: impl Read) -> anyhow::Result<()> {
        let path = self.path;
        for document in serde_json::Deserializer::from_reader(file).into_iter::<Box<RawValue>>() {
            let document = match document {
                Ok(document) => document,
                Err(error) if error.is_eof() || error.io_error_kind() == Some(ErrorKind::UnexpectedEof) => {
                    self.read.is_cut_off = true;
                    return Ok(());
                }
                Err(error) => return Err(error).with_context(|| format!("{} is not JSON", path.display())),
            };
            match Document::recognize(document.get(), path)? {
                Document::Page(page) => self.page(&page),
                Document::Item => {
                    let number = self.read.rows + 1;
                    self.item(document.get(), None, || format!("item {number}"));
                }
            }
            if self.stopped.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn page(&mut self, page: &Page<'_>) {
        for item in page.items() {
            let number = self.read.rows + 1;
            self.item(item.as_str(), None, || format!("item {number}"));
            if self.stopped.is_some() {
                return;
            }
        }
        // Of several pages, the last link and the largest count show whether there are more.
        self.counted = self.counted.max(page.count());
        let distinct = self.read.rows - self.read.duplicates;
        self.read.continues = match self.counted {
            _ if page.next_link().is_some() => Some("the page has a next link".to_owned()),
            Some(count) if count > distinct => Some(format!("the service counted {}", counted(count, E::NOUN))),
            _ => None,
        };
    }

    pub(super) fn json(&mut self, file: impl BufRead) -> anyhow::Result<()> {
        let path = self.path;
        let mut deserializer = serde_json::Deserializer::from_reader(file);
        match deserializer.deserialize_seq(&mut *self).and_then(|()| deserializer.end()) {
            Ok(()) => Ok(()),
            Err(_) if self.stopped.is_some() => Ok(()),
            Err(error) if error.is_eof() || error.io_error_kind() == Some(ErrorKind::UnexpectedEof) => {
                self.read.is_cut_off = true;
                Ok(())
            }
            Err(error) => Err(error).with_context(|| format!("{} is not one JSON array", path.display())),
        }
    }

    pub(super) fn csv(&mut self, file: impl Read) -> anyhow::Result<()> {
        let last_byte = Cell::new(None);
        let file = Watched { file, last_byte: &last_byte };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let columns = reader.headers().with_context(|| cannot_read(self.path))?.clone();
        if let Some(twice) =
            columns.iter().enumerate().find(|(place, name)| columns.iter().take(*place).any(|other| other == *name))
        {
            bail!("{} has the column '{}' twice", self.path.display(), twice.1);
        }
        let tenant = columns.iter().position(|name| name == TENANT);

        let mut records = reader.into_records().zip(2_u64..).peekable();
        while let Some((record, number)) = records.next() {
            // A record that was written whole ends in a line break. Of one that does not, a number
            // or a list may be shorter than it was.
            if records.peek().is_none() && last_byte.get() != Some(b'\n') {
                self.read.is_cut_off = true;
                self.read.rows += 1;
                self.invalid.note_other("complete: no line break follows it", "", || format!("line {number}"));
                return Ok(());
            }
            let record = match record {
                Ok(record) => record,
                Err(error) if matches!(error.kind(), csv::ErrorKind::Io(error) if is_cut_off(error)) => {
                    self.read.is_cut_off = true;
                    return Ok(());
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("line {number} of {} is not CSV", self.path.display()));
                }
            };
            let cells = columns.iter().zip(&record).enumerate().filter(|(place, _)| Some(*place) != tenant);
            let item = item_of_cells::<E>(cells.map(|(_, cell)| cell));
            let tenant = tenant.and_then(|place| record.get(place)).map(unguarded);
            self.item(&Value::Object(item).to_string(), tenant.as_deref(), || format!("line {number}"));
            if self.stopped.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn item(&mut self, text: &str, tenant: Option<&str>, place: impl FnOnce() -> String) {
        let item = RawItem::parse(text);
        let tagged = item.as_ref().ok().filter(|_| tenant.is_none() && may_name_tenant(text));
        let tagged = tagged.and_then(|item| tenant_of(*item));
        self.parsed(text, item, tenant.or(tagged.as_deref()), place);
    }

    fn parsed(
        &mut self,
        text: &str,
        item: Result<RawItem<'_>, endstate_odata::Error>,
        tenant: Option<&str>,
        place: impl FnOnce() -> String,
    ) {
        self.read.rows += 1;
        match item {
            Ok(raw) => {
                if let Some(seen) = &mut self.seen
                    && let Ok(key) = self.key.read(raw)
                    && !is_new(seen, tenant.unwrap_or_default(), &key)
                {
                    self.read.duplicates += 1;
                    return;
                }
                let row = Row::new(raw, tenant);
                self.stopped = (self.each)(&row).err();
                self.invalid.check(&row, place);
            }
            Err(error) => self.invalid.note(&error, text, place),
        }
    }
}

/// A file whose last byte is noted.
struct Watched<'w, R> {
    file: R,
    last_byte: &'w Cell<Option<u8>>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(buffer)?;
        self.last_byte.set(buffer[..len].last().copied().or(self.last_byte.get()));
        Ok(len)
    }
}

/// Notes a key of a tenant, and whether it is new.
fn is_new(seen: &mut BTreeMap<String, EntityKeys>, tenant: &str, key: &EntityKey) -> bool {
    if let Some(keys) = seen.get_mut(tenant) {
        return keys.insert(key).1;
    }
    seen.entry(tenant.to_owned()).or_default().insert(key).1
}

/// The column of the tenant in a file of several tenants.
const TENANT: &str = "tenant";

/// The item of a record. A field that is in a member of the item goes there.
fn item_of_cells<'c, E: Entity>(cells: impl Iterator<Item = (&'c str, &'c str)>) -> Map<String, Value> {
    let mut item = Map::new();
    for (name, cell) in cells {
        let column = columns::<E>(true).find(|column| column.name == name);
        let kind = column.map(|column| column.kind);
        // Elements without names of their own are texts of people, who may write anything.
        let is_free = column.is_some_and(|column| E::value_names(column.name).is_none());
        let Some(parent) = column.and_then(|column| column.parent) else {
            item.insert(name.to_owned(), value(kind, is_free, cell));
            continue;
        };
        if let Value::Object(members) = item.entry(parent).or_insert_with(|| Value::Object(Map::new())) {
            members.insert(name.to_owned(), value(kind, is_free, cell));
        }
    }
    item
}

/// A cell as the value of its property. An empty cell is null, or an empty list.
fn value(kind: Option<FieldKind>, is_free: bool, cell: &str) -> Value {
    let cell = &*unguarded(cell);
    if cell.is_empty() {
        return if kind == Some(FieldKind::List) { Value::Array(Vec::new()) } else { Value::Null };
    }
    match kind {
        Some(FieldKind::List) if cell == UNKNOWN_LIST => Value::Null,
        // A list that could not be read is in the file as it was sent, and one with a `;` in a text
        // as JSON. Other programs know neither: a free text may begin so, and no name does.
        Some(FieldKind::List) if cell.starts_with(['[', '{']) => serde_json::from_str(cell)
            .unwrap_or_else(|_| if is_free { cell.split(';').collect() } else { Value::Object(Map::new()) }),
        Some(FieldKind::Number) => cell.parse::<u64>().map_or_else(|_| cell.into(), Into::into),
        Some(FieldKind::Boolean) => cell.parse::<bool>().map_or_else(|_| cell.into(), Into::into),
        Some(FieldKind::List) => cell.split(';').collect(),
        _ => cell.into(),
    }
}

/// Takes the items of an array one at a time, so the array is never in memory as a whole.
impl<'de, E: Entity, F: FnMut(&Row<'_, E>) -> io::Result<()>> Visitor<'de> for &mut Reading<'_, E, F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an array of {}", plural(E::NOUN))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            let number = self.read.rows + 1;
            self.item(item.get(), None, || format!("item {number}"));
            if self.stopped.is_some() {
                return Err(serde::de::Error::custom("no more items are taken"));
            }
        }
        Ok(())
    }
}
