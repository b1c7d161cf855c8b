//! The licenses of the libraries in the program, with their texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::dependencies::Library;

/// What the names of files with licenses and notices begin with, in lower case.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// Endings of files that are named after a license and are not its text.
const CODE: [&str; 4] = ["rs", "c", "go", "py"];

const RULE: &str = "------------------------------------------------------------------------";

/// The text of the MIT license, for packages that name it and do not carry it.
const MIT: &str = include_str!("../../../LICENSE-MIT");

/// The same of Apache-2.0, which is the same for everyone.
const APACHE: &str = include_str!("../../../LICENSE-APACHE");

/// The terms of BSD-3-Clause (SPDX License List).
const BSD_3_CLAUSE: &str = include_str!("BSD-3-Clause.txt");

/// Returns a list of the libraries, and then each text once, with the libraries that it is for.
///
/// # Errors
/// If a package carries no text and its license is not one whose text is known.
pub(super) fn text(libraries: &[Library<'_>]) -> anyhow::Result<String> {
    let mut list = String::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for library in libraries.iter().filter(|library| library.package.source.is_some()) {
        let package = library.package;
        let name = format!("{} {}", package.name, package.version);
        let repository = package.repository.as_deref().unwrap_or_default();
        let _ = writeln!(list, "{name}: {} {repository}", library.license());

        let folder = package.manifest_path.parent().context("a package without a folder")?;
        let mut own = Vec::new();
        for path in license_files(folder.as_std_path())? {
            own.push(String::from_utf8_lossy(&fs::read(&path)?).trim().replace("\r\n", "\n"));
        }
        if own.is_empty() {
            own.push(standard_text(library)?);
        }
        for text in own {
            texts.entry(text).or_default().insert(name.clone());
        }
    }

    let mut all = format!("The libraries in endstate, and their licenses\n\n{list}");
    for (text, users) in texts {
        let users = users.into_iter().collect::<Vec<_>>().join("\n");
        let _ = write!(all, "\n{RULE}\n{users}\n\n{text}\n");
    }
    Ok(all)
}

/// The files with licenses and notices in a package, and in the folders of what it carries.
fn license_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        folders.extend(entry.file_type()?.is_dir().then(|| entry.path()));
    }
    for folder in folders {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().to_lowercase();
            let path = entry.path();
            let is_code = path.extension().is_some_and(|ending| CODE.iter().any(|code| ending == *code));
            if entry.file_type()?.is_file() && NAMES.iter().any(|start| name.starts_with(start)) && !is_code {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a license that the package names and does not carry.
fn standard_text(library: &Library<'_>) -> anyhow::Result<String> {
    let (license, authors) = (library.license(), library.package.authors.join(", "));
    let alternatives: Vec<_> = license.split(" OR ").map(|name| name.trim_matches(['(', ')'])).collect();
    if alternatives.contains(&"Apache-2.0") {
        return Ok(APACHE.trim().to_owned());
    }
    let owner = if authors.is_empty() { library.package.repository.clone().unwrap_or_default() } else { authors };
    if alternatives.contains(&"MIT") {
        let (_, terms) = MIT.split_once("Permission is hereby granted").context("LICENSE-MIT has no terms")?;
        return Ok(format!("Copyright (c) {owner}\n\nPermission is hereby granted{}", terms.trim_end()));
    }
    if alternatives.contains(&"BSD-3-Clause") {
        return Ok(format!("Copyright (c) {owner}\n\n{}", BSD_3_CLAUSE.trim_end()));
    }
    bail!("{} is {license}, and has no file with its text", library.package.name);
}

#[cfg(test)]
mod tests {
    use cargo_metadata::MetadataCommand;

    use super::super::dependencies;
    use super::*;

    #[test]
    fn every_library_of_a_release_has_its_license_also_those_of_histories() {
        let features = &["--features", "endstate/history"][..];
        let host = crate::dist::host().unwrap();
        let filter = ["--locked", "--filter-platform", &host].into_iter().chain(features.iter().copied());
        let metadata =
            MetadataCommand::new().other_options(filter.map(ToOwned::to_owned).collect::<Vec<_>>()).exec().unwrap();
        let libraries = dependencies::of_program(&metadata, &host, features).unwrap();
        assert!(libraries.iter().any(|library| library.package.name == "delta_kernel"));
        assert!(text(&libraries).unwrap().contains("\nalloc-stdlib "));
    }
}
