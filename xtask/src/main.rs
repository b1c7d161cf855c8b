//! The development tasks of the workspace: `cargo xtask <task>`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task prints for the person who runs it")]

mod bench;
mod dist;
mod instructions;
mod output;
mod picture;
mod public_api;
mod release;
mod release_build;
mod tidy;

use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

/// Development tasks of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Check the workspace's rules, such as layers, file heads and lengths, READMEs
    Tidy,
    /// Run endstate against every fault of the emulator; print each result and its time
    Faults,
    /// Measure a pull, the bare download, and the loops that people write
    Bench(bench::BenchArgs),
    /// Compare the public API of the libraries with the lists in their folders
    Api(public_api::ApiArgs),
    /// Prepare a release up to the commands that publish it: versions, changelog, packages, tag
    Release(release::ReleaseArgs),
    /// Make the files of a release: an archive, a Debian package, a bill of materials
    Dist(dist::DistArgs),
    /// Make the picture of the report in the README
    Picture(picture::PictureArgs),
    /// Count the instructions of the hot paths and compare them with the baseline
    Instructions(instructions::InstructionsArgs),
    #[command(hide = true)]
    ServePages(bench::ServePagesArgs),
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().chore {
        Chore::Bench(args) => bench::run(&args),
        Chore::Api(args) => public_api::run(&args),
        Chore::Release(args) => release::run(&args),
        Chore::Dist(args) => dist::run(&args),
        Chore::Instructions(args) => instructions::run(&args),
        Chore::Picture(args) => picture::run(&args).map(|()| ExitCode::SUCCESS),
        Chore::ServePages(args) => bench::serve_pages(&args),
        Chore::Faults => {
            let test = "faults::every_fault_ends_complete_or_says_so_and_keeps_what_was_served";
            let arguments =
                ["test", "--quiet", "--package", "endstate", "--test", "it", test, "--", "--exact", "--nocapture"];
            let status = Command::new(env!("CARGO")).args(arguments).status()?;
            Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Chore::Tidy => {
            let violations = tidy::check_workspace()?;
            for violation in &violations {
                eprintln!("tidy: {violation}");
            }
            if violations.is_empty() {
                println!("tidy: all rules hold");
                return Ok(ExitCode::SUCCESS);
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
