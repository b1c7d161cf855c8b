//! The folders of the binary: only `terminal/` prints, and `cli/` has no logic.

use super::Violation;

const BINARY: &str = "crates/endstate/src/";

/// What prints, or hands out a stream to print on.
const PRINTING: &[&str] = &[
    "print!(",
    "println!(",
    "eprint!(",
    "eprintln!(",
    "io::stdout()",
    "io::stderr()",
    "anstream::stdout",
    "anstream::stderr",
];

/// What types of arguments have no use for.
const LOGIC: &[&str] = &[
    "std::fs",
    "std::io",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "async fn",
    "anyhow",
    "tokio",
    "tracing",
];

/// Checks one Rust file; the path is seen from the root of the workspace.
pub(crate) fn check(path: &str, text: &str) -> Vec<Violation> {
    let Some(file) = path.strip_prefix(BINARY) else { return Vec::new() };
    let mut violations = Vec::new();

    if !file.starts_with("terminal/") {
        let printing = PRINTING.iter().filter(|name| text.contains(**name));
        violations
            .extend(printing.map(|name| format!("{path}: only terminal/ may use {}", name.trim_end_matches('('))));
    }
    if file.starts_with("cli/") {
        let logic = LOGIC.iter().filter(|name| text.contains(**name));
        violations.extend(logic.map(|name| format!("{path}: cli/ has only types for clap, but uses {name}")));
        let own = text.lines().filter(|line| line.contains("crate::"));
        violations.extend(own.map(|line| format!("{path}: cli/ must not depend on other folders: {}", line.trim())));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_is_a_violation_outside_the_terminal() {
        let text = "//! A thing.\nfn f() { eprintln!(\"x\"); }\n";
        assert_eq!(check("crates/endstate/src/terminal/output.rs", text), Vec::<String>::new());
        assert_eq!(check("crates/endstate-odata/src/a.rs", text), Vec::<String>::new(), "other crates have lints");
        let violations = check("crates/endstate/src/report/table.rs", text);
        assert_eq!(violations[0], "crates/endstate/src/report/table.rs: only terminal/ may use println!");
    }

    #[test]
    fn logic_and_imports_are_violations_among_the_arguments() {
        let path = "crates/endstate/src/cli/pull.rs";
        assert_eq!(check(path, "use clap::Args;\nuse super::source::SourceArgs;\n"), Vec::<String>::new());
        assert_eq!(
            check(path, "use std::fs;\nuse crate::store::Receipt;\n"),
            [
                format!("{path}: cli/ has only types for clap, but uses std::fs"),
                format!("{path}: cli/ must not depend on other folders: use crate::store::Receipt;"),
            ]
        );
    }
}
