//! The rules of the workspace. Each rule is a function from facts to violations, so a test can show
//! it failing.

mod binary;
mod crates;
mod files;
mod functions;
mod invariants;
mod layers;
mod module_graph;
mod optional;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::MetadataCommand;

use self::crates::CrateFacts;
use self::layers::Graph;
use self::module_graph::ModuleGraph;

/// One broken rule, as it is shown.
type Violation = String;

/// Checks the workspace that this program was built in.
pub(crate) fn check_workspace() -> anyhow::Result<Vec<Violation>> {
    let metadata = MetadataCommand::new().exec().context("cargo metadata")?;
    let root = metadata.workspace_root.as_std_path();
    let mut violations = layers::check(&Graph::from_metadata(&metadata));
    violations.extend(optional::check(root)?);
    for package in metadata.workspace_packages() {
        violations.extend(crates::check(&CrateFacts::from_package(package)?));
    }

    let sources = tracked(root, "*.rs")?;
    for (path, text) in &sources {
        violations.extend(files::check(path, text));
        violations.extend(binary::check(path, text));
        violations.extend(functions::check(path, text));
    }
    violations.extend(module_cycles(&sources)?);

    let documents = tracked(root, "*.md")?;
    let standard = documents.get(words::STANDARD).with_context(|| format!("{} is missing", words::STANDARD))?;
    let banned = words::banned_phrases(standard);
    ensure!(!banned.is_empty(), "{} bans nothing: a check of nothing holds nothing", words::STANDARD);
    let names_them = [words::STANDARD, "xtask/src/tidy/words.rs"];
    for (path, text) in sources.iter().chain(&documents).filter(|(path, _)| !names_them.contains(&path.as_str())) {
        violations.extend(words::check(path, text, &banned));
    }

    let tests: BTreeSet<_> = sources.values().flat_map(|text| invariants::test_names(text)).collect();
    let document = documents.get(invariants::DOCUMENT).map_or("", String::as_str);
    violations.extend(invariants::check(document, &tests));
    Ok(violations)
}

/// The files that git tracks, by their paths from the root.
fn tracked(root: &Path, pattern: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let output = Command::new("git").args(["ls-files", "--", pattern]).current_dir(root).output();
    let output = output.context("git ls-files")?;
    ensure!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout)?;
    ensure!(!listed.is_empty(), "git lists no {pattern}: a check of nothing holds nothing");

    // A file that was deleted and not yet committed is listed, but does not exist.
    let existing = listed.lines().filter(|path| root.join(path).exists());
    existing.map(|path| Ok((path.to_owned(), fs::read_to_string(root.join(path)).context(path.to_owned())?))).collect()
}

/// Module cycles, in every crate.
fn module_cycles(sources: &BTreeMap<String, String>) -> anyhow::Result<Vec<Violation>> {
    let mut graphs: BTreeMap<&str, ModuleGraph> = BTreeMap::new();
    for (path, text) in sources {
        if let Some((folder, file)) = path.split_once("/src/") {
            graphs.entry(folder).or_default().add(file, text)?;
        }
    }
    let mut violations = Vec::new();
    for (folder, graph) in graphs {
        violations.extend(graph.cycles().iter().map(|cycle| format!("{folder}: module cycle: {cycle}")));
    }
    Ok(violations)
}
