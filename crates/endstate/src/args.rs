//! The arguments of every command.

mod source;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use source::{PullLimits, SourceArgs};

use crate::fail_on::{FailOn, fail_on_parser};

/// Pull the security state of every device that Microsoft Defender for Endpoint knows, prove that none is missing, and show
/// what needs attention.
#[derive(Debug, Parser)]
#[command(name = "endstate", version, max_term_width = 100, after_help = EXITS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Log each request on stderr: URL without its query, status, time, correlation id. Twice: before it is answered, too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to use colour; `auto` heeds `NO_COLOR` and whether the output is a terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

const EXITS: &str = "\
Exit codes:
  0    done, complete
  1    failed: nothing usable was written
  2    wrong usage
  3    --fail-on found what it was told to look for
  4    incomplete: what was read is kept, and marked
  130  interrupted before anything was kept

Try it without a tenant:
  endstate triage --demo";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pull every device's security state and write it
    Pull(PullArgs),
    /// Show which devices need attention, and why
    Triage(TriageArgs),
    /// Serve an emulated tenant on this machine, to test clients against
    Emulate(EmulateArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PullArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Write to FILE: to FILE.partial first, renamed once the pull is complete; `-` is stdout
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// How rows are written [default: by the ending of FILE, else ndjson]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<RowFormat>,

    /// Write the receipt to this file [default: FILE.receipt.json beside FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,

    /// Give FILE its name even if the pull is incomplete; the receipt and the exit code still say so
    #[arg(long)]
    pub(crate) allow_incomplete: bool,

    /// Go on where an earlier pull to the same FILE stopped, from its checkpoint; without one, begin at the first page
    #[arg(long, conflicts_with = "demo")]
    pub(crate) resume: bool,

    /// Write a device each time that it comes, not only the first
    #[arg(long)]
    pub(crate) keep_duplicates: bool,

    #[command(flatten)]
    pub(crate) limits: PullLimits,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// One item a line, exactly as the server sent it
    Ndjson,
    /// One JSON array
    Json,
    /// A flat table; formulas are neutralised
    Csv,
    /// Aligned columns, to be read
    Table,
}

#[derive(Debug, Args)]
pub(crate) struct TriageArgs {
    /// A file that `endstate pull` wrote (ndjson, json or csv), instead of a live source; `-` is stdin
    #[arg(value_name = "FILE", conflicts_with_all = ["SourceArgs", "PullLimits"])]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// What to count devices by
    #[arg(long, value_name = "WHAT", default_value = "property")]
    pub(crate) by: By,

    /// How many of the devices that need most attention to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) limit: usize,

    /// Exit with 3 if a device needs attention: `any`, a category such as `Antivirus`, or a property such as `EdrSensorOff`;
    /// may be given more than once
    #[arg(long, value_name = "WHAT", value_parser = fail_on_parser(), ignore_case = true, hide_possible_values = true)]
    pub(crate) fail_on: Vec<FailOn>,

    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: TriageFormat,

    #[command(flatten)]
    pub(crate) limits: PullLimits,
}

/// What triage counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Properties under their categories
    Property,
    /// Security controls
    Category,
    /// Builds of the operating system
    Build,
    /// Processor architectures
    Architecture,
}

/// How triage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TriageFormat {
    /// Aligned columns, to be read
    Table,
    /// One JSON object with everything
    Json,
    /// The counts alone, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// Port on 127.0.0.1; 0 lets the system choose
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,

    /// Devices of the generated fleet
    #[arg(long, value_name = "N", default_value_t = 444)]
    pub(crate) devices: u64,

    /// Devices on a page, up to 10000
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) page_size: u64,

    /// What the fleet is generated from: the same number gives the same fleet
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Calls served in any minute before 429; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) calls_per_minute: u32,

    /// Calls served in any hour before 429; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 1500)]
    pub(crate) calls_per_hour: u32,

    /// Script a fault, such as `throttled@3*2=0.5`; may be given more than once; `help` lists them all
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// When output has colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Sets it for everything that is printed from here on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
