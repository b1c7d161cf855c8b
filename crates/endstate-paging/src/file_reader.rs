//! What a caller brings to a pull of files: how the list and the lines are read.

use std::error::Error as StdError;

use crate::{FetchError, FileList};

/// Reads the list of files, and takes the lines of each file.
///
/// The lines of a file do not count before the file was read whole: a file that breaks off, or that
/// turns out to be altered at its end, is read again from its beginning. So a reader keeps the
/// lines of a file apart until [`Files::next_file`](crate::Files::next_file) has returned the file.
pub trait FileReader {
    /// Reads the answer with the list.
    ///
    /// # Errors
    /// If the body is no list: [`Malformed`](crate::FetchErrorKind::Malformed) if another attempt
    /// may help, such as for an answer that is cut off, and else any other kind.
    fn read_list(&self, body: &[u8]) -> Result<FileList, FetchError>;

    /// Begins a file, which is also how it begins again: what came of a file that was not returned
    /// does not count. Files are numbered from 1.
    fn begin_file(&mut self, number: u64);

    /// Takes a line, without its line feed. Lines without text are left out.
    ///
    /// # Errors
    /// If a line is cut off or broken. The file is then read again.
    fn line(&mut self, line: &[u8]) -> Result<(), Box<dyn StdError + Send + Sync>>;
}
