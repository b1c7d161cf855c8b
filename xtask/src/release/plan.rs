//! What is released: the version, the crates in the order in which they are published, the last
//! release.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::Metadata;
use cargo_metadata::semver::Version;

use crate::output::output;

/// What is released.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) version: Version,
    /// The version of the last release, if there is one.
    pub(super) last: Option<Version>,
    /// The crates, each after those that it needs, also for its tests.
    pub(super) crates: Vec<String>,
    /// The address of the repository; empty if it is not known yet.
    pub(super) repository: String,
}

impl Plan {
    /// Plans this version, or the next one that may break.
    ///
    /// # Errors
    /// If the version is not above that of the last release.
    pub(super) fn new(root: &Path, metadata: &Metadata, version: Option<&Version>) -> anyhow::Result<Self> {
        let tags = output(Command::new("git").args(["tag", "--list", "v*"]).current_dir(root))?;
        let last = tags.lines().filter_map(|tag| tag.strip_prefix('v')?.parse().ok()).max();
        let program = metadata.packages.iter().find(|package| package.name == "endstate");
        let program = program.context("no crate endstate")?;

        let version = version.cloned().unwrap_or_else(|| next(&program.version, last.as_ref()));
        if let Some(last) = &last {
            ensure!(version > *last, "the version must be above that of the last release, {last}");
        }
        ensure!(version >= program.version, "the version must not be below that of Cargo.toml, {}", program.version);
        let repository = program.repository.clone().unwrap_or_default();
        Ok(Self { version, last, crates: publish_order(metadata), repository })
    }

    /// Whether something of the last release may be missing or different: a new major version, or a
    /// new minor version before 1.0 (<https://semver.org>, 4 and 8).
    pub(super) fn may_break(&self, last: &Version) -> bool {
        self.version.major > last.major || (last.major == 0 && self.version.minor > last.minor)
    }
}

/// The tag of a release.
pub(super) fn tag(version: &Version) -> String {
    format!("v{version}")
}

/// The version of the manifest if it is not released, else the next one that may break.
fn next(current: &Version, last: Option<&Version>) -> Version {
    match last {
        Some(last) if last >= current && last.major == 0 => Version::new(0, last.minor + 1, 0),
        Some(last) if last >= current => Version::new(last.major + 1, 0, 0),
        _ => current.clone(),
    }
}

/// The published crates, each after those that it needs. A dependency without a version is only a
/// path, and is not published.
fn publish_order(metadata: &Metadata) -> Vec<String> {
    let is_published = |package: &&cargo_metadata::Package| package.publish.as_ref().is_none_or(|to| !to.is_empty());
    let mut left: Vec<_> = metadata.packages.iter().filter(is_published).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let names: Vec<_> = left.iter().map(|package| package.name.clone()).collect();
        let waits = |package: &cargo_metadata::Package| {
            let needed = package.dependencies.iter().filter(|needed| needed.req.to_string() != "*");
            { needed }.any(|needed| needed.name != *package.name && names.iter().any(|name| **name == needed.name))
        };
        let place = left.iter().position(|package| !waits(package)).unwrap_or_default();
        order.push(left.remove(place).name.to_string());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_is_published_after_those_that_it_needs() {
        let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().unwrap();
        let order = publish_order(&metadata);
        assert_eq!(order.len(), 9, "{order:?}");
        let place = |name: &str| order.iter().position(|crate_name| crate_name == name).unwrap();
        assert!(place("endstate-emulator") < place("endstate-paging"), "its tests need the emulator");
        assert!(place("endstate-emulator") < place("endstate-reqwest"));
        assert!(place("endstate-paging") < place("endstate-reqwest"));
        assert_eq!(order.last().unwrap(), "endstate");
    }

    #[test]
    fn without_a_version_the_next_one_that_may_break_is_planned() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        for (current, last, planned) in [
            ("0.1.0", None, "0.1.0"),
            ("0.1.0", Some("0.1.0"), "0.2.0"),
            ("1.0.3", Some("1.0.3"), "2.0.0"),
            ("0.3.0", Some("0.2.1"), "0.3.0"),
        ] {
            assert_eq!(next(&version(current), last.map(version).as_ref()), version(planned));
        }
    }

    #[test]
    fn only_a_new_minor_version_before_1_0_or_a_major_one_may_break() {
        let plan = |version: &str| Plan {
            version: version.parse().unwrap(),
            last: None,
            crates: Vec::new(),
            repository: String::new(),
        };
        for (version, last, may_break) in [
            ("0.2.0", "0.1.3", true),
            ("0.1.4", "0.1.3", false),
            ("1.0.0", "0.9.0", true),
            ("1.1.0", "1.0.0", false),
            ("2.0.0", "1.9.0", true),
        ] {
            assert_eq!(plan(version).may_break(&last.parse().unwrap()), may_break, "{version} after {last}");
        }
    }
}
