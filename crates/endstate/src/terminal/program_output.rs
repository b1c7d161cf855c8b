//! Results for programs that are written in parts.

use std::io::{self, Write};

use super::output::for_programs;

/// Passes lines on as [`for_programs`] makes them: without secrets that came back, which have no
/// line end in them.
pub(crate) struct ProgramOutput<W> {
    out: W,
    /// What waits for its line to end.
    waiting: Vec<u8>,
}

/// Lines are passed on together from so many bytes.
const MOST_WAITING: usize = 64 * 1024;

impl<W: Write> ProgramOutput<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, waiting: Vec::new() }
    }

    /// Passes on what waits. Nothing can be written after it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.pass(self.waiting.len())
    }

    fn pass(&mut self, len: usize) -> io::Result<()> {
        let rest = self.waiting.split_off(len);
        let lines = std::mem::replace(&mut self.waiting, rest);
        let text = String::from_utf8(lines).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.out.write_all(for_programs(text).as_bytes())
    }
}

impl<W: Write> Write for ProgramOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.waiting.len();
        self.waiting.extend_from_slice(bytes);
        // Only the new bytes are searched, so a long line takes time in proportion.
        if self.waiting.len() >= MOST_WAITING
            && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
        {
            self.pass(before + end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
