//! The version in the manifest of the workspace.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use cargo_metadata::semver::Version;
use toml_edit::{DocumentMut, Item, value};

/// Sets the version of every crate, and of each dependency on one of them.
pub(super) fn set_version(path: &Path, version: &Version) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(path, with_version(&text, version)?)?;
    Ok(())
}

fn with_version(manifest: &str, version: &Version) -> anyhow::Result<String> {
    let mut document: DocumentMut = manifest.parse().context("Cargo.toml")?;
    let workspace = document.get_mut("workspace").and_then(Item::as_table_mut).context("no [workspace]")?;
    let package = workspace.get_mut("package").and_then(Item::as_table_mut).context("no [workspace.package]")?;
    package["version"] = value(version.to_string());

    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_mut);
    let mut changed = 0;
    for (name, dependency) in dependencies.context("no [workspace.dependencies]")?.iter_mut() {
        let Some(table) = dependency.as_inline_table_mut() else { continue };
        if name.get().starts_with("endstate") && table.contains_key("path") {
            table.insert("version", version.to_string().into());
            changed += 1;
        }
    }
    ensure!(changed > 0, "[workspace.dependencies] has no crate of this workspace");
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_of_this_workspace_change() {
        let manifest = "[workspace.package]\nversion = \"0.1.0\" # of all\n\n[workspace.dependencies]\n\
                        endstate-odata = { path = \"crates/endstate-odata\", version = \"0.1.0\" }\n\
                        serde = { version = \"1.0\" }\ntestkit = { path = \"crates/testkit\" }\n";
        let expected = manifest.replace("0.1.0", "0.2.0");
        let expected = expected.replace("\"0.2.0\" # of all", "\"0.2.0\"");
        assert_eq!(with_version(manifest, &Version::new(0, 2, 0)).unwrap(), expected);
        assert!(with_version("[workspace.package]\n", &Version::new(0, 2, 0)).is_err());
    }
}
