//! A result as one JSON document: indented, with a line feed at its end.

use std::io::{self, Write};

use serde::Serialize;

/// The text of a result.
pub(crate) fn text(result: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(result)? + "\n")
}

/// Writes a result, of which never the whole text is in memory.
pub(crate) fn write(result: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, result)?;
    out.write_all(b"\n")
}
