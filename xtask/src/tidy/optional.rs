//! What a crate brings only where its user asks for it: with its features off it is not in the tree at all.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::Violation;

/// A crate, and what none of its users gets unasked.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("endstate-reqwest", &["azure_core", "azure_identity", "jsonwebtoken", "p12-keystore", "pkcs8"]),
    ("endstate-emulator", &["aws-lc-rs", "jsonwebtoken", "rcgen", "rustls"]),
];

/// Asks cargo for each crate's tree without features.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (name, unasked) in OPTIONAL {
        let arguments = ["tree", "--package", name, "--no-default-features", "--edges", "normal", "--prefix", "none"];
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(root).output().context("cargo tree")?;
        ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
        violations.extend(found(name, unasked, &String::from_utf8(output.stdout)?));
    }
    Ok(violations)
}

/// The violations in a tree, a package a line.
fn found(name: &str, unasked: &[&str], tree: &str) -> Vec<Violation> {
    let has = |package: &&&str| tree.lines().any(|line| line.split(' ').next() == Some(**package));
    unasked.iter().filter(has).map(|package| format!("{name}: brings {package} with its features off")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_comes_unasked_is_a_violation() {
        let tree = "endstate-reqwest v0.1.0\nazure_core_macros v1.0.0\nurl v2.5.8\n";
        assert_eq!(found("endstate-reqwest", &["azure_core"], tree), Vec::<String>::new());
        let tree = "endstate-reqwest v0.1.0\nazure_core v1.1.0\n";
        assert_eq!(
            found("endstate-reqwest", &["azure_core"], tree),
            ["endstate-reqwest: brings azure_core with its features off"]
        );
    }
}
