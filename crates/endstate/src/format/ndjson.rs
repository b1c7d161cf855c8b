//! NDJSON: one item a line, exactly as the server sent it.

use std::io::{self, Write};

use super::RowWriter;
use crate::row::Row;

#[derive(Debug)]
pub(crate) struct Ndjson;

impl<E> RowWriter<E> for Ndjson {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(row.raw.compact().as_bytes())?;
        out.write_all(b"\n")
    }
}
