//! Crates: a README whose example is compiled, the workspace's lints, one integration-test binary,
//! and what a registry needs.

use std::fs;

use anyhow::Context;
use cargo_metadata::{Package, TargetKind};

use super::Violation;

/// What the rules need to know of a crate.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct CrateFacts {
    name: String,
    has_readme: bool,
    /// The library's root, if there is one.
    library: Option<String>,
    manifest: String,
    test_binaries: usize,
    is_published: bool,
    has_description: bool,
    readme: String,
    /// The features, without the default ones.
    features: Vec<String>,
    has_examples: bool,
    /// License texts that are missing.
    missing_licenses: Vec<&'static str>,
}

/// The texts of `MIT OR Apache-2.0`.
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

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
            readme: fs::read_to_string(folder.join("README.md")).unwrap_or_default(),
            features: package.features.keys().filter(|feature| *feature != "default").cloned().collect(),
            has_examples: folder.join("examples").exists(),
            missing_licenses: LICENSES.into_iter().filter(|license| !folder.join(license).exists()).collect(),
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
    let mut broken: Vec<_> = broken.into_iter().map(ToOwned::to_owned).collect();
    if facts.is_published {
        broken.extend(check_package(facts));
    }
    broken.into_iter().map(|what| format!("{}: {what}", facts.name)).collect()
}

/// Checks what a registry and its readers need.
fn check_package(facts: &CrateFacts) -> Vec<String> {
    let mut broken = Vec::new();
    let manifest = &facts.manifest;
    let included = manifest.lines().find(|line| line.starts_with("include = [")).unwrap_or_default();
    if included.is_empty() {
        broken.push("does not say which files it publishes: include".to_owned());
    }
    for file in LICENSES.into_iter().chain(facts.has_examples.then_some("examples/")) {
        if !included.contains(file) {
            broken.push(format!("does not publish {file}: include"));
        }
    }
    broken.extend(facts.missing_licenses.iter().map(|file| format!("has no {file}: link to that of the workspace")));

    let documentation = format!("documentation = \"https://docs.rs/{}\"", facts.name);
    let of_workspace =
        ["repository", "homepage", "rust-version", "license"].map(|key| format!("{key}.workspace = true"));
    for line in of_workspace.iter().chain([&documentation]) {
        if !manifest.contains(&format!("\n{line}\n")) {
            broken.push(format!("has no line `{line}`"));
        }
    }
    for key in ["keywords", "categories"] {
        if !manifest.contains(&format!("\n{key} = [")) {
            broken.push(format!("has no {key} of its own"));
        }
    }

    if let Some(library) = &facts.library {
        let is_set = manifest.contains("[package.metadata.docs.rs]\nall-features = true\n");
        if !is_set || !library.contains("#![cfg_attr(docsrs, feature(doc_cfg))]") {
            broken.push("does not show on docs.rs which feature an item needs: all-features, and `doc_cfg`".to_owned());
        }
    }
    let is_named = |feature: &&String| facts.readme.contains(&format!("`{feature}`"));
    let unnamed = facts.features.iter().filter(|feature| !is_named(feature));
    broken.extend(unnamed.map(|feature| format!("has the feature `{feature}`, which its README does not name")));
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"[package]
include = ["src/**", "examples/**", "LICENSE-APACHE", "LICENSE-MIT"]
repository.workspace = true
homepage.workspace = true
rust-version.workspace = true
license.workspace = true
documentation = "https://docs.rs/good"
keywords = ["good"]
categories = ["good"]

[package.metadata.docs.rs]
all-features = true

[lints]
workspace = true
"#;

    fn good() -> CrateFacts {
        CrateFacts {
            name: "good".to_owned(),
            has_readme: true,
            library: Some(
                "//! Good.\n#![doc = include_str!(\"../README.md\")]\n#![cfg_attr(docsrs, feature(doc_cfg))]\n"
                    .to_owned(),
            ),
            manifest: MANIFEST.to_owned(),
            test_binaries: 1,
            is_published: true,
            has_description: true,
            readme: "With the feature `fast`, it is.".to_owned(),
            features: vec!["fast".to_owned()],
            has_examples: true,
            missing_licenses: Vec::new(),
        }
    }

    fn without(text: Option<&str>, line: &str) -> Option<String> {
        text.map(|text| text.lines().filter(|other| !other.contains(line)).collect::<Vec<_>>().join("\n"))
    }

    fn with_manifest(part: &str, other: &str) -> CrateFacts {
        CrateFacts { manifest: MANIFEST.replace(part, other), ..good() }
    }

    #[test]
    fn each_rule_fails_on_a_crate_that_breaks_it() {
        assert_eq!(check(&good()), Vec::<String>::new());
        let broken = [
            (CrateFacts { has_readme: false, ..good() }, "has no README.md"),
            (
                CrateFacts { library: without(good().library.as_deref(), "#![doc"), ..good() },
                "does not compile the examples",
            ),
            (
                CrateFacts { library: without(good().library.as_deref(), "docsrs"), ..good() },
                "does not show on docs.rs",
            ),
            (with_manifest("[lints]", ""), "does not take the lints"),
            (with_manifest("LICENSE-MIT", ""), "does not publish LICENSE-MIT"),
            (with_manifest("examples/**", ""), "does not publish examples"),
            (with_manifest("homepage.workspace", "homepage"), "has no line `homepage.workspace = true`"),
            (with_manifest("docs.rs/good", "docs.rs/bad"), "has no line `documentation"),
            (with_manifest("keywords = [", "keywords.workspace = ["), "has no keywords of its own"),
            (with_manifest("all-features", "features"), "does not show on docs.rs"),
            (CrateFacts { readme: String::new(), ..good() }, "has the feature `fast`"),
            (CrateFacts { missing_licenses: vec!["LICENSE-MIT"], ..good() }, "has no LICENSE-MIT"),
            (CrateFacts { test_binaries: 2, ..good() }, "has more than one integration-test binary"),
            (CrateFacts { has_description: false, ..good() }, "has no description"),
        ];

        for (facts, rule) in broken {
            let violations = check(&facts);
            assert_eq!(violations.len(), 1, "{violations:?}");
            assert!(violations[0].starts_with(&format!("good: {rule}")), "{violations:?}");
        }
    }

    #[test]
    fn a_published_crate_says_which_files_it_publishes() {
        let violations = check(&with_manifest("include = [", "exclude = ["));
        assert!(violations.contains(&"good: does not say which files it publishes: include".to_owned()));
    }

    #[test]
    fn an_unpublished_crate_need_not_say_which_files_it_publishes() {
        let facts = CrateFacts { is_published: false, manifest: "[lints]\nworkspace = true".to_owned(), ..good() };
        assert_eq!(check(&facts), Vec::<String>::new());
    }
}
