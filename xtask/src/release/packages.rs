//! The packages, as the registry and its users get them.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::plan::Plan;
use crate::output::output;

/// Packages each crate, and builds and tests it from the file of its package: with only what is in
/// there, and with the other packages in the place of the workspace.
pub(super) fn build_and_test(root: &Path, target: &Path, plan: &Plan) -> anyhow::Result<()> {
    let mut package = Command::new(env!("CARGO"));
    package.args(["package", "--quiet", "--no-verify", "--allow-dirty"]).current_dir(root);
    package.arg("--target-dir").arg(target);
    for name in &plan.crates {
        package.args(["--package", name]);
    }
    output(&mut package)?;

    let folder = target.join("packages");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut patches = String::new();
    for name in &plan.crates {
        let unpacked = format!("{name}-{}", plan.version);
        let file = target.join("package").join(format!("{unpacked}.crate"));
        output(Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(&folder))?;
        let _ = writeln!(patches, "{name} = {{ path = \"{unpacked}\" }}");
    }

    // The same profile as the workspace, so its libraries are not built again.
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let profile = manifest.split("[profile.dev]").nth(1).context("Cargo.toml has no [profile.dev]")?;
    let profile = profile.split("\n[").next().unwrap_or_default();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"endstate*\"]\n\n[patch.crates-io]\n{patches}\n[profile.dev]{profile}"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;

    let mut test = Command::new(env!("CARGO"));
    test.args(["test", "--quiet", "--workspace", "--offline"]).current_dir(&folder).env("CARGO_TARGET_DIR", target);
    ensure!(test.status()?.success(), "a package does not build, or its tests fail");
    println!("{} packages build, and their tests pass, from their files", plan.crates.len());
    Ok(())
}
