//! The arguments of every command.

mod report;
mod sign_in;
mod source;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use endstate_emulator::Paging;

pub(crate) use report::{By, DiffArgs, ReportFormat, TriageArgs, TriageFormat, UpdatesArgs, UpdatesBy};
pub(crate) use sign_in::{AuthMethod, SignInArgs};
pub(crate) use source::{PullLimits, ServiceArgs, SettingsArgs, SourceArgs};

/// Pull the security state of every device that Microsoft Defender for Endpoint knows, prove that none is missing, and show
/// what needs attention.
#[derive(Debug, Parser)]
#[command(name = "endstate", version, max_term_width = 100, after_help = EXITS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Log the sign-in and each request on stderr: URL without its query, status, time, correlation id. Twice: before it is answered, too
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
  endstate triage --demo

With one: docs/sign-in.md, `endstate config init`, and when something does not work `endstate doctor`";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pull every device's security state and write it
    Pull(PullArgs),
    /// Show which devices need attention, and why
    Triage(TriageArgs),
    /// Show which updates devices lack, and which vulnerabilities those would close
    Updates(UpdatesArgs),
    /// Show what changed between two pulls
    Diff(DiffArgs),
    /// Serve an emulated tenant on this machine, to test clients against
    Emulate(EmulateArgs),
    /// Check, step by step, everything that a pull needs, and say how to mend what is wrong
    Doctor(DoctorArgs),
    /// Show the settings in force and where each comes from, or write a configuration file to begin with
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List the clouds and regional hosts, and what is known of each
    Clouds(CloudsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct PullArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Give FILE its name even if the pull is incomplete; the receipt and the exit code still say so
    #[arg(long)]
    pub(crate) allow_incomplete: bool,

    /// Go on where an earlier pull to the same FILE stopped, from its checkpoint; without one, begin at the first page
    #[arg(long, conflicts_with = "demo")]
    pub(crate) resume: bool,

    /// Write a device each time that it comes, not only the first
    #[arg(long)]
    pub(crate) keep_duplicates: bool,

    /// What to pull: the devices' states, or one of the collections that join with them
    #[arg(long, value_name = "NAME", default_value = "machinesecuritystates")]
    pub(crate) collection: Collection,

    /// Write only rows that meet this condition, such as `build lt 19045 and property has FirewallOff`
    #[arg(long = "where", value_name = "CONDITION", conflicts_with = "resume")]
    pub(crate) condition: Option<String>,

    /// Leave csv cells that begin like a formula as they are
    #[arg(long)]
    pub(crate) csv_raw: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Where the rows of a pull go.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutputArgs {
    /// Write to FILE: to FILE.partial first, renamed once the pull is complete; `-` is stdout; `{profile}` in it is the profile
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// How rows are written [default: by the ending of FILE, else ndjson]
    #[arg(id = "row_format", long = "format", value_name = "FORMAT")]
    pub(crate) format: Option<RowFormat>,

    /// Write the receipt to this file [default: FILE.receipt.json beside FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
}

/// A collection of the service, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Collection {
    /// The security state of each device
    Machinesecuritystates,
    /// The groups of devices
    Machinegroups,
    /// The updates of the operating system
    Kbinfo,
    /// Which update closes which vulnerability
    Cvekbmap,
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

    /// The day on which the fleet is seen: each one, its devices have moved on a little
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) day: u32,

    /// How next links go on [default: skiptoken for the states, skip for the other collections]
    #[arg(long, value_name = "STYLE")]
    pub(crate) paging: Option<PagingStyle>,

    /// Calls served in any minute before 429; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) calls_per_minute: u32,

    /// Calls served in any hour before 429; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 1500)]
    pub(crate) calls_per_hour: u32,

    /// Emulate the identity service, too, over https: tokens for a client secret, a certificate, a device code and others
    #[arg(long)]
    pub(crate) sign_in: bool,

    /// Write the certificate authority of https to this file [default: one for this run in the folder for temporary files]
    #[arg(long, value_name = "FILE", requires = "sign_in")]
    pub(crate) write_ca: Option<PathBuf>,

    /// The application's certificate in PEM, whose assertions are accepted; its key is not needed
    #[arg(long, value_name = "FILE", requires = "sign_in")]
    pub(crate) client_certificate: Option<PathBuf>,

    /// Seconds that tokens live
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "sign_in")]
    pub(crate) token_lifetime: u64,

    /// Calls that a token is good for, so that one ends in the middle of a pull [default: no limit]
    #[arg(long, value_name = "N", requires = "sign_in")]
    pub(crate) token_calls: Option<u32>,

    /// What the person does who is asked to type in a device code
    #[arg(long, value_name = "WHAT", default_value = "approve", requires = "sign_in")]
    pub(crate) device_code: DeviceCodeEnd,

    /// Script a fault, such as `throttled@3*2=0.5`; may be given more than once; `help` lists them all
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Vec<String>,
}

/// What a person does with a device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceCodeEnd {
    /// Signs in
    Approve,
    /// Declines
    Decline,
    /// Nothing, until the code has expired
    Expire,
}

/// How next links go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PagingStyle {
    /// An opaque token
    Skiptoken,
    /// The number of items to pass over
    Skip,
}

impl From<PagingStyle> for Paging {
    fn from(style: PagingStyle) -> Self {
        match style {
            PagingStyle::Skiptoken => Self::SkipToken,
            PagingStyle::Skip => Self::Skip,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Write the checks as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show each setting, its value, and where it comes from
    Show(Box<ConfigShowArgs>),
    /// Write a commented configuration file
    Init(ConfigInitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShowArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Write the settings as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigInitArgs {
    /// The file to write [default: endstate/config.toml in the platform's configuration folder] [env: `ENDSTATE_CONFIG`]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CloudsArgs {
    /// Write the table as JSON
    #[arg(long)]
    pub(crate) json: bool,
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
