//! The words of a condition, each with its place.

use super::ConditionError;

/// A word of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) kind: WordKind<'t>,
    /// In characters.
    pub(super) position: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WordKind<'t> {
    /// Letters, digits and what else stands in names, numbers and versions.
    Bare(&'t str),
    /// Between quotation marks, which are left out here.
    Quoted(String),
    /// `=`, `<=` and so on, or a parenthesis.
    Sign(&'t str),
    End,
}

/// Takes a condition apart; the last word is always its end.
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

/// A text between marks, and its length with them; a mark within is written twice (URL Conventions 5.1.1.14.1).
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
    Err(ConditionError::new("this text has no end: there is no second quotation mark", position))
}
