//! Reads back what `pull` wrote: NDJSON, a JSON array, or CSV, recognized by how the file begins.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::marker::PhantomData;
use std::path::Path;

use anyhow::{Context, bail};
use endstate_model::{Entity, FieldKind};
use endstate_odata::{EntityKey, KeyProperty, RawItem};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::format::{columns, tenant_of, unguarded};
use super::path::{is_standard_stream, with_suffix};
use super::receipt::Receipt;
use crate::rows::{InvalidItems, Row};
use crate::terminal::number::plural;

/// What was in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FileRead {
    pub(crate) rows: u64,
    pub(crate) invalid_items: u64,
    /// Whether the file ends in mid-row, like that of a pull that was killed.
    pub(crate) is_cut_off: bool,
}

/// What happened, and the next step if an incomplete pull left its rows under another name.
fn cannot_open(path: &Path) -> String {
    let shown = path.display();
    let partial = with_suffix(path, ".partial");
    if !path.exists() && partial.exists() {
        let partial = partial.display();
        return format!(
            "cannot read {shown}: its pull is incomplete; read {partial}, or continue the pull with --resume"
        );
    }
    format!("cannot read {shown}")
}

/// Passes each row of a file, or of stdin for `-`, to `each`; of rows with the same key, the first.
pub(crate) fn read<E: Entity>(path: &Path, each: impl FnMut(&Row<'_, E>)) -> anyhow::Result<FileRead> {
    let shown = path.display();
    let receipt = Receipt::for_file(path)?;
    if let Some(receipt) = &receipt
        && receipt.collection != E::ENTITY_SET
    {
        let nouns = plural(E::NOUN);
        bail!("{shown} contains {}; expected {nouns} ({})", receipt.collection, E::ENTITY_SET);
    }

    let open = || -> io::Result<Box<dyn Read>> {
        Ok(if is_standard_stream(path) { Box::new(io::stdin()) } else { Box::new(File::open(path)?) })
    };
    let file = open().with_context(|| cannot_open(path))?;
    let mut file = BufReader::with_capacity(256 * 1024, file);
    let beginning = file.fill_buf().with_context(|| format!("cannot read {shown}"))?;
    let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
    let is_csv = is_csv::<E>(beginning);

    // With --keep-duplicates an item may be in a file twice. If the receipt shows that it is not,
    // no keys have to be kept.
    let has_distinct_rows = receipt.as_ref().is_some_and(shows_distinct_rows);
    let mut reading = Reading {
        each,
        read: FileRead::default(),
        invalid: InvalidItems::new::<E>(),
        key: KeyProperty::new(E::KEY),
        seen: (!has_distinct_rows).then(BTreeMap::new),
        entity: PhantomData,
    };
    match first {
        // A pull of no devices in NDJSON.
        None => {}
        Some(b'{') => reading.ndjson(file)?,
        Some(b'[') => reading.json(file)?,
        Some(_) if is_csv => reading.csv(file)?,
        Some(_) => {
            let nouns = plural(E::NOUN);
            bail!("{shown} is not a file of {nouns} in ndjson, json or csv, as `endstate pull` writes it");
        }
    }
    reading.invalid.report_total();
    Ok(FileRead { invalid_items: reading.invalid.count, ..reading.read })
}

/// Whether a file begins with the head of a CSV table. A file of several tenants begins with the
/// column of the tenant.
fn is_csv<E: Entity>(beginning: &[u8]) -> bool {
    let head: Vec<_> = columns::<E>().take(2).map(|column| column.name).collect();
    let without_tenant = beginning.strip_prefix(b"tenant,").unwrap_or(beginning);
    without_tenant.starts_with(head.join(",").as_bytes())
}

/// Whether a receipt shows that no item is in its file twice. A file with other rows than its
/// receipt lists is marked as changed in any case.
fn shows_distinct_rows(receipt: &Receipt) -> bool {
    receipt.rows <= receipt.devices && receipt.condition.is_none()
}

struct Reading<E, F> {
    each: F,
    read: FileRead,
    invalid: InvalidItems,
    key: KeyProperty,
    /// The keys of each tenant, under an empty name if there is only one.
    seen: Option<BTreeMap<String, HashSet<EntityKey>>>,
    entity: PhantomData<E>,
}

impl<E: Entity, F: FnMut(&Row<'_, E>)> Reading<E, F> {
    fn ndjson(&mut self, mut file: impl BufRead) -> anyhow::Result<()> {
        let mut line = String::new();
        let mut number = 0_u64;
        loop {
            line.clear();
            if file.read_line(&mut line).with_context(|| format!("cannot read line {}", number + 1))? == 0 {
                return Ok(());
            }
            number += 1;
            if line.trim().is_empty() {
                continue;
            }
            // A line that was written whole ends in a line feed.
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
                columns.iter().zip(&record).map(|(name, cell)| (name.to_owned(), value::<E>(name, cell))).collect();
            self.item(&Value::Object(item).to_string(), || format!("line {number}"));
        }
        Ok(())
    }

    fn item(&mut self, text: &str, place: impl FnOnce() -> String) {
        self.read.rows += 1;
        match RawItem::parse(text) {
            Ok(raw) => {
                if let (Some(seen), Ok(key)) = (&mut self.seen, self.key.read(raw))
                    && !seen.entry(tenant_of(text).unwrap_or_default()).or_default().insert(key)
                {
                    return;
                }
                let row = Row::new(raw, None);
                (self.each)(&row);
                self.invalid.check(&row, place);
            }
            Err(error) => self.invalid.note(&error, text, place),
        }
    }
}

/// A cell as the value of its property. An empty cell is null.
fn value<E: Entity>(name: &str, cell: &str) -> Value {
    let cell = unguarded(cell);
    if cell.is_empty() {
        return Value::Null;
    }
    match columns::<E>().find(|column| column.name == name).map(|column| column.kind) {
        Some(FieldKind::Number) => cell.parse::<u64>().map_or_else(|_| cell.into(), Into::into),
        Some(FieldKind::Boolean) => cell.parse::<bool>().map_or_else(|_| cell.into(), Into::into),
        Some(FieldKind::List) => cell.split(';').collect(),
        _ => cell.into(),
    }
}

/// Takes the items of an array one at a time, so the array is never in memory as a whole.
impl<'de, E: Entity, F: FnMut(&Row<'_, E>)> Visitor<'de> for &mut Reading<E, F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an array of {}", plural(E::NOUN))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            let number = self.read.rows + 1;
            self.item(item.get(), || format!("item {number}"));
        }
        Ok(())
    }
}
