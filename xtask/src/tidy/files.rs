//! Source files: a head that says what the file is, a length that can be read, and no input or output where there is to be none.

use super::Violation;

/// Most lines of a file.
const LONGEST: usize = 400;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, usize, &str)] = &[];

/// Crates of values and pure functions, and what their sources may not name.
const PURE_CRATES: &[&str] =
    &["crates/endstate-odata/src/", "crates/endstate-model/src/", "crates/endstate-analysis/src/"];
const IMPURE: &[&str] = &["std::fs", "std::net", "std::env", "std::process", "std::thread", "std::time"];

/// Checks one Rust file; the path is seen from the root of the workspace.
pub(crate) fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !text.starts_with("//! ") {
        violations.push(format!("{path}: does not begin with `//!` and what the file is"));
    }
    let lines = text.lines().count();
    let most = LONGER.iter().find(|(longer, _, _)| *longer == path).map_or(LONGEST, |(_, most, _)| *most);
    if lines > most {
        violations.push(format!("{path}: has {lines} lines, more than {most}"));
    }
    if PURE_CRATES.iter().any(|folder| path.starts_with(folder)) {
        let named = IMPURE.iter().filter(|module| text.contains(**module));
        violations.extend(named.map(|module| format!("{path}: names {module} in a crate without input and output")));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_is_a_violation() {
        assert_eq!(check("crates/x/src/a.rs", "//! A thing.\n"), Vec::<String>::new());
        for text in ["use std::fmt;\n", "// A thing.\n", "//!\n", ""] {
            assert_eq!(
                check("crates/x/src/a.rs", text),
                ["crates/x/src/a.rs: does not begin with `//!` and what the file is"]
            );
        }
    }

    #[test]
    fn a_file_of_more_than_the_ceiling_is_a_violation() {
        let of = |lines: usize| format!("//! A thing.\n{}", "\n".repeat(lines - 1));
        assert_eq!(check("crates/x/src/a.rs", &of(LONGEST)), Vec::<String>::new());
        assert_eq!(check("crates/x/src/a.rs", &of(LONGEST + 1)), ["crates/x/src/a.rs: has 401 lines, more than 400"]);
    }

    #[test]
    fn input_in_a_pure_crate_is_a_violation_and_elsewhere_is_not() {
        let text = "//! A thing.\nuse std::fs;\n";
        assert_eq!(check("crates/endstate/src/a.rs", text), Vec::<String>::new());
        let path = "crates/endstate-model/src/a.rs";
        assert_eq!(check(path, text), [format!("{path}: names std::fs in a crate without input and output")]);
    }

    #[test]
    fn every_exception_has_a_reason() {
        assert!(LONGER.iter().all(|(_, most, reason)| *most > LONGEST && !reason.is_empty()));
    }
}
