//! The release build of the program, as it is handed to people: without the paths of this machine.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::Metadata;

/// Runs `cargo build --release --locked` with these arguments. The same arguments give the same
/// program in whatever folders the sources and cargo's own files are.
pub(crate) fn build(metadata: &Metadata, arguments: &[&str]) -> anyhow::Result<()> {
    let places = places(metadata)?;
    let options = |option: &str| places.each_ref().map(|(from, to)| format!("{option}={from}={to}"));
    let own = |name: &str| env::var(name).ok().filter(|own| !own.is_empty());

    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--release", "--locked"]).args(arguments);
    // A path may have spaces, so the flags are separated by what cannot be in one.
    let flags = own("CARGO_ENCODED_RUSTFLAGS").or_else(|| Some(own("RUSTFLAGS")?.replace(' ', "\u{1f}")));
    let flags: Vec<_> = flags.into_iter().chain(options("--remap-path-prefix")).collect();
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    // Libraries in C have the paths of their sources in messages. Spaces cannot be in these flags.
    if places.iter().all(|(from, _)| !from.contains(' ')) {
        let flags: Vec<_> = own("CFLAGS").into_iter().chain(options("-ffile-prefix-map")).collect();
        command.env("CFLAGS", flags.join(" "));
    }
    ensure!(command.status()?.success(), "the release build failed: see the output of cargo above");
    Ok(())
}

/// The folders of this machine, and what the program names in their place.
pub(crate) fn places(metadata: &Metadata) -> anyhow::Result<[(String, &'static str); 3]> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir().context("the user has no home folder")?.join(".cargo"),
    };
    Ok([
        (cargo_home.display().to_string(), "/cargo"),
        // The folder of what is built may be in that of the sources: the last match counts.
        (metadata.workspace_root.to_string(), "/endstate"),
        (metadata.target_directory.to_string(), "/endstate/target"),
    ])
}
