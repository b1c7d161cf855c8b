//! The lines of a file, read and checked on several cores while the lines before them are used.
//!
//! One thread reads the file and cuts it at line ends. It deals the blocks out to the threads that
//! check them, to each in its turn, and the blocks are collected in the same turns. So they come in
//! the order of the file, and no thread waits for another as long as the queues have room.

use std::io::{self, BufRead};
use std::string::FromUtf8Error;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, available_parallelism};

use endstate_odata::{ItemLines, ItemReader};

use super::text_input::is_cut_off;

/// Blocks that may wait before and after each thread.
const MAX_WAITING: usize = 2;

/// With more threads, lines are checked faster than one thread can use them.
const MOST_THREADS: usize = 4;

/// Lines of a file, and what comes after them.
pub(super) struct Block {
    pub(super) lines: ItemLines,
    /// `None` if there are more, or the file ends as it should.
    pub(super) end: Option<End>,
}

/// Why a file ends early.
pub(super) enum End {
    /// A compressed file ends before its end.
    CutOff,
    /// The rest cannot be read.
    Failed(io::Error),
}

/// Lines, the last of which may be cut off at the file's end, and what comes after them.
type Text = (String, Option<End>);

/// The blocks of a file, in its order.
pub(super) struct LineBlocks {
    checked: Vec<Receiver<Block>>,
    next: usize,
}

impl Iterator for LineBlocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let block = self.checked.get(self.next)?.recv().ok()?;
        self.next = (self.next + 1) % self.checked.len();
        Some(block)
    }
}

/// Reads blocks of whole lines, of which the first begins with `beginning`. Each is passed on as
/// soon as it has arrived.
pub(super) fn read_in<'scope>(
    scope: &'scope Scope<'scope, '_>,
    beginning: String,
    file: impl BufRead + Send + 'scope,
) -> LineBlocks {
    let threads = available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let (mut dealer, mut checked) =
        (Dealer { waiting: beginning.into_bytes(), threads: Vec::new(), next: 0 }, Vec::new());
    for _ in 0..threads {
        let (dealt, texts) = sync_channel(MAX_WAITING);
        let (sender, receiver) = sync_channel(MAX_WAITING);
        scope.spawn(move || check(texts, &sender));
        dealer.threads.push(dealt);
        checked.push(receiver);
    }
    scope.spawn(move || dealer.deal(file));
    LineBlocks { checked, next: 0 }
}

/// Checks each block, until no one takes them.
fn check(texts: Receiver<Text>, checked: &SyncSender<Block>) {
    let mut reader = ItemReader::default();
    for (text, end) in texts {
        if checked.send(Block { lines: ItemLines::read(text, &mut reader), end }).is_err() {
            return;
        }
    }
}

/// Reads a file, and deals its lines out.
struct Dealer {
    /// Bytes that were not passed on, of a line that may continue.
    waiting: Vec<u8>,
    threads: Vec<SyncSender<Text>>,
    next: usize,
}

impl Dealer {
    /// Returns `None` if no more is read: no one takes the lines, or the rest cannot be read.
    fn deal(&mut self, mut file: impl BufRead) -> Option<()> {
        loop {
            let bytes = match file.fill_buf() {
                Ok([]) => return self.pass_last(),
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_cut_off(&error) => return self.pass(Some(End::CutOff)),
                Err(error) => {
                    // A line whose end was not read could be taken for another one.
                    let whole = self.waiting.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                    self.waiting.truncate(whole);
                    return self.pass(Some(End::Failed(error)));
                }
            };
            let end = bytes.iter().rposition(|byte| *byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            self.waiting.extend_from_slice(&bytes[..taken]);
            file.consume(taken);
            if end.is_some() {
                self.pass(None)?;
            }
        }
    }

    /// Passes on the end of the file, which may be within a character.
    fn pass_last(&mut self) -> Option<()> {
        let error = std::str::from_utf8(&self.waiting).err();
        let is_cut_off = error.is_some_and(|error| error.error_len().is_none());
        self.pass(is_cut_off.then_some(End::CutOff))
    }

    /// Passes on what waits. Of lines that are not UTF-8, those before are passed on.
    fn pass(&mut self, mut end: Option<End>) -> Option<()> {
        let bytes = std::mem::take(&mut self.waiting);
        if bytes.is_empty() && end.is_none() {
            return Some(());
        }
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            // A line that is cut off may end within a character.
            let failure = || End::Failed(io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text"));
            end.get_or_insert_with(failure);
            lines_before(&error)
        });

        let thread = self.threads.get(self.next)?;
        self.next = (self.next + 1) % self.threads.len();
        let is_end = end.is_some();
        thread.send((text, end)).ok().filter(|()| !is_end)
    }
}

/// The lines before the one that is not UTF-8.
fn lines_before(error: &FromUtf8Error) -> String {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let whole = valid.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    String::from_utf8_lossy(&valid[..whole]).into_owned()
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
        let file = BufReader::with_capacity(7, bytes.chain(end));
        std::thread::scope(|scope| {
            for Block { lines: block, end } in read_in(scope, beginning.to_owned(), file) {
                lines.extend(block.iter().map(|(line, _)| line.to_owned()));
                how = match end {
                    None if block.is_whole() => "whole".to_owned(),
                    None | Some(End::CutOff) => "cut".to_owned(),
                    Some(End::Failed(error)) => error.kind().to_string(),
                };
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
