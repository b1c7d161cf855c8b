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
    if args.dry_run {
        return dry_run(&metadata, args.version.as_ref());
    }
    let version = args.version.as_ref().context("a release needs a version")?;

    let changes = output(Command::new("git").args(["status", "--porcelain"]).current_dir(root))?;
    ensure!(changes.is_empty(), "the work tree has changes; commit them first:\n{changes}");
    let plan = Plan::new(root, &metadata, Some(version))?;
    ensure!(
        !plan.repository.is_empty(),
        "the repository's address is not set: write it to `repository` in [workspace.package] of Cargo.toml"
    );
    changelog::set_date(&root.join("CHANGELOG.md"), &plan.version)?;
    prepare(root, &metadata, &plan)?;
    commit(root, &tag(&plan.version))?;
    print_next_steps(&plan);
    Ok(ExitCode::SUCCESS)
}

/// Everything but the tag, in a copy of the last commit.
fn dry_run(metadata: &Metadata, version: Option<&Version>) -> anyhow::Result<ExitCode> {
    let copy = metadata.target_directory.join("release-dry-run").into_std_path_buf();
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    output(Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(&metadata.workspace_root).arg(&copy))?;
    let in_copy = MetadataCommand::new().no_deps().current_dir(&copy).exec()?;
    let plan = Plan::new(&copy, &in_copy, version)?;
    if plan.repository.is_empty() {
        println!("a release would stop here: `repository` in [workspace.package] of Cargo.toml has no address");
    }
    if changelog::is_empty(&copy.join("CHANGELOG.md"))? {
        println!("a release would stop here: CHANGELOG.md names no change under `## [Unreleased]`");
    } else {
        changelog::set_date(&copy.join("CHANGELOG.md"), &plan.version)?;
    }
    prepare(&copy, metadata, &plan)?;
    print_next_steps(&plan);
    fs::remove_dir_all(&copy)?;
    Ok(ExitCode::SUCCESS)
}

/// Sets the version, compares the public API with the last release, and builds and tests each
/// package from its file. `built` has the folder for what cargo builds.
fn prepare(root: &Path, built: &Metadata, plan: &Plan) -> anyhow::Result<()> {
    manifest::set_version(&root.join("Cargo.toml"), &plan.version)?;
    let mut update = Command::new(env!("CARGO"));
    output(update.args(["update", "--quiet", "--offline", "--workspace"]).current_dir(root))?;
    println!("version {} in Cargo.toml and Cargo.lock", plan.version);

    match &plan.last {
        None => println!("no release yet that the public API could be compared with"),
        Some(last) => {
            let removed = public_api::removed_since(root, &tag(last), &plan.crates)?;
            if !removed.is_empty() && !plan.may_break(last) {
                bail!("{} may not remove from the public API of {last}:\n{}", plan.version, removed.join("\n"));
            }
            println!("the public API since {last}: {} items removed", removed.len());
        }
    }
    packages::build_and_test(root, built.target_directory.as_std_path(), plan)
}

fn commit(root: &Path, tag: &str) -> anyhow::Result<()> {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(root));
    git(&["commit", "--all", "--message", &format!("Release {tag}")]).context("cannot commit the release")?;
    git(&["tag", "--annotate", tag, "--message", &format!("Release {tag}")])?;
    Ok(())
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
