//! `cargo xtask dist`: what a release hands to people, in `target/dist`.
//!
//! An archive and a Debian package with the program, its manual pages and completions, the licenses
//! of all libraries in it, and a bill of materials; and the checksums of all.

mod archive;
mod check;
mod contents;
mod debian;
mod dependencies;
mod licenses;
mod materials;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use cargo_metadata::MetadataCommand;
use clap::Args;
use sha2::{Digest, Sha256};

use self::contents::Contents;
use crate::output::output;
use crate::release_build;

/// What to do with the result.
#[derive(Debug, Args)]
pub(crate) struct DistArgs {
    /// Also pack everything again and compare the bytes, and install it in empty folders and run it
    #[arg(long)]
    check: bool,

    /// Leave the feature `history` out: it takes half of the time
    #[arg(long)]
    without_history: bool,
}

/// What is released.
#[derive(Debug)]
struct Release {
    version: String,
    /// The platform, as `rustc` names it.
    target: String,
    /// The time of everything that is made, in seconds since 1970.
    time: u64,
}

pub(crate) fn run(args: &DistArgs) -> anyhow::Result<ExitCode> {
    let target = host()?;
    let filter = ["--locked".to_owned(), "--filter-platform".to_owned(), target.clone()];
    // What takes long to build is in what is handed out.
    let features: &[&str] = if args.without_history { &[] } else { &["--features", "endstate/history"] };
    let options = filter.into_iter().chain(features.iter().map(ToString::to_string)).collect::<Vec<_>>();
    let metadata = MetadataCommand::new().other_options(options).exec()?;
    let program = metadata.packages.iter().find(|package| package.name == "endstate").context("no crate endstate")?;
    let release = Release { version: program.version.to_string(), target, time: source_time()? };

    release_build::build(&metadata, &[&["--package", "endstate"], features].concat())?;
    let binary = metadata.target_directory.join("release/endstate").into_std_path_buf();
    let libraries = dependencies::of_program(&metadata, &release.target, features)?;
    let contents = Contents::collect(&metadata, &release, &binary, &libraries)?;

    let folder = metadata.target_directory.join("dist").into_std_path_buf();
    let files = make(&folder, &release, &contents)?;
    for file in &files {
        println!("{}", file.display());
    }
    if args.check {
        let again = make(&metadata.target_directory.join("dist-again").into_std_path_buf(), &release, &contents)?;
        for (first, second) in files.iter().zip(&again) {
            ensure!(fs::read(first)? == fs::read(second)?, "{} has other bytes the second time", first.display());
        }
        let paths = release_build::places(&metadata)?.map(|(path, _)| path);
        check::check(&folder, &release, &contents, &paths)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the files of a release in an empty folder, and returns their paths.
fn make(folder: &Path, release: &Release, contents: &Contents) -> anyhow::Result<Vec<PathBuf>> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder)?;

    let mut files = vec![archive::write(folder, release, contents)?];
    // Elsewhere there is nothing that would make or read such a package.
    if release.target.contains("linux") {
        files.push(debian::write(folder, release, contents)?);
    }
    let materials = folder.join(format!("endstate-{}.cdx.json", release.version));
    fs::write(&materials, &contents.materials)?;
    files.push(materials);

    let mut sums = String::new();
    for file in &files {
        let digest = Sha256::digest(fs::read(file)?);
        for byte in digest {
            let _ = write!(sums, "{byte:02x}");
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // The form that `sha256sum --check` reads.
        let _ = writeln!(sums, "  {name}");
    }
    files.push(folder.join("SHA256SUMS"));
    fs::write(folder.join("SHA256SUMS"), sums)?;
    Ok(files)
}

/// The platform of this machine.
fn host() -> anyhow::Result<String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}

/// `SOURCE_DATE_EPOCH`, as builds that can be repeated have it, else the time of the commit.
fn source_time() -> anyhow::Result<u64> {
    let time = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(time) => time,
        Err(_) => output(Command::new("git").args(["log", "-1", "--format=%ct"]))?,
    };
    time.trim().parse().context("the time of the sources is not a number of seconds")
}
