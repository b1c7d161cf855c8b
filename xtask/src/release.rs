//! `cargo xtask release VERSION`: everything up to the commands that publish.

mod changelog;
mod manifest;
mod packages;
mod plan;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail, ensure};
use cargo_metadata::semver::Version;
use cargo_metadata::{Metadata, MetadataCommand};
use clap::Args;

use self::plan::{Plan, tag};
use crate::output::output;
use crate::public_api;

/// What to release.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// Version of every crate and of the program [default with --dry-run: the next that may break]
    #[arg(required_unless_present = "dry_run")]
    version: Option<Version>,

    /// Do everything in a copy of the last commit, and leave the work tree as it is
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &ReleaseArgs) -> anyhow::Result<ExitCode> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(root));
    if !args.dry_run {
        let changes = git(&["status", "--porcelain"])?;
        ensure!(changes.is_empty(), "the work tree has changes; commit them first:\n{changes}");
        ensure!(public_api::is_as_listed(&metadata)?, "the lists of the public API are not those of the code");
    }

    // Whatever fails, the work tree is as it was.
    let copy = metadata.target_directory.join("release").into_std_path_buf();
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    output(Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(root).arg(&copy))?;
    let plan = Plan::new(&copy, &MetadataCommand::new().no_deps().current_dir(&copy).exec()?, args.version.as_ref())?;
    let mut obstacles = Vec::new();
    if plan.repository.is_empty() {
        obstacles.push("`repository` in [workspace.package] of Cargo.toml has no address");
    }
    if changelog::is_empty(&copy.join("CHANGELOG.md"))? {
        obstacles.push("CHANGELOG.md names no change under `## [Unreleased]`");
    }
    if git(&["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
        obstacles.push("the clone is shallow, so the last release is not known");
    }
    for obstacle in &obstacles {
        println!("no release, because {obstacle}");
    }
    if !args.dry_run && !obstacles.is_empty() {
        return Ok(ExitCode::FAILURE);
    }

    prepare(&copy, &metadata, &plan)?;
    if !args.dry_run {
        for file in changed_files(&copy)? {
            fs::copy(copy.join(&file), root.join(&file)).with_context(|| format!("cannot write {file}"))?;
        }
        let tag = tag(&plan.version);
        git(&["commit", "--all", "--message", &format!("Release {tag}")]).context("cannot commit the release")?;
        git(&["tag", "--annotate", &tag, "--message", &format!("Release {tag}")])?;
    }
    print_next_steps(&plan);
    fs::remove_dir_all(&copy)?;
    Ok(ExitCode::SUCCESS)
}

/// The files that are not as they were committed.
fn changed_files(root: &Path) -> anyhow::Result<Vec<String>> {
    let files = output(Command::new("git").args(["diff", "--name-only"]).current_dir(root))?;
    Ok(files.lines().map(ToOwned::to_owned).collect())
}

/// Sets the version and its date, compares the public API with the last release, and builds and
/// tests each package from its file. `built` has the folder for what cargo builds.
fn prepare(root: &Path, built: &Metadata, plan: &Plan) -> anyhow::Result<()> {
    manifest::set_version(&root.join("Cargo.toml"), &plan.version)?;
    if !changelog::is_empty(&root.join("CHANGELOG.md"))? {
        changelog::set_date(&root.join("CHANGELOG.md"), &plan.version)?;
    }
    // The fuzz targets and benchmarks have lock files of their own, which name these crates.
    for folder in [".", "fuzz", "benchmarks/azure_core", "benchmarks/decoding"] {
        let mut update = Command::new(env!("CARGO"));
        output(update.args(["update", "--quiet", "--offline", "--workspace"]).current_dir(root.join(folder)))?;
    }
    println!("version {} in {}", plan.version, changed_files(root)?.join(", "));

    match &plan.last {
        None => println!("no release yet that the public API could be compared with"),
        Some(last) => {
            let removed = public_api::removed_since(root, &tag(last))?;
            if !removed.is_empty() && !plan.may_break(last) {
                bail!("{} may not remove from the public API of {last}:\n{}", plan.version, removed.join("\n"));
            }
            println!("the public API since {last}: {} items removed", removed.len());
        }
    }
    packages::build_and_test(root, built.target_directory.as_std_path(), plan)
}

/// Prints what only a person may do: it cannot be taken back.
fn print_next_steps(plan: &Plan) {
    println!("\nTo publish, run:");
    println!("  git push --follow-tags");
    for name in &plan.crates {
        println!("  cargo publish --locked --package {name}");
    }
    println!("  cargo xtask dist --check");
}
