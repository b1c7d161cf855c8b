//! The table of invariants in `docs/architecture.md`: each test that it names exists.

use std::collections::BTreeSet;

use super::Violation;
use super::functions::functions;

/// The document with the table.
pub(crate) const DOCUMENT: &str = "docs/architecture.md";

/// Checks the table; `tests` are the names of all test functions of the workspace.
pub(crate) fn check(document: &str, tests: &BTreeSet<String>) -> Vec<Violation> {
    let Some((_, section)) = document.split_once("## Invariants") else {
        return vec![format!("{DOCUMENT}: has no section on invariants")];
    };
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    if rows.is_empty() {
        return vec![format!("{DOCUMENT}: has no table of invariants")];
    }

    let mut violations = Vec::new();
    for row in rows {
        let names: Vec<_> = row.split('`').skip(1).step_by(2).filter(|name| is_test_name(name)).collect();
        let holders = row.trim_matches('|').split('|').nth(1).unwrap_or_default();
        if names.is_empty()
            && !holders.contains("cargo xtask")
            && !holders.contains("lints")
            && !holders.contains(".ci/run")
        {
            violations.push(format!("{DOCUMENT}: names no test or check: {row}"));
        }
        let missing = names.into_iter().filter(|name| !tests.contains(*name));
        violations.extend(missing.map(|name| format!("{DOCUMENT}: names a test that does not exist: {name}")));
    }
    violations
}

/// The names of the test functions in a file.
pub(crate) fn test_names(text: &str) -> impl Iterator<Item = String> {
    functions(text).into_iter().map(|function| function.name.to_owned())
}

/// Whether a name in backticks is the name of a test: a sentence of at least four words.
fn is_test_name(name: &str) -> bool {
    name.bytes().filter(|byte| *byte == b'_').count() >= 3
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(row: &str) -> String {
        format!("# A\n\n## Invariants\n\n| never | held by |\n|---|---|\n{row}\n\n## After\n")
    }

    #[test]
    fn a_test_that_does_not_exist_is_a_violation() {
        let tests = BTreeSet::from(["a_token_is_never_shown".to_owned()]);
        let good = document("| a token | `a_token_is_never_shown`, `Limits::page_bound` |");
        assert_eq!(check(&good, &tests), Vec::<String>::new());
        let gone = document("| a token | `a_token_was_never_shown` |");
        assert_eq!(
            check(&gone, &tests),
            ["docs/architecture.md: names a test that does not exist: a_token_was_never_shown"]
        );
    }

    #[test]
    fn an_invariant_that_nothing_holds_is_a_violation() {
        let violations = check(&document("| a token | good will |"), &BTreeSet::new());
        assert_eq!(violations, ["docs/architecture.md: names no test or check: | a token | good will |"]);
        assert_eq!(check(&document("| a layer | `cargo xtask tidy` |"), &BTreeSet::new()), Vec::<String>::new());
        assert_eq!(check("# A\n", &BTreeSet::new()).len(), 1);
    }
}
