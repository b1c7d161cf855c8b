//! The release build of the program, as it is handed to people: without the paths of this machine.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::Metadata;

/// Runs `cargo build --release --locked` with these arguments. The same arguments give the same
/// program in whatever folders the sources and cargo's own files are.
pub(crate) fn build(metadata: &Metadata, arguments: &[&str]) -> anyhow::Result<()> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir().context("the user has no home folder")?.join(".cargo"),
    };
    let places = [(cargo_home.display().to_string(), "/cargo"), (metadata.workspace_root.to_string(), "/endstate")];
    let options = |option: &str| places.each_ref().map(|(from, to)| format!("{option}={from}={to}")).join(" ");
    let with = |name: &str, option: &str| {
        let own = env::var(name).unwrap_or_default();
        format!("{own} {}", options(option)).trim().to_owned()
    };

    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--release", "--locked"]).args(arguments);
    command.env("RUSTFLAGS", with("RUSTFLAGS", "--remap-path-prefix"));
    // Libraries in C have the paths of their sources in messages.
    command.env("CFLAGS", with("CFLAGS", "-ffile-prefix-map"));
    ensure!(command.status()?.success(), "the release build failed: see the output of cargo above");
    Ok(())
}
