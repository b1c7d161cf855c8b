//! Functions: a long one of several statements has paragraphs.

use super::Violation;

/// Lines of a function, from `fn` to its last brace, above which it must have a blank line.
const LONGEST_WITHOUT_PARAGRAPHS: usize = 25;

/// A function as rustfmt lays it out: it ends at the first brace that is indented as its `fn`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'t> {
    pub(crate) name: &'t str,
    /// The line of its `fn`, from 1.
    pub(crate) line: usize,
    pub(crate) body: Vec<&'t str>,
}

/// The functions of a file, nested ones included.
pub(crate) fn functions(text: &str) -> Vec<Function<'_>> {
    let lines: Vec<_> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line.trim_start()) else { continue };
        // A declaration ends with a semicolon, a short function on its own line.
        let is_end = |other: &&str| {
            indent(other) == indent(line) && (other.trim_start().starts_with('}') || other.ends_with(';'))
        };
        let length = if line.ends_with(['}', ';']) {
            1
        } else {
            2 + lines[start + 1..].iter().take_while(|other| !is_end(other)).count()
        };
        let end = (start + length).min(lines.len());
        functions.push(Function { name, line: start + 1, body: lines[start..end].to_vec() });
    }
    functions
}

/// The name in a line that begins a function.
fn function_name(line: &str) -> Option<&str> {
    let mut rest = line;
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let name = rest.strip_prefix("fn ")?;
    name.find(|character: char| !character.is_alphanumeric() && character != '_').map(|end| &name[..end])
}

/// Checks one Rust file; the path is seen from the root of the workspace.
pub(crate) fn check(path: &str, text: &str) -> Vec<Violation> {
    let is_dense = |function: &Function<'_>| {
        function.body.len() > LONGEST_WITHOUT_PARAGRAPHS
            && !function.body.iter().any(|line| line.trim().is_empty())
            && !is_one_statement(function)
    };
    let dense = functions(text).into_iter().filter(is_dense);
    let violation = |Function { name, line, body }: Function<'_>| {
        format!("{path}:{line}: fn {name} has {} lines and no paragraphs", body.len())
    };
    dense.map(violation).collect()
}

/// Whether a function has nothing to divide, such as a test whose body is one snapshot.
fn is_one_statement(function: &Function<'_>) -> bool {
    let parsed = syn::parse_str::<syn::ImplItemFn>(&function.body.join("\n"));
    parsed.is_ok_and(|function| function.block.stmts.len() <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function_of(lines: usize, blank: bool) -> String {
        let body = "    let x = 1;\n".repeat(lines - 2 - usize::from(blank));
        format!("//! A thing.\n\nfn long() {{\n{}{body}}}\n", if blank { "\n" } else { "" })
    }

    #[test]
    fn a_long_function_without_a_blank_line_is_a_violation() {
        let path = "crates/x/src/a.rs";
        assert_eq!(check(path, &function_of(25, false)), Vec::<String>::new());
        assert_eq!(check(path, &function_of(40, true)), Vec::<String>::new());
        assert_eq!(
            check(path, &function_of(26, false)),
            ["crates/x/src/a.rs:3: fn long has 26 lines and no paragraphs"]
        );
    }

    #[test]
    fn a_long_function_of_one_statement_has_nothing_to_divide() {
        let items = "        1,\n".repeat(40);
        let text = format!("//! A thing.\n\nfn long() {{\n    call(&[\n{items}    ]);\n}}\n");
        assert_eq!(check("crates/x/src/a.rs", &text), Vec::<String>::new());
    }

    #[test]
    fn every_function_is_found_with_its_own_lines() {
        let text = "impl A {\n    pub(crate) async fn one(\n        a: u8,\n    ) {\n    }\n\n    fn two();\n}\n\nfn three() {}\n";
        let found: Vec<_> = functions(text).into_iter().map(|function| (function.name, function.body.len())).collect();
        assert_eq!(found, [("one", 4), ("two", 1), ("three", 1)]);
    }
}
