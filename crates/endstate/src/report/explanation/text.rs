//! The texts about categories, outcomes and exit codes: tables in files, one row per name.

/// A name, and what there is to say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExplanationText {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    /// Why it matters; empty if the meaning says it.
    pub(super) why: &'static str,
    pub(super) action: &'static str,
}

/// The rows of a file of texts.
pub(super) type Texts = std::iter::FilterMap<std::str::Lines<'static>, fn(&'static str) -> Option<ExplanationText>>;

/// The categories, in order.
pub(super) fn categories() -> Texts {
    texts(include_str!("categories.tsv"))
}

/// The three outcomes, then the reasons of an incomplete and of an unknown one.
pub(super) fn outcomes() -> Texts {
    texts(include_str!("outcomes.tsv"))
}

/// The exit codes, ascending.
pub(super) fn exit_codes() -> Texts {
    texts(include_str!("exit-codes.tsv"))
}

fn texts(file: &'static str) -> Texts {
    file.lines().filter_map(text)
}

/// A row: name, what it means, why it matters, what to do.
fn text(line: &'static str) -> Option<ExplanationText> {
    let mut cells = line.split('\t');
    let (name, meaning) = (cells.next()?, cells.next()?);
    Some(ExplanationText { name, meaning, why: cells.next()?, action: cells.next()? })
}
