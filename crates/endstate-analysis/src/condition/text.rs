//! Splits a condition into words, each with its position.

use super::ConditionError;

/// A word of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) kind: WordKind<'t>,
    /// Characters from the beginning of the text.
    pub(super) position: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WordKind<'t> {
    /// Letters, digits and the other characters of names, numbers and versions.
    Bare(&'t str),
    /// A text between quotation marks, without the marks.
    Quoted(String),
    /// An operator such as `=` or `<=`, or a parenthesis.
    Sign(&'t str),
    End,
}

/// Splits a condition into words. The last word is always the end.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, ConditionError> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let position = text[..text.len() - rest.len()].chars().count();
        let Some(first) = rest.chars().next() else {
            words.push(Word { kind: WordKind::End, position });
            return Ok(words);
        };

        let (kind, length) = match first {
            '\'' | '"' => quoted(rest, first, position)?,
            '=' | '!' | '<' | '>' => {
                let length = rest.find(|character| !matches!(character, '=' | '!' | '<' | '>')).unwrap_or(rest.len());
                (WordKind::Sign(&rest[..length]), length)
            }
            '(' | ')' => (WordKind::Sign(&rest[..1]), 1),
            _ => {
                let is_end = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '=' | '!' | '<' | '>' | '(' | ')');
                let length = rest.find(is_end).unwrap_or(rest.len());
                (WordKind::Bare(&rest[..length]), length)
            }
        };

        words.push(Word { kind, position });
        rest = &rest[length..];
    }
}

/// Reads a text between quotation marks, and returns it with its length including the marks. A
/// doubled mark within the text is one mark (URL Conventions 5.1.1.14.1).
fn quoted(rest: &str, mark: char, position: usize) -> Result<(WordKind<'_>, usize), ConditionError> {
    let mut content = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((place, character)) = characters.next() {
        if character != mark {
            content.push(character);
        } else if characters.next_if(|(_, next)| *next == mark).is_some() {
            content.push(mark);
        } else {
            return Ok((WordKind::Quoted(content), place + mark.len_utf8()));
        }
    }
    Err(ConditionError::new("this text has no closing quotation mark; add one", position))
}
