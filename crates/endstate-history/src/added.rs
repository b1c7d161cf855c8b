//! What became of a pull that was added.

/// What became of a pull that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Added {
    /// It is new in the table.
    New,
    /// The table has it already, and stays as it was.
    AlreadyThere,
}
