//! Cells that a spreadsheet would run as a formula.

use std::borrow::Cow;

/// Whether cells that a spreadsheet would run as a formula are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormulaGuard {
    On,
    Off,
}

/// Whether spreadsheets read a byte as the beginning of a formula (OWASP, CSV injection), or it is
/// the escape of one.
pub(super) const fn begins_formula(byte: u8) -> bool {
    matches!(byte, b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\'')
}

/// Whether a spreadsheet may split a cell at a byte. Where the comma is the decimal sign, `;` is
/// the separator, and quotation marks that do not begin a cell of such a spreadsheet protect
/// nothing.
pub(super) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b';' | b'\t' | b'\n' | b'\r')
}

impl FormulaGuard {
    /// On, unless `--csv-raw` is set.
    pub(crate) fn from_flag(csv_raw: bool) -> Self {
        if csv_raw { Self::Off } else { Self::On }
    }

    /// The cell as it is written: an apostrophe before each part that would be a formula.
    pub(crate) fn escape(self, cell: &str) -> Cow<'_, str> {
        if self == Self::Off || !may_have_formula(cell) {
            return Cow::Borrowed(cell);
        }
        let apostrophe = |part| if is_formula(part) { "'" } else { "" };
        Cow::Owned(parts(cell).flat_map(|part| [apostrophe(part), part]).collect())
    }
}

/// The cell as it was before it was escaped.
pub(crate) fn unguarded(cell: &str) -> Cow<'_, str> {
    if !may_have_formula(cell) {
        return Cow::Borrowed(cell);
    }
    let original = |part| if is_formula(part) { part.strip_prefix('\'').unwrap_or(part) } else { part };
    Cow::Owned(parts(cell).map(original).collect())
}

/// False for most cells, after few instructions.
fn may_have_formula(cell: &str) -> bool {
    let cell = cell.as_bytes();
    let begins_at = |at: usize| cell.get(at).is_some_and(|byte| begins_formula(*byte));
    // Looked at whole, many bytes at a time: hardly any cell has one.
    let has_separator = cell.iter().fold(false, |has, byte| has | is_separator(*byte));
    begins_at(0) || has_separator && (1..cell.len()).any(|at| is_separator(cell[at - 1]) && begins_at(at))
}

/// A part that was escaped, or looks as if it were, counts too: so each cell has its own escape.
fn is_formula(part: &str) -> bool {
    part.trim_start_matches('\'').bytes().next().is_some_and(begins_formula)
}

fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split_inclusive(|character: char| u8::try_from(character).is_ok_and(is_separator))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What begins a formula.
    const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

    /// Every text of up to so many of these characters.
    pub(in crate::store::format) fn texts(most: usize, characters: &[&str]) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut begin = 0;
        for _ in 0..most {
            let end = texts.len();
            for at in begin..end {
                let longer: Vec<_> = characters.iter().map(|next| format!("{}{next}", texts[at])).collect();
                texts.extend(longer);
            }
            begin = end;
        }
        texts
    }

    #[test]
    fn no_part_of_a_cell_is_a_formula_and_each_is_read_back() {
        for text in texts(6, &["'", ";", "=", "a", "\t", "\n"]) {
            let escaped = FormulaGuard::On.escape(&text);
            assert!(!escaped.starts_with(FORMULA), "{text:?} is {escaped:?}");
            for part in escaped.split([';', '\n', '\t']) {
                assert!(!part.starts_with(FORMULA), "{text:?} has {part:?}");
            }
            assert_eq!(unguarded(&escaped), text, "from {escaped:?}");
            assert_eq!(FormulaGuard::Off.escape(&text), text);
        }
    }
}
