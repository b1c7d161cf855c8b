//! Source files: a head, a bounded length, comments of at most 100 columns, and no input or output
//! in pure crates.

use super::Violation;

/// Maximum lines of a file.
const MAX_LINES: usize = 400;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, usize, &str)] = &[];

/// Maximum columns of a comment or doc line. Lines of code may have 120 (`rustfmt.toml`).
const MAX_COMMENT_COLUMNS: usize = 100;

/// What only Unix has. Other systems need something in its place, or the lack of it.
const UNIX: &[&str] = &["os::unix", "signal::unix", "rustix::"];

/// Crates of values and pure functions, and what their sources must not name.
const PURE_CRATES: &[&str] = &[
    "crates/endstate-odata/src/",
    "crates/endstate-model/src/",
    "crates/endstate-assessment/src/",
    "crates/endstate-analysis/src/",
];
const IMPURE: &[&str] = &["std::fs", "std::net", "std::env", "std::process", "std::thread", "std::time"];

/// Checks one Rust file; the path is seen from the root of the workspace.
pub(crate) fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !text.starts_with("//! ") {
        violations.push(format!("{path}: does not begin with `//!` and what the file is"));
    }
    let lines = text.lines().count();
    let max = LONGER.iter().find(|(longer, _, _)| *longer == path).map_or(MAX_LINES, |(_, max, _)| *max);
    if lines > max {
        violations.push(format!("{path}: has {lines} lines, more than {max}"));
    }
    violations.extend(wide_comments(path, text));

    if PURE_CRATES.iter().any(|folder| path.starts_with(folder)) {
        let named = IMPURE.iter().filter(|module| text.contains(**module));
        violations.extend(named.map(|module| format!("{path}: names {module} in a crate without input and output")));
    }
    let is_gated = !path.contains("/src/") || text.contains("cfg(unix)");
    let unix = UNIX.iter().filter(|module| !is_gated && text.contains(**module));
    violations.extend(unix.map(|module| format!("{path}: names {module} without #[cfg(unix)]")));
    violations
}

/// Comment and doc lines over the limit. Examples and lines without a space, such as links, cannot
/// be wrapped.
fn wide_comments(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut is_example = false;
    for (number, line) in text.lines().enumerate() {
        let comment = line.trim_start();
        if !comment.starts_with("//") {
            continue;
        }
        let content = comment.trim_start_matches(['/', '!']).trim_start();
        is_example ^= content.starts_with("```");
        let columns = line.chars().count();
        if columns > MAX_COMMENT_COLUMNS && !is_example && content.contains(' ') {
            let number = number + 1;
            violations
                .push(format!("{path}:{number}: a comment of {columns} columns, more than {MAX_COMMENT_COLUMNS}"));
        }
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
    fn a_file_of_more_than_the_maximum_is_a_violation() {
        let file = |lines: usize| format!("//! A thing.\n{}", "\n".repeat(lines - 1));
        assert_eq!(check("crates/x/src/a.rs", &file(MAX_LINES)), Vec::<String>::new());
        assert_eq!(
            check("crates/x/src/a.rs", &file(MAX_LINES + 1)),
            ["crates/x/src/a.rs: has 401 lines, more than 400"]
        );
    }

    #[test]
    fn a_comment_of_more_than_100_columns_is_a_violation() {
        let wide = format!("    // {}", "a ".repeat(47));
        let text = format!("//! A thing.\n{wide}a\n");
        assert_eq!(check("crates/x/src/a.rs", &text), ["crates/x/src/a.rs:2: a comment of 102 columns, more than 100"]);
        let good = format!("//! A thing.\n///{}\n/// ```\n/// {wide}\n/// ```\n", "a".repeat(200));
        assert_eq!(check("crates/x/src/a.rs", &good), Vec::<String>::new(), "links and examples");
    }

    #[test]
    fn input_in_a_pure_crate_is_a_violation_and_elsewhere_is_not() {
        let text = "//! A thing.\nuse std::fs;\n";
        assert_eq!(check("crates/endstate/src/a.rs", text), Vec::<String>::new());
        let path = "crates/endstate-model/src/a.rs";
        assert_eq!(check(path, text), [format!("{path}: names std::fs in a crate without input and output")]);
    }

    #[test]
    fn what_only_unix_has_needs_a_condition() {
        let text = "//! A thing.\nuse std::os::unix::fs::MetadataExt;\n";
        let path = "crates/x/src/a.rs";
        assert_eq!(check(path, text), [format!("{path}: names os::unix without #[cfg(unix)]")]);
        assert_eq!(check(path, &text.replace("use", "#[cfg(unix)]\nuse")), Vec::<String>::new());
    }

    #[test]
    fn every_exception_has_a_reason() {
        assert!(LONGER.iter().all(|(_, max, reason)| *max > MAX_LINES && !reason.is_empty()));
    }
}
