//! Reads back what `pull` wrote: NDJSON, a JSON array or CSV, also compressed; and pages as the
//! service sent them. The content decides, not the name.

mod document;
mod line_blocks;
mod rows;
mod text_input;

use std::io::{self, BufRead, Read};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use endstate_model::Entity;

use self::rows::Reading;
use super::file_receipt;
use super::format::columns;
use super::receipt::Receipt;
use crate::rows::{Row, UnreadableCounts};
use crate::terminal::number::{plural, with_article};

/// What was in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FileRead {
    /// Rows, duplicates included.
    pub(crate) rows: u64,
    /// Rows whose key came before. The first one counts.
    pub(crate) duplicates: u64,
    pub(crate) unreadable: UnreadableCounts,
    /// Whether the file ends in mid-row, like that of a pull that was killed.
    pub(crate) is_cut_off: bool,
    /// Why there are more items than the file has; `None` if nothing shows that.
    pub(crate) continues: Option<String>,
}

/// Passes each row of a file, or of stdin for `-`, to `each`; of rows with the same key, the first.
///
/// An error of `each` ends the reading. Fails if the file has rows and none can be read.
pub(crate) fn read<E: Entity>(
    path: &Path,
    each: impl FnMut(&Row<'_, E>) -> io::Result<()>,
) -> anyhow::Result<FileRead> {
    let shown = path.display();
    let receipt = file_receipt::for_file(path)?;
    if let Some(receipt) = &receipt
        && receipt.collection != E::ENTITY_SET
    {
        let nouns = plural(E::NOUN);
        bail!("{shown} contains {}; expected {nouns} ({})", receipt.collection, E::ENTITY_SET);
    }

    let mut file = text_input::open(path)?;
    let cannot_read = || text_input::cannot_read(path);
    skip_white_space(&mut file).with_context(cannot_read)?;
    let first = file.fill_buf().ok().and_then(|bytes| bytes.first().copied());

    // With --keep-duplicates an item may be in a file twice. If the receipt shows that it is not,
    // no keys have to be kept.
    let has_distinct_rows = receipt.as_ref().is_some_and(shows_distinct_rows);
    let mut reading = Reading::new(path, each, has_distinct_rows);
    match first {
        // A pull of no devices in NDJSON.
        None => {}
        Some(b'[') => reading.json(file)?,
        Some(b'{') => reading.objects(file)?,
        Some(_) => {
            let mut line = String::new();
            reading.read.is_cut_off = !text_input::read_line(&mut file, &mut line).with_context(cannot_read)?;
            if is_csv::<E>(&line, path)? {
                reading.csv(line.as_bytes().chain(file))?;
            } else if serde_json::from_str::<serde_json::Value>(&line).is_ok() {
                reading.lines(line, file)?;
            } else {
                let nouns = plural(E::NOUN);
                bail!("{shown} is not a file of {nouns} in ndjson, json or csv, as `endstate pull` writes it");
            }
        }
    }
    let read = reading.finish()?;
    let has_readable = read.unreadable.invalid_items < read.rows || read.rows == 0;
    ensure!(has_readable, "no item of {shown} can be read as {}", with_article(E::NOUN));
    Ok(read)
}

fn skip_white_space(file: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let bytes = match file.fill_buf() {
            Err(error) if text_input::is_cut_off(&error) => return Ok(()),
            bytes => bytes?,
        };
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let is_end = blank < bytes.len() || bytes.is_empty();
        file.consume(blank);
        if is_end {
            return Ok(());
        }
    }
}

/// Whether a line is the head of a CSV table of this collection: columns in any order, of which one
/// is the key.
fn is_csv<E: Entity>(line: &str, path: &Path) -> anyhow::Result<bool> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let Some(Ok(head)) = reader.records().next() else { return Ok(false) };
    if head.iter().any(|name| name == E::KEY) {
        return Ok(true);
    }
    let is_head = head.iter().any(|name| columns::<E>(true).any(|column| column.name == name));
    ensure!(!is_head, "{} is a CSV table without the column '{}'", path.display(), E::KEY);
    Ok(false)
}

/// Whether a receipt shows that no item is in its file twice. A file with other rows than its
/// receipt lists is marked as changed in any case.
fn shows_distinct_rows(receipt: &Receipt) -> bool {
    receipt.rows <= receipt.devices && receipt.condition.is_none()
}
