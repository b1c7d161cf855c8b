//! `cargo xtask api`: the public API of each library, as a list in its folder.
//!
//! A change of the API is a change of that list, which a reviewer sees and a release compares.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context;
use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};
use clap::Args;

use crate::output::output;

/// What to do with the lists.
#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Write the lists again; read the difference, and name it in the changelog
    #[arg(long)]
    renew: bool,
}

const FILE: &str = "public-api.txt";

/// Traits that the compiler implements for almost every type, and that are not part of a promise.
const UNPROMISED: [&str; 5] = [
    "impl core::marker::Freeze for",
    "impl core::marker::Unpin for",
    "impl core::marker::UnsafeUnpin for",
    "core::panic::unwind_safe::",
    "impl core::marker::StructuralPartialEq for",
];

pub(crate) fn run(args: &ApiArgs) -> anyhow::Result<ExitCode> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    if args.renew {
        document(&metadata)?;
        for (package, path) in libraries(&metadata) {
            fs::write(&path, listed(&metadata, package)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if is_as_listed(&metadata)? {
        println!("the public API is as in each {FILE}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("if these changes are meant, run `cargo xtask api --renew`");
    Ok(ExitCode::FAILURE)
}

/// Whether each library has the public API in its list. Prints what differs.
pub(crate) fn is_as_listed(metadata: &Metadata) -> anyhow::Result<bool> {
    document(metadata)?;
    let mut is_good = true;
    for (package, path) in libraries(metadata) {
        let now = listed(metadata, package)?;
        let before = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for (mark, lines) in [("-", missing(&before, &now)), ("+", missing(&now, &before))] {
            is_good &= lines.is_empty();
            for line in lines {
                println!("{}: {mark} {line}", package.name);
            }
        }
    }
    Ok(is_good)
}

/// The published libraries, and the files with the lists of their public API.
fn libraries(metadata: &Metadata) -> impl Iterator<Item = (&Package, PathBuf)> {
    let libraries = metadata.packages.iter().filter(|package| is_library(package));
    libraries.map(|package| (package, package.manifest_path.with_file_name(FILE).into_std_path_buf()))
}

/// The items that the libraries had at a tag, and have no longer, or not in that form.
pub(crate) fn removed_since(root: &Path, tag: &str) -> anyhow::Result<Vec<String>> {
    let mut removed = Vec::new();
    let tree = ["ls-tree", "-r", "--name-only", tag, "crates/"];
    let files = output(Command::new("git").args(tree).current_dir(root))?;
    for path in files.lines().filter(|path| path.ends_with(FILE)) {
        let name = path.trim_start_matches("crates/").trim_end_matches(FILE).trim_end_matches('/');
        let before = output(Command::new("git").args(["show", &format!("{tag}:{path}")]).current_dir(root))?;
        // A crate that is gone has nothing of it left.
        let now = fs::read_to_string(root.join(path)).unwrap_or_default();
        removed.extend(missing(&before, &now).into_iter().map(|line| format!("  {name}: {line}")));
    }
    Ok(removed)
}

/// The lines that are only in `before`.
fn missing<'t>(before: &'t str, now: &str) -> Vec<&'t str> {
    let now: BTreeSet<_> = now.lines().collect();
    before.lines().filter(|line| !now.contains(line)).collect()
}

fn is_library(package: &Package) -> bool {
    let is_published = package.publish.as_ref().is_none_or(|to| !to.is_empty());
    is_published && package.targets.iter().any(|target| target.kind.contains(&TargetKind::Lib))
}

/// Has rustdoc write what it knows of each library, with every feature.
fn document(metadata: &Metadata) -> anyhow::Result<()> {
    let mut doc = Command::new(env!("CARGO"));
    doc.args(["doc", "--quiet", "--locked", "--no-deps", "--lib", "--all-features"]);
    for package in metadata.packages.iter().filter(|package| is_library(package)) {
        doc.args(["--package", &package.name]);
    }
    doc.env("RUSTDOC", Path::new(env!("CARGO_MANIFEST_DIR")).join("rustdoc-json.sh"));
    doc.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    output(doc.current_dir(&metadata.workspace_root))?;
    Ok(())
}

/// The public items of a library, one a line, without the implementations that every type has, and
/// of those that the compiler adds only what threads need.
fn listed(metadata: &Metadata, package: &Package) -> anyhow::Result<String> {
    let name = package.name.replace('-', "_");
    let json = metadata.target_directory.join("doc").join(format!("{name}.json"));
    let api = public_api::Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .build()
        .with_context(|| format!("cannot read {json}"))?;
    let is_promised = |item: &String| !UNPROMISED.iter().any(|automatic| item.contains(automatic));
    let items = api.items().map(|item| item.to_string() + "\n");
    let mut items: Vec<_> = items.filter(is_promised).collect();
    items.sort();
    items.dedup();
    Ok(items.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_release_had_and_is_gone_is_found_by_its_tag() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            output(Command::new("git").args(identity).args(arguments).current_dir(folder.path())).unwrap();
        };
        let list = folder.path().join("crates/a").join(FILE);
        fs::create_dir_all(list.parent().unwrap()).unwrap();
        fs::write(&list, "pub fn a::kept()\npub fn a::gone()\n").unwrap();
        git(&["init", "--quiet"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", "a"]);
        git(&["tag", "v0.1.0"]);

        fs::write(&list, "pub fn a::added()\npub fn a::kept()\n").unwrap();
        assert_eq!(removed_since(folder.path(), "v0.1.0").unwrap(), ["  a: pub fn a::gone()"]);
        fs::remove_file(&list).unwrap();
        let all = ["  a: pub fn a::kept()", "  a: pub fn a::gone()"];
        assert_eq!(removed_since(folder.path(), "v0.1.0").unwrap(), all, "a crate that is gone");
        assert!(removed_since(folder.path(), "v0.2.0").is_err());
    }

    #[test]
    fn an_item_that_changed_its_form_is_missing() {
        let (before, now) = ("pub fn a()\npub fn b()\n", "pub fn a()\npub fn b(more: u8)\n");
        assert_eq!(missing(before, now), ["pub fn b()"]);
        assert_eq!(missing(now, before), ["pub fn b(more: u8)"]);
    }
}
