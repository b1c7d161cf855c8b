//! A strict scanner for JSON text. It builds nothing: it finds where values end, eight bytes at a
//! time.
//!
//! It accepts nothing that `serde_json` rejects, except bytes that are not UTF-8. Those are for the
//! caller to refuse.

use std::ops::Range;

/// Walks over the bytes of a text.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'t> {
    bytes: &'t [u8],
    /// Where the next byte is.
    pub(crate) at: usize,
    /// Whether the text has neither escapes nor control characters, so a string ends at the next
    /// quotation mark.
    is_plain: bool,
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

impl<'t> Scanner<'t> {
    /// Starts a scan of a text. Pass `true` as `is_plain` only if the text is known to be plain.
    pub(crate) fn with(text: &'t str, is_plain: bool) -> Self {
        Self { bytes: text.as_bytes(), at: 0, is_plain }
    }

    /// Starts a scan of bytes at a place among them.
    pub(crate) fn from_position(bytes: &'t [u8], at: usize) -> Self {
        Self { bytes, at, is_plain: false }
    }

    /// Returns the next byte that is not white space, and does not consume it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if byte > b' ' {
                return Some(byte);
            }
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return None;
            }
            self.at += 1;
        }
    }

    /// Consumes the next byte that is not white space, if it equals `byte`.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes a string. Returns where it is, without its quotation marks, and whether it has
    /// escapes.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<(Range<usize>, bool)> {
        self.take(b'"')?;
        let start = self.at;
        let has_escapes = self.rest_of_string()?;
        Some((start..self.at - 1, has_escapes))
    }

    /// Passes one value. Returns where it is.
    #[inline]
    pub(crate) fn value(&mut self) -> Option<Range<usize>> {
        self.peek()?;
        let start = self.at;
        self.pass_value()?;
        Some(start..self.at)
    }

    /// Passes exactly these bytes.
    #[inline]
    pub(crate) fn exact(&mut self, expected: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(expected).then(|| self.at += expected.len())
    }

    /// Passes a value that begins here and is no object, or an array of such values. It has neither
    /// white space between tokens nor escapes.
    #[inline]
    pub(crate) fn plain_value(&mut self) -> Option<()> {
        // Most values are strings, so this is where a page is read.
        if *self.bytes.get(self.at)? == b'"' { self.plain_string() } else { self.plain_value_but_a_string() }
    }

    #[inline(never)]
    fn plain_value_but_a_string(&mut self) -> Option<()> {
        if *self.bytes.get(self.at)? != b'[' {
            return self.plain_scalar();
        }
        self.at += 1;
        if self.exact(b"]").is_some() {
            return Some(());
        }
        loop {
            self.plain_scalar()?;
            let after = *self.bytes.get(self.at)?;
            self.at += 1;
            match after {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn plain_scalar(&mut self) -> Option<()> {
        match *self.bytes.get(self.at)? {
            b'"' => self.plain_string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.exact(b"true"),
            b'f' => self.exact(b"false"),
            b'n' => self.exact(b"null"),
            _ => None,
        }
    }

    /// Passes a string that begins here and has no escapes.
    #[inline]
    fn plain_string(&mut self) -> Option<()> {
        let mut at = self.at + 1;
        while let Some(eight) = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let special = special_bytes(u64::from_le_bytes(*eight));
            if special != 0 {
                self.at = at + special.trailing_zeros() as usize / 8;
                return self.exact(b"\"");
            }
            at += 8;
        }
        self.at = at;
        self.rest_of_any_string().filter(|has_escapes| !has_escapes).map(|_| ())
    }

    fn pass_value(&mut self) -> Option<()> {
        // Each level has one bit, set for an object. `aside` stores all levels before the last 64.
        let mut levels = 0_u64;
        let mut aside: Vec<u64> = Vec::new();
        let mut depth = 0_usize;

        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    self.rest_of_string()?;
                }
                opening @ (b'{' | b'[') => {
                    self.at += 1;
                    let is_object = opening == b'{';
                    if self.peek()? == if is_object { b'}' } else { b']' } {
                        self.at += 1;
                    } else {
                        if depth > 0 && depth.is_multiple_of(64) {
                            aside.push(levels);
                        }
                        depth += 1;
                        levels = levels << 1 | u64::from(is_object);
                        if is_object {
                            self.name()?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.exact(b"true")?,
                b'f' => self.exact(b"false")?,
                b'n' => self.exact(b"null")?,
                _ => return None,
            }

            // A value has ended. The values around it may end here too.
            loop {
                if depth == 0 {
                    return Some(());
                }
                let is_object = levels & 1 == 1;
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    b'}' if is_object => {}
                    b']' if !is_object => {}
                    _ => return None,
                }
                self.at += 1;
                depth -= 1;
                levels >>= 1;
                if depth > 0 && depth.is_multiple_of(64) {
                    levels = aside.pop()?;
                }
            }
        }
    }

    /// Consumes the name of a member and its colon.
    #[inline]
    fn name(&mut self) -> Option<()> {
        self.take(b'"')?;
        self.rest_of_string()?;
        self.take(b':')
    }

    /// Consumes the rest of a string, including its closing quotation mark, and reports whether it
    /// has escapes. The opening quotation mark is already consumed.
    #[inline]
    fn rest_of_string(&mut self) -> Option<bool> {
        if self.is_plain { self.rest_of_plain_string().map(|()| false) } else { self.rest_of_any_string() }
    }

    #[inline]
    fn rest_of_plain_string(&mut self) -> Option<()> {
        let bytes = self.bytes;
        while let Some(eight) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let quotes = bytes_equal(u64::from_le_bytes(*eight), b'"') & HIGHS;
            if quotes != 0 {
                self.at += quotes.trailing_zeros() as usize / 8 + 1;
                return Some(());
            }
            self.at += 8;
        }
        self.at += bytes.get(self.at..)?.iter().position(|byte| *byte == b'"')? + 1;
        Some(())
    }

    fn rest_of_any_string(&mut self) -> Option<bool> {
        let bytes = self.bytes;
        let mut has_escapes = false;
        loop {
            while let Some(eight) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
                let special = special_bytes(u64::from_le_bytes(*eight));
                if special != 0 {
                    self.at += special.trailing_zeros() as usize / 8;
                    break;
                }
                self.at += 8;
            }

            match *bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(has_escapes);
                }
                b'\\' => {
                    has_escapes = true;
                    let length = match *bytes.get(self.at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                        b'u' => {
                            let digits = bytes.get(self.at + 2..self.at + 6)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)?
                        }
                        _ => return None,
                    };
                    self.at += length;
                }
                0..b' ' => return None,
                _ => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        let bytes = self.bytes;
        let at = |position: usize| bytes.get(position).copied().unwrap_or(0);
        let digits = |from: usize| {
            let length = bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            (length > 0).then_some(from + length)
        };
        let mut end = self.at + usize::from(at(self.at) == b'-');
        end = if at(end) == b'0' { end + 1 } else { digits(end)? };
        if at(end) == b'.' {
            end = digits(end + 1)?;
        }
        if matches!(at(end), b'e' | b'E') {
            end += 1 + usize::from(matches!(at(end + 1), b'+' | b'-'));
            end = digits(end)?;
        }
        self.at = end;
        Some(())
    }
}

/// Sets the high bit of each byte that ends a run of ordinary ones: a quotation mark, a backslash
/// or a control character. Bits above the first one set may be wrong.
#[inline]
fn special_bytes(eight: u64) -> u64 {
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    (bytes_equal(eight, b'"') | bytes_equal(eight, b'\\') | control) & HIGHS
}

/// Sets the high bit of each byte that equals `byte`. The lower bits of each byte mean nothing, and
/// bits above the first high bit set may be wrong.
#[inline]
fn bytes_equal(eight: u64, byte: u8) -> u64 {
    let difference = eight ^ (ONES * u64::from(byte));
    difference.wrapping_sub(ONES) & !difference
}

#[cfg(test)]
mod tests;
