//! One JSON array of the items as the service sent them, an item a line.

use std::io::{self, Write};

use super::ndjson::write_item;
use super::row_writer::RowWriter;
use crate::rows::Row;

#[derive(Debug)]
pub(crate) struct JsonArray {
    pub(super) is_begun: bool,
}

impl<E> RowWriter<E> for JsonArray {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.is_begun { b",\n" } else { b"[\n" })?;
        self.is_begun = true;
        write_item(row, out)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.is_begun { b"\n]\n" } else { b"[]\n" })
    }
}
