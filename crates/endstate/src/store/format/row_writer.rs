//! What writes rows in one format.

use std::io::{self, Write};

use crate::rows::Row;

/// Writes rows in one format.
pub(crate) trait RowWriter<E> {
    /// Writes one row.
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()>;

    /// Writes what follows the last row, also if the pull is incomplete.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
