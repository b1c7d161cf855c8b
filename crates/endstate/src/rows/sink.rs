//! What takes the rows of a pull or a file.

use std::io;

use endstate_paging::Checkpoint;

use super::row::Row;

/// Takes rows in the order of the service.
pub(crate) trait RowSink<E> {
    /// Takes one row.
    fn row(&mut self, row: &Row<'_, E>) -> io::Result<()>;

    /// Called for a row that does not match the condition, instead of [`row`](Self::row).
    fn left_out(&mut self, _row: &Row<'_, E>) {}

    /// Called after the last row of a page: from here on its rows count as kept. The checkpoint is
    /// where the pull can resume, if it can.
    fn page_end(&mut self, _checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        Ok(())
    }
}
