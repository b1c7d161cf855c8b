//! A strict scanner for JSON text. It builds nothing: it finds where values end, eight bytes at a
//! time.
//!
//! It is for the members of items that `serde_json` has already read whole. It is still strict: it
//! accepts nothing that `serde_json` rejects.

/// Walks over text that is known to be UTF-8.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Whether the text has neither escapes nor control characters, so a string ends at the next
    /// quotation mark.
    is_plain: bool,
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

impl<'t> Scanner<'t> {
    /// Starts a scan of a text. Pass `true` as `is_plain` only if the text is known to be plain.
    pub(crate) fn with(text: &'t str, is_plain: bool) -> Self {
        Self { text, at: 0, is_plain }
    }

    /// Returns the next byte that is not white space, and does not consume it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
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

    /// Reads a string as written, without its quotation marks, and reports whether it has escapes.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<(&'t str, bool)> {
        self.take(b'"')?;
        let start = self.at;
        let has_escapes = self.rest_of_string()?;
        Some((&self.text[start..self.at - 1], has_escapes))
    }

    /// Reads one value as written.
    #[inline]
    pub(crate) fn value(&mut self) -> Option<&'t str> {
        self.peek()?;
        let start = self.at;
        self.pass_value()?;
        Some(&self.text[start..self.at])
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
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
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
        let bytes = self.text.as_bytes();
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
        let bytes = self.text.as_bytes();
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
        let bytes = self.text.as_bytes();
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

    fn literal(&mut self, literal: &str) -> Option<()> {
        let end = self.at + literal.len();
        (self.text.as_bytes().get(self.at..end)? == literal.as_bytes()).then(|| self.at = end)
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
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    /// Reads a text that is one whole value, both with the scanner and with `serde_json`.
    fn both(text: &str) -> (Option<&str>, Option<&str>) {
        let scan = |is_plain: bool| {
            let mut scanner = Scanner::with(text, is_plain);
            scanner.value().filter(|_| scanner.peek().is_none() && scanner.at == text.len())
        };
        let value = scan(false);
        if crate::item::Form::for_text(text).is_plain {
            assert_eq!(scan(true), value, "{text}");
        }
        (value, serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get))
    }

    const VALUES: &str = r#"
        null   true   false   0   -0   12   -1.5   1e9   1.25E-7
        ""   "a\"b\u00e9\n"   "\ud800"   "é"   "ordinary text of more than eight bytes"
        []   {}   {"a":{"b":[null,"x"]},"c":1}
    "#;

    const NOT_VALUES: &str = r#"
        nul   tru"e"   01   1.   .5   1e   +1   -   "   "\x"   "\u12g4"
        [1,]   [,1]   [1}   [   {"a"}   {"a":}   {"a":1,}   {a:1}   {"a":1]   {
    "#;

    /// The texts of a list, which three spaces separate.
    fn listed(texts: &str) -> impl Iterator<Item = &str> {
        texts.lines().flat_map(|line| line.trim().split("   ")).filter(|text| !text.is_empty())
    }

    #[test]
    fn values_of_every_kind_are_skipped() {
        for text in listed(VALUES).chain([" [ 1 , [ ] , { } ] ", "{ \"a\" : \"b\" }"]) {
            let (scanned, serde) = both(text);
            assert!(scanned.is_some(), "{text}");
            assert_eq!(scanned, serde, "{text}");
        }
    }

    #[test]
    fn text_that_is_not_a_json_value_is_refused() {
        for text in listed(NOT_VALUES).chain(["", " ", "1 2", "\"a\nb\"", "\u{b}1"]) {
            assert_eq!(both(text), (None, None), "{text}");
        }
    }

    #[test]
    fn nesting_of_any_depth_is_followed() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 1000, 100_000] {
            let mut open = String::new();
            let mut close = String::new();
            for level in 0..depth {
                open.push_str(if level % 3 == 0 { "{\"a\":" } else { "[" });
                close.insert(0, if level % 3 == 0 { '}' } else { ']' });
            }

            let text = format!("{open}1{close}");
            assert_eq!(Scanner::with(&text, false).value().map(str::len), Some(text.len()), "{depth}");
            let wrong = text.replacen("1}", "1]", 1).replacen("1]]", "1}]", 1);
            if wrong != text {
                assert_eq!(Scanner::with(&wrong, false).value(), None, "{depth}");
            }
        }
    }

    fn any_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|truth| truth.to_string()),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| format!("{number:e}")),
            any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap_or_default()),
        ];

        leaf.prop_recursive(4, 40, 5, |inner| {
            let space = prop::sample::select(&["", " ", "\n\t"][..]);
            prop_oneof![
                (prop::collection::vec(inner.clone(), 0..5), space.clone())
                    .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(&format!("{space},")))),
                (prop::collection::vec((any::<String>(), inner), 0..5), space).prop_map(|(members, space)| {
                    let members: Vec<_> = members
                        .iter()
                        .map(|(name, value)| {
                            format!("{}{space}:{value}", serde_json::to_string(name).unwrap_or_default())
                        })
                        .collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_passed_over_as_serde_json_does(text in any_json()) {
            let (scanned, serde) = both(&text);
            prop_assert!(scanned.is_some());
            prop_assert_eq!(scanned, serde);
        }

        #[test]
        fn nothing_is_accepted_that_serde_json_refuses(
            text in any_json(),
            at in 0.0_f64..1.0,
            with in any::<char>(),
            cut in any::<bool>(),
        ) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in the text"
            )]
            let place = (at * text.chars().count() as f64) as usize;
            let mut letters: Vec<char> = text.chars().collect();
            if cut {
                letters.truncate(place);
            } else if place < letters.len() {
                letters[place] = with;
            }
            let spoiled: String = letters.into_iter().collect();
            let (scanned, serde) = both(&spoiled);
            prop_assert!(scanned.is_none() || scanned == serde, "{} {:?} {:?}", spoiled, scanned, serde);
        }

        #[test]
        fn any_text_that_is_accepted_is_json(text in "[\\[\\]{}:,\"\\\\ntrue0-9.eE+\\- ]{0,24}") {
            let (scanned, serde) = both(&text);
            prop_assert!(scanned.is_none() || scanned == serde);
        }
    }
}
