//! Crates: a README whose example is compiled, the workspace's lints, one integration-test binary,
//! and what a registry needs.

use std::fs;

use anyhow::Context;
use cargo_metadata::{Package, TargetKind};

use super::Violation;

/// What the rules need to know of a crate.
#[derive(Debug, Clone)]
pub(crate) struct CrateFacts {
    name: String,
    has_readme: bool,
    /// The library's root, if there is one.
    library: Option<String>,
    manifest: String,
    test_binaries: usize,
    is_published: bool,
    has_description: bool,
}

impl CrateFacts {
    pub(crate) fn from_package(package: &Package) -> anyhow::Result<Self> {
        let folder = package.manifest_path.parent().context("a manifest is in a folder")?;
        let library = package.targets.iter().find(|target| target.kind.contains(&TargetKind::Lib));
        let is_test = |kind: &[TargetKind]| kind.contains(&TargetKind::Test);
        Ok(Self {
            name: package.name.to_string(),
            has_readme: folder.join("README.md").exists(),
            library: library.map(|target| fs::read_to_string(&target.src_path)).transpose()?,
            manifest: fs::read_to_string(&package.manifest_path)?,
            test_binaries: package.targets.iter().filter(|target| is_test(&target.kind)).count(),
            is_published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
            has_description: package.description.is_some(),
        })
    }
}

/// Checks one crate.
pub(crate) fn check(facts: &CrateFacts) -> Vec<Violation> {
    let mut broken = Vec::new();
    if !facts.has_readme {
        broken.push("has no README.md");
    }
    if facts.library.as_ref().is_some_and(|root| !root.contains("#![doc = include_str!(\"../README.md\")]")) {
        broken.push("does not compile the examples of its README: lib.rs has to include it");
    }
    if !facts.manifest.contains("[lints]\nworkspace = true") {
        broken.push("does not take the lints of the workspace");
    }
    if facts.test_binaries > 1 {
        broken.push("has more than one integration-test binary: each is linked separately; add a module to tests/it");
    }
    if !facts.has_description {
        broken.push("has no description");
    }
    if facts.is_published && !facts.manifest.contains("\ninclude = [") {
        broken.push("does not say which files it publishes: include");
    }
    broken.into_iter().map(|what| format!("{}: {what}", facts.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> CrateFacts {
        CrateFacts {
            name: "good".to_owned(),
            has_readme: true,
            library: Some("//! Good.\n#![doc = include_str!(\"../README.md\")]\n".to_owned()),
            manifest: "[package]\ninclude = [\"src/**\"]\n\n[lints]\nworkspace = true\n".to_owned(),
            test_binaries: 1,
            is_published: true,
            has_description: true,
        }
    }

    #[test]
    fn each_rule_fails_on_a_crate_that_breaks_it() {
        assert_eq!(check(&good()), Vec::<String>::new());
        let broken = [
            (CrateFacts { has_readme: false, ..good() }, "has no README.md"),
            (CrateFacts { library: Some(String::new()), ..good() }, "does not compile the examples"),
            (CrateFacts { manifest: "\ninclude = [".to_owned(), ..good() }, "does not take the lints"),
            (CrateFacts { test_binaries: 2, ..good() }, "has more than one integration-test binary"),
            (CrateFacts { has_description: false, ..good() }, "has no description"),
            (CrateFacts { manifest: "[lints]\nworkspace = true".to_owned(), ..good() }, "does not say which files"),
        ];
        for (facts, rule) in broken {
            let violations = check(&facts);
            assert_eq!(violations.len(), 1, "{violations:?}");
            assert!(violations[0].starts_with(&format!("good: {rule}")), "{violations:?}");
        }
    }

    #[test]
    fn an_unpublished_crate_need_not_say_which_files_it_publishes() {
        let facts = CrateFacts { is_published: false, manifest: "[lints]\nworkspace = true".to_owned(), ..good() };
        assert_eq!(check(&facts), Vec::<String>::new());
    }
}
