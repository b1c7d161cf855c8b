//! Splits text into lines while it arrives.

use memchr::memchr;

/// Lines of text that arrives in chunks. It keeps only the beginning of a line that has not ended.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    beginning: Vec<u8>,
    longest: usize,
}

/// A line is longer than the limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineTooLong;

impl LineSplitter {
    /// A splitter of lines of at most `longest` bytes.
    pub(crate) fn new(longest: usize) -> Self {
        Self { beginning: Vec::new(), longest }
    }

    /// Passes each line that ends in this chunk on, without its end. Lines without text are left
    /// out. An error of `each` ends the splitting.
    pub(crate) fn push<E: From<LineTooLong>>(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            rest = &after[1..];
            if self.beginning.is_empty() {
                self.check(line.len())?;
                pass(line, &mut each)?;
            } else {
                self.keep(line)?;
                pass(&self.beginning, &mut each)?;
                self.beginning.clear();
            }
        }
        Ok(self.keep(rest)?)
    }

    /// Passes a last line that has no line feed on.
    pub(crate) fn finish<E>(self, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        pass(&self.beginning, &mut each)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), LineTooLong> {
        self.check(self.beginning.len() + bytes.len())?;
        self.beginning.extend_from_slice(bytes);
        Ok(())
    }

    fn check(&self, length: usize) -> Result<(), LineTooLong> {
        if length > self.longest { Err(LineTooLong) } else { Ok(()) }
    }
}

fn pass<E>(line: &[u8], each: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let line = line.trim_ascii();
    if line.is_empty() { Ok(()) } else { each(line) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(chunks: &[&[u8]], longest: usize) -> Result<Vec<Vec<u8>>, LineTooLong> {
        let mut splitter = LineSplitter::new(longest);
        let mut lines = Vec::new();
        let mut each = |line: &[u8]| {
            lines.push(line.to_vec());
            Ok(())
        };
        for chunk in chunks {
            splitter.push(chunk, &mut each)?;
        }
        splitter.finish(&mut each)?;
        Ok(lines)
    }

    #[test]
    fn a_line_may_end_in_any_way_and_an_empty_one_is_left_out() {
        assert_eq!(split(&[b"a\r\n\n", b" \nb", b"c\nd"], 9).unwrap(), [&b"a"[..], b"bc", b"d"]);
        assert_eq!(split(&[], 9).unwrap(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_line_above_the_limit_is_refused_in_one_chunk_or_in_many() {
        assert!(split(&[b"1234\n12", b"34\n1234"], 4).is_ok());
        for chunks in [&[&b"12345\n"[..]][..], &[b"123", b"45\n"], &[b"12345"]] {
            assert_eq!(split(chunks, 4), Err(LineTooLong), "{chunks:?}");
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_change_the_lines(text in "[ab\n]{0,60}", cuts in prop::collection::vec(0_usize..60, 0..6)) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(split(&chunks, 60).unwrap(), lines);
        }
    }
}
