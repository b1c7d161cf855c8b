//! Plain English: phrases that `docs/words.md` bans, in sources and docs.

use super::Violation;

/// The standard, with the list of banned phrases.
pub(crate) const STANDARD: &str = "docs/words.md";

/// Where the list is in the standard.
const HEADING: &str = "## Banned phrases";

/// A phrase, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BannedPhrase {
    phrase: String,
    instead: String,
}

/// Reads the list: a table with a phrase in backticks and a replacement in each row.
pub(crate) fn banned_phrases(standard: &str) -> Vec<BannedPhrase> {
    let Some((_, list)) = standard.split_once(HEADING) else { return Vec::new() };
    let list = list.split("\n## ").next().unwrap_or_default();
    let rows = list.lines().filter(|line| line.starts_with("| `"));
    let mut phrases = Vec::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [spellings, instead] = cells.as_slice() else { continue };
        let spellings = spellings.split(", ").map(|spelling| spelling.trim_matches('`').to_lowercase());
        phrases.extend(spellings.map(|phrase| BannedPhrase { phrase, instead: (*instead).to_owned() }));
    }
    phrases
}

/// Checks a source file or a document; the path is seen from the root of the workspace.
pub(crate) fn check(path: &str, text: &str, banned: &[BannedPhrase]) -> Vec<Violation> {
    let prose = Prose::new(text);
    let mut violations = Vec::new();
    for BannedPhrase { phrase, instead } in banned {
        for line in prose.lines_with(phrase) {
            violations.push(format!("{path}:{line}: \"{phrase}\" is not plain English; write: {instead}"));
        }
    }
    violations
}

/// The words of a file, without the marks of comments, so a phrase is found across line breaks.
struct Prose {
    text: String,
    /// Where each line begins in `text`.
    starts: Vec<usize>,
}

impl Prose {
    fn new(text: &str) -> Self {
        let mut prose = Self { text: String::with_capacity(text.len()), starts: Vec::new() };
        for line in text.lines() {
            prose.starts.push(prose.text.len());
            let line = line.trim().trim_start_matches(['/', '!', '#', '>', '*', '-']).trim();
            prose.text.push_str(&line.to_lowercase());
            prose.text.push(' ');
        }
        prose
    }

    /// The lines, from 1, on which a phrase begins.
    fn lines_with(&self, phrase: &str) -> Vec<usize> {
        let is_word = |character: Option<char>| {
            character.is_some_and(|character| character.is_alphanumeric() || character == '_')
        };
        let found = self.text.match_indices(phrase).filter(|(start, _)| {
            let before = self.text[..*start].chars().next_back();
            let after = self.text[start + phrase.len()..].chars().next();
            !is_word(before) && !is_word(after)
        });
        found.map(|(start, _)| self.starts.partition_point(|line| *line <= start)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Words\n\n## Banned phrases\n\n| phrase | instead |\n|---|---|\n| `so that`, `in order that` | so; to |\n| `nobody` | no one, no caller |\n\n## After\n\n| `fine` | x |\n";

    #[test]
    fn the_list_is_read_from_the_standard_and_ends_with_its_section() {
        let phrases: Vec<_> = banned_phrases(LIST).into_iter().map(|banned| banned.phrase).collect();
        assert_eq!(phrases, ["so that", "in order that", "nobody"]);
        assert_eq!(banned_phrases("# Words\n"), Vec::new());
    }

    #[test]
    fn a_banned_phrase_is_a_violation_also_across_a_line_break() {
        let text = "//! A thing.\n/// Sorted, so\n/// that nobody waits.\nfn f() { warn(\"Nobody\") }\n";
        assert_eq!(
            check("crates/x/src/a.rs", text, &banned_phrases(LIST)),
            [
                "crates/x/src/a.rs:2: \"so that\" is not plain English; write: so; to",
                "crates/x/src/a.rs:3: \"nobody\" is not plain English; write: no one, no caller",
                "crates/x/src/a.rs:4: \"nobody\" is not plain English; write: no one, no caller",
            ]
        );
    }

    #[test]
    fn words_that_only_contain_a_phrase_are_good() {
        let text = "so thatched, nobody_else, fine\n";
        assert_eq!(check("a.md", text, &banned_phrases(LIST)), Vec::<String>::new());
    }
}
