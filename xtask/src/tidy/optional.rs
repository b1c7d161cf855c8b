//! Dependencies that a crate brings only with a feature: with its features off, they are not in the
//! tree.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::Violation;

/// A crate, and what none of its users gets without a feature.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("endstate-reqwest", &["azure_core", "azure_identity", "jsonwebtoken", "p12-keystore", "pkcs8"]),
    ("endstate-emulator", &["aws-lc-rs", "jsonwebtoken", "rcgen", "rustls"]),
];

/// Checks cargo's tree of each crate without features.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (name, optional) in OPTIONAL {
        let arguments = ["tree", "--package", name, "--no-default-features", "--edges", "normal", "--prefix", "none"];
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(root).output().context("cargo tree")?;
        ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
        violations.extend(found(name, optional, &String::from_utf8(output.stdout)?));
    }
    Ok(violations)
}

/// The violations in a tree, a package a line.
fn found(name: &str, optional: &[&str], tree: &str) -> Vec<Violation> {
    let has = |package: &&&str| tree.lines().any(|line| line.split(' ').next() == Some(**package));
    optional.iter().filter(has).map(|package| format!("{name}: brings {package} with its features off")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_comes_without_its_feature_is_a_violation() {
        let tree = "endstate-reqwest v0.1.0\nazure_core_macros v1.0.0\nurl v2.5.8\n";
        assert_eq!(found("endstate-reqwest", &["azure_core"], tree), Vec::<String>::new());
        let tree = "endstate-reqwest v0.1.0\nazure_core v1.1.0\n";
        assert_eq!(
            found("endstate-reqwest", &["azure_core"], tree),
            ["endstate-reqwest: brings azure_core with its features off"]
        );
    }
}
