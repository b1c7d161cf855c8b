//! The lines of a file, read and checked in a thread of their own while the lines before them are
//! used.

use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use endstate_odata::{ItemLines, ItemReader};

use super::text_input::is_cut_off;

/// Blocks of lines that may wait.
const MAX_WAITING: usize = 2;

/// What was read next.
pub(super) enum Block {
    Lines(ItemLines),
    /// A compressed file ends before its end.
    CutOff,
    /// The rest cannot be read.
    Failed(io::Error),
}

/// Reads blocks of whole lines, of which the first begins with `beginning`. Each is passed on as
/// soon as it has arrived.
pub(super) fn read_in<'scope>(
    scope: &'scope Scope<'scope, '_>,
    beginning: String,
    file: impl BufRead + Send + 'scope,
) -> Receiver<Block> {
    let (sender, blocks) = sync_channel(MAX_WAITING);
    scope.spawn(move || {
        let mut lines = Lines { waiting: beginning.into_bytes(), reader: ItemReader::default(), sender };
        // `None` means that no one takes the blocks.
        let _ = lines.read(file);
    });
    blocks
}

struct Lines {
    /// Lines that were not passed on, of which the last may continue.
    waiting: Vec<u8>,
    reader: ItemReader,
    sender: SyncSender<Block>,
}

impl Lines {
    fn read(&mut self, mut file: impl BufRead) -> Option<()> {
        loop {
            let bytes = match file.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_cut_off(&error) => {
                    // A beginning of a line that ends within a character is lost.
                    if std::str::from_utf8(&self.waiting).is_ok() {
                        self.pass()?;
                    }
                    return self.sender.send(Block::CutOff).ok();
                }
                Err(error) => return self.sender.send(Block::Failed(error)).ok(),
            };
            if bytes.is_empty() {
                return self.pass();
            }
            let end = bytes.iter().rposition(|byte| *byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            self.waiting.extend_from_slice(&bytes[..taken]);
            file.consume(taken);
            if end.is_some() {
                self.pass()?;
            }
        }
    }

    /// Passes the lines on that wait. Of those that are not UTF-8, the lines before are passed on.
    fn pass(&mut self) -> Option<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Some(());
        }
        match String::from_utf8(waiting) {
            Ok(text) => self.send(text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                let whole = bytes[..valid].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                bytes.truncate(whole);
                self.send(String::from_utf8(bytes).unwrap_or_default())?;
                let failure = io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text");
                self.sender.send(Block::Failed(failure)).ok().and(None)
            }
        }
    }

    fn send(&mut self, text: String) -> Option<()> {
        self.sender.send(Block::Lines(ItemLines::read(text, &mut self.reader))).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    /// Ends in an error.
    struct Ends(io::ErrorKind);

    impl Read for Ends {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
    }

    /// The lines that are passed on, and how they end.
    fn read(beginning: &str, bytes: &[u8], end: impl Read + Send) -> (Vec<String>, String) {
        let (mut lines, mut how) = (Vec::new(), "whole".to_owned());
        std::thread::scope(|scope| {
            for block in read_in(scope, beginning.to_owned(), BufReader::with_capacity(7, bytes.chain(end))) {
                match block {
                    Block::Lines(block) => {
                        lines.extend(block.iter().map(|(line, _)| line.to_owned()));
                        how = if block.is_whole() { "whole" } else { "cut" }.to_owned();
                    }
                    Block::CutOff => how = "cut".to_owned(),
                    Block::Failed(error) => how = error.kind().to_string(),
                }
            }
        });
        (lines, how)
    }

    fn expected(lines: &[&str], how: &str) -> (Vec<String>, String) {
        (lines.iter().map(|line| (*line).to_owned()).collect(), how.to_owned())
    }

    #[test]
    fn lines_come_in_their_order_however_long_they_are() {
        let text = "a\r\n\n  a line that is longer than the buffer \nb";
        let lines = ["first", "a", "", "a line that is longer than the buffer", "b"];
        assert_eq!(read("first\n", text.as_bytes(), io::empty()), expected(&lines, "cut"));
        assert_eq!(read("", b"a\n", io::empty()), expected(&["a"], "whole"));
        assert_eq!(read("", b"", io::empty()), expected(&[], "whole"));
    }

    #[test]
    fn a_file_that_is_cut_off_is_read_as_far_as_it_goes() {
        let cut = || Ends(io::ErrorKind::UnexpectedEof);
        assert_eq!(read("a\n", b"b\n{\"id\"", cut()), expected(&["a", "b", "{\"id\""], "cut"));
        assert_eq!(read("a\n", &"b\n{\"ü".as_bytes()[..5], cut()), expected(&["a", "b"], "cut"));
    }

    #[test]
    fn a_line_that_cannot_be_read_to_its_end_is_not_passed_on() {
        assert_eq!(
            read("a\n", b"b\n{\"id", Ends(io::ErrorKind::InvalidInput)),
            expected(&["a", "b"], "invalid input parameter")
        );
        assert_eq!(read("a\n", b"b\n\xff\nc\n", io::empty()), expected(&["a", "b"], "invalid data"));
    }
}
