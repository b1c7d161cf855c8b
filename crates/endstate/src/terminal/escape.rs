//! Text from outside on its way to a terminal: nothing in it may move the cursor, change colors,
//! reorder letters or begin a line.

use std::borrow::Cow;
use std::io::{self, Write};
use std::mem;

/// The text with each character escaped that a terminal acts on, as `\u{1b}`: control characters
/// (C0, DEL and C1, so also line breaks and tabs), line and paragraph separators, the marks that
/// change the direction of text (Unicode Standard Annex 9, "Trojan Source"), and those that show
/// nothing, with which two names can look the same. What a pipeline acts on in its log is escaped,
/// too.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let has_command = acts_on_a_pipeline(text);
    if !has_command && !text.chars().any(acts_on_a_terminal) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if acts_on_a_terminal(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }

    if has_command {
        shown = shown.replace(AZURE_COMMAND, r"\u{23}#vso[").replace(GITHUB_COMMAND, r"\u{23}#[");
        if is_workflow_command(&shown) {
            shown = shown.replacen("::", r"\u{3a}:", 1);
        }
    }
    shown.into()
}

/// The agent of Azure Pipelines runs a command that begins so, in any place of a line.
const AZURE_COMMAND: &str = "##vso[";

/// The runner of GitHub does so with this.
const GITHUB_COMMAND: &str = "##[";

/// Whether the runner of GitHub would run a line: `::error::text`. An address of IPv6 begins alike.
fn is_workflow_command(line: &str) -> bool {
    let Some(name) = line.trim_start().strip_prefix("::") else { return false };
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.contains("::")
}

/// The same for lines of JSON, which stay JSON: its own escapes.
pub(crate) fn escaped_json_lines(text: &str) -> Cow<'_, str> {
    let acts = |line: &str| acts_on_a_pipeline(line) || line.chars().any(acts_on_a_terminal);
    if !text.split('\n').any(acts) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if letter != '\n' && acts_on_a_terminal(letter) {
            shown.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(letter);
        }
    }
    shown.replace(AZURE_COMMAND, r"\u0023#vso[").replace(GITHUB_COMMAND, r"\u0023#[").into()
}

/// Whether a pipeline could run a part of the text as a command.
fn acts_on_a_pipeline(text: &str) -> bool {
    let has_marks = text.contains("##") && (text.contains(AZURE_COMMAND) || text.contains(GITHUB_COMMAND));
    has_marks || is_workflow_command(text)
}

/// The same for text of several lines, whose line feeds stay.
pub(crate) fn escaped_lines(text: &str) -> Cow<'_, str> {
    let acts = |line: &str| acts_on_a_pipeline(line) || line.chars().any(acts_on_a_terminal);
    if text.split('\n').any(acts) {
        Cow::Owned(text.split('\n').map(escaped).collect::<Vec<_>>().join("\n"))
    } else {
        text.into()
    }
}

fn acts_on_a_terminal(letter: char) -> bool {
    const DIRECTION_MARKS: [char; 3] = ['\u{61c}', '\u{200e}', '\u{200f}'];
    let changes_direction = ('\u{202a}'..='\u{202e}').contains(&letter)
        || ('\u{2066}'..='\u{2069}').contains(&letter)
        || DIRECTION_MARKS.contains(&letter);
    // Not the joiners U+200C and U+200D, which scripts and emoji need.
    let shows_nothing =
        matches!(letter, '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    // XML cannot have the last two.
    let is_no_text = matches!(letter, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    letter.is_control() || changes_direction || shows_nothing || is_no_text
}

/// Escapes what is written through it, except line feeds. A character may be split between writes.
#[derive(Debug)]
pub(crate) struct EscapingWriter<W> {
    inner: W,
    /// The beginning of a character whose end is not written yet.
    begun: Vec<u8>,
}

impl<W: Write> EscapingWriter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, begun: Vec::new() }
    }
}

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = mem::take(&mut self.begun);
        text.extend_from_slice(bytes);
        for chunk in text.utf8_chunks() {
            self.inner.write_all(escaped_lines(chunk.valid()).as_bytes())?;
            let invalid = chunk.invalid();
            if is_begun(invalid) && text.ends_with(invalid) {
                self.begun = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.inner.write_all("\u{fffd}".as_bytes())?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether more bytes could make this a character.
fn is_begun(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// Most characters of a value that people see. Formats for programs have the whole value.
const MAX_CHARACTERS: usize = 300;

/// The beginning of a long value.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_escaped_and_all_else_stays() {
        assert_eq!(escaped("Zürich, 東京, 🦀"), "Zürich, 東京, 🦀");
        let forged = "a\u{1b}[2Jb\r\nc\u{9b}31m\u{7f}\u{202e}d\u{2066}\u{200f}\u{2028}";
        let shown = r"a\u{1b}[2Jb\u{d}\u{a}c\u{9b}31m\u{7f}\u{202e}d\u{2066}\u{200f}\u{2028}";
        assert_eq!(escaped(forged), shown);
        assert_eq!(escaped_lines("a\nb\u{7}\n"), "a\nb\\u{7}\n");
    }

    #[test]
    fn a_command_for_the_log_of_a_pipeline_is_escaped() {
        assert_eq!(escaped("a##vso[task.complete]b # ## [c"), r"a\u{23}#vso[task.complete]b # ## [c");
        assert_eq!(escaped("a##[stop-commands]b"), r"a\u{23}#[stop-commands]b");
        assert_eq!(escaped(" ::error::x::y"), r" \u{3a}:error::x::y");
        assert_eq!(escaped("::ffff:10.0.0.1"), "::ffff:10.0.0.1");
        assert_eq!(escaped_lines("a::b\n##vso[x]\n"), "a::b\n\\u{23}#vso[x]\n");
    }

    #[test]
    fn a_line_of_json_stays_json() {
        let line = serde_json::json!({ "a": "\u{9b}31m\u{202e}\u{e0041}##vso[x]##[y]" });
        let escaped = escaped_json_lines(&format!("{line}\n")).into_owned();
        assert!(escaped.is_ascii() && !escaped.contains("##"), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), line);
    }

    #[test]
    fn a_character_split_between_writes_is_one_character() {
        let text = "é\u{9b}🦀\n\u{1b}x";
        for size in 1..5 {
            let mut writer = EscapingWriter::new(Vec::new());
            text.as_bytes().chunks(size).for_each(|chunk| writer.write_all(chunk).unwrap());
            assert_eq!(String::from_utf8(writer.inner).unwrap(), "é\\u{9b}🦀\n\\u{1b}x", "chunks of {size}");
        }
    }
}
