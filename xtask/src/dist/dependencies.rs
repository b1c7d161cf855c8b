//! The libraries that are in the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use anyhow::Context;
use cargo_metadata::{DependencyKind, Metadata, Package};
use toml_edit::DocumentMut;

use crate::output::output;

/// A library in the program, or the program itself.
#[derive(Debug)]
pub(super) struct Library<'m> {
    pub(super) package: &'m Package,
    /// The digest of its package, if it comes from a registry.
    pub(super) sha256: Option<String>,
    /// The libraries that it uses, as package URLs.
    pub(super) uses: BTreeSet<String>,
}

impl Library<'_> {
    /// The license as an expression of SPDX. Old packages separate alternatives by a slash.
    pub(super) fn license(&self) -> String {
        self.package.license.as_deref().unwrap_or("NOASSERTION").replace(" / ", " OR ").replace('/', " OR ")
    }

    /// The package URL (<https://github.com/package-url/purl-spec>).
    pub(super) fn package_url(&self) -> String {
        package_url(self.package)
    }
}

fn package_url(package: &Package) -> String {
    // `+` separates the metadata of a version, and is encoded.
    format!("pkg:cargo/{}@{}", package.name, package.version.to_string().replace('+', "%2B"))
}

/// Returns the program, and then each library in it, in order of their names. Libraries of build
/// scripts, macros and tests are not in the program.
pub(super) fn of_program<'m>(
    metadata: &'m Metadata,
    target: &str,
    features: &[&str],
) -> anyhow::Result<Vec<Library<'m>>> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--package", "endstate"]).args(features);
    tree.args(["--edges", "normal,no-proc-macro"]);
    tree.args(["--target", target, "--prefix", "none", "--format", "{p}"]);
    let mut linked = BTreeSet::new();
    for line in output(&mut tree)?.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().to_owned();
        linked.insert((name, words.next().unwrap_or_default().trim_start_matches('v').to_owned()));
    }
    let is_linked = |package: &Package| linked.contains(&(package.name.to_string(), package.version.to_string()));

    let lock = fs::read_to_string(metadata.workspace_root.join("Cargo.lock"))?;
    let lock: DocumentMut = lock.parse().context("Cargo.lock")?;
    let resolve = metadata.resolve.as_ref().context("cargo resolved nothing")?;
    let by_id: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();

    let mut libraries = Vec::new();
    for node in &resolve.nodes {
        let package = by_id[&node.id];
        if !is_linked(package) {
            continue;
        }
        let used = node
            .deps
            .iter()
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        let used = used.map(|dependency| by_id[&dependency.pkg]).filter(|package| is_linked(package));
        libraries.push(Library { package, sha256: checksum(&lock, package), uses: used.map(package_url).collect() });
    }
    libraries.sort_by_key(|library| {
        (library.package.name != "endstate", library.package.name.to_string(), library.package.version.clone())
    });
    Ok(libraries)
}

/// The checksum of a package in the lock file.
fn checksum(lock: &DocumentMut, package: &Package) -> Option<String> {
    let packages = lock.get("package")?.as_array_of_tables()?;
    let is_it = |table: &&toml_edit::Table| {
        let text = |key: &str| table.get(key).and_then(|value| value.as_str());
        text("name") == Some(package.name.as_str()) && text("version") == Some(package.version.to_string().as_str())
    };
    Some(packages.iter().find(is_it)?.get("checksum")?.as_str()?.to_owned())
}
