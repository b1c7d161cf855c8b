//! Reading back what `pull` wrote: NDJSON, a JSON array, or CSV, told apart by how the file begins.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use endstate_odata::RawItem;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::format::{COLUMNS, unguarded};
use crate::row::{InvalidItems, Row};

/// What was in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FileRead {
    pub(crate) rows: u64,
    pub(crate) invalid_items: u64,
    /// Whether the file breaks off in the middle, as that of a pull that was killed.
    pub(crate) is_cut_off: bool,
}

/// Gives each row of a file, or of stdin for `-`, to `each`.
pub(crate) fn read(path: &Path, each: impl FnMut(&Row<'_>)) -> anyhow::Result<FileRead> {
    let open = || -> io::Result<Box<dyn Read>> {
        Ok(if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) })
    };
    let file = open().with_context(|| format!("{} cannot be read", path.display()))?;
    let mut file = BufReader::with_capacity(256 * 1024, file);
    let beginning = file.fill_buf().with_context(|| format!("{} cannot be read", path.display()))?;
    let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
    let head = format!("{},", COLUMNS[0]);
    let is_csv = beginning.starts_with(head.as_bytes());
    let mut reading = Reading { each, read: FileRead::default(), invalid: InvalidItems::default() };
    match first {
        // A pull of no devices in NDJSON.
        None => {}
        Some(b'{') => reading.ndjson(file)?,
        Some(b'[') => reading.json(file)?,
        Some(_) if is_csv => reading.csv(file)?,
        Some(_) => bail!(
            "{} is not a file of device states in ndjson, json or csv, as `endstate pull` writes it",
            path.display()
        ),
    }
    reading.invalid.tell_rest();
    Ok(FileRead { invalid_items: reading.invalid.count, ..reading.read })
}

struct Reading<F> {
    each: F,
    read: FileRead,
    invalid: InvalidItems,
}

impl<F: FnMut(&Row<'_>)> Reading<F> {
    fn ndjson(&mut self, mut file: impl BufRead) -> anyhow::Result<()> {
        let mut line = String::new();
        let mut number = 0_u64;
        loop {
            line.clear();
            if file.read_line(&mut line).with_context(|| format!("line {} cannot be read", number + 1))? == 0 {
                return Ok(());
            }
            number += 1;
            if line.trim().is_empty() {
                continue;
            }
            // Every line that was written whole ends in a line feed.
            self.read.is_cut_off = !line.ends_with('\n');
            self.item(line.trim(), || format!("line {number}"));
        }
    }

    fn json(&mut self, file: impl BufRead) -> anyhow::Result<()> {
        let mut deserializer = serde_json::Deserializer::from_reader(file);
        match deserializer.deserialize_seq(&mut *self).and_then(|()| deserializer.end()) {
            Ok(()) => Ok(()),
            Err(error) if error.is_eof() => {
                self.read.is_cut_off = true;
                Ok(())
            }
            Err(error) => Err(error).context("the file is not one JSON array"),
        }
    }

    fn csv(&mut self, file: impl BufRead) -> anyhow::Result<()> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let columns = reader.headers()?.clone();
        for (record, number) in reader.into_records().zip(2_u64..) {
            let record = record.with_context(|| format!("line {number} is not CSV"))?;
            let item: Map<_, _> =
                columns.iter().zip(&record).map(|(column, cell)| (column.to_owned(), value(column, cell))).collect();
            self.item(&Value::Object(item).to_string(), || format!("line {number}"));
        }
        Ok(())
    }

    fn item(&mut self, text: &str, place: impl FnOnce() -> String) {
        self.read.rows += 1;
        match RawItem::parse(text) {
            Ok(raw) => {
                let row = Row::new(raw);
                self.invalid.check(&row, place);
                (self.each)(&row);
            }
            Err(error) => self.invalid.note(&error, text, place),
        }
    }
}

/// A cell as the property that it came from; an empty one is null.
fn value(column: &str, cell: &str) -> Value {
    let cell = unguarded(cell);
    match column {
        _ if cell.is_empty() => Value::Null,
        "build" | "revision" => cell.parse::<u64>().map_or_else(|_| cell.into(), Into::into),
        "propertiesRequireAttention" => cell.split(';').collect(),
        _ => cell.into(),
    }
}

/// Takes the items of an array one by one, so that the array is never in memory.
impl<'de, F: FnMut(&Row<'_>)> Visitor<'de> for &mut Reading<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of device states")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            let number = self.read.rows + 1;
            self.item(item.get(), || format!("item {number}"));
        }
        Ok(())
    }
}
