//! A file as UTF-8 text: opened, decompressed, and without a byte-order mark.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use anyhow::{Context, bail};

use crate::store::compression::Compression;
use crate::store::path::{is_standard_stream, with_suffix};
use crate::store::stored_pull::StoredPull;

const BUFFER_BYTES: usize = 256 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Opens a file, or stdin for `-`.
pub(super) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    if let Some(pull) = StoredPull::find(path)? {
        return Ok(pull.open());
    }
    let shown = path.display();
    let open = || -> io::Result<Box<dyn Read + Send>> {
        Ok(if is_standard_stream(path) { Box::new(io::stdin()) } else { Box::new(File::open(path)?) })
    };
    let file = open().with_context(|| cannot_open(path))?;
    let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
    let cannot_read = || cannot_read(path);

    let beginning = beginning_of(&mut file).with_context(cannot_read)?;
    let compression = Compression::from_beginning(&beginning);
    let file = Cursor::new(beginning).chain(file);
    let mut text: Box<dyn BufRead + Send> = match compression {
        Compression::None => Box::new(file),
        _ => Box::new(BufReader::with_capacity(BUFFER_BYTES, compression.decoder(file).with_context(cannot_read)?)),
    };

    let beginning = beginning_of(&mut text).with_context(cannot_read)?;
    let mut text: Box<dyn BufRead + Send> = Box::new(Cursor::new(beginning.clone()).chain(text));
    match &*beginning {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=255, 0, 1..=255, ..] | [0, 1..=255, 0, ..] => bail!(
            "{shown} is UTF-16 text, as Windows PowerShell writes with `>`; write it with `endstate pull -o FILE`, or \
             convert it: Get-Content {shown} | Set-Content -Encoding utf8 NEW"
        ),
        beginning if beginning.starts_with(BYTE_ORDER_MARK) => text.consume(BYTE_ORDER_MARK.len()),
        _ => {}
    }
    Ok(text)
}

/// The first bytes of a file, which may arrive one at a time. A file that is cut off has fewer.
fn beginning_of(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    match file.take(4).read_to_end(&mut beginning) {
        Err(error) if !is_cut_off(&error) => Err(error),
        _ => Ok(beginning),
    }
}

/// What happened, and the next step if an incomplete pull left its rows under another name.
fn cannot_open(path: &Path) -> String {
    let shown = path.display();
    let partial = with_suffix(path, ".partial");
    if !path.exists() && partial.exists() {
        let partial = partial.display();
        return format!(
            "cannot read {shown}: its pull is incomplete; read {partial}, or pull again: --resume continues where it can"
        );
    }
    cannot_read(path)
}

/// Whether a compressed file ends before its end, like that of a pull that was killed.
pub(super) fn is_cut_off(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

/// Reads one line into `line`, which is left empty at the end. `false` if the file is cut off.
pub(super) fn read_line(file: &mut impl BufRead, line: &mut String) -> io::Result<bool> {
    line.clear();
    match file.read_line(line) {
        Ok(_) => Ok(true),
        Err(error) if is_cut_off(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What failed, for the context of an error.
pub(super) fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}
