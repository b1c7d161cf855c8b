//! The arguments of every command, as clap reads them: types only, nothing that runs.

mod columns;
pub(crate) mod date;
mod diff;
mod emulate;
mod examples;
mod explain;
pub(crate) mod fail_on;
mod fleet;
mod formats;
mod gate;
mod help;
mod history;
mod init;
mod list;
mod log;
mod pull;
mod report;
mod result;
mod serve;
mod setup;
mod show;
mod sign_in;
mod source;
mod triage;
mod updates;
pub(crate) mod values;
mod webhook;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

pub(crate) use self::columns::ColumnArgs;
pub(crate) use self::diff::DiffArgs;
pub(crate) use self::emulate::{DeviceCodeEnd, EmulateArgs, MachinesPagingStyle, OrderStyle, PagingStyle};
pub(crate) use self::explain::ExplainArgs;
pub(crate) use self::fleet::{CountedArgs, FleetArgs};
pub(crate) use self::formats::{
    ListFormat, PageFormat, ReportFormat, RowFormat, ShowFormat, TrendFormat, TriageFormat,
};
pub(crate) use self::gate::GateArgs;
pub(crate) use self::help::{HelpArgs, Topic};
pub(crate) use self::history::{
    HistoryAddArgs, HistoryArgs, HistoryCommand, HistoryDeviceArgs, HistoryDevicesArgs, HistoryExpireArgs,
    HistoryListArgs, HistoryShowArgs, HistorySqlArgs, HistoryTrendArgs, HistoryVerifyArgs, ResolvedBy, SqlEngine,
    SqlQuestion, TrendBy,
};
pub(crate) use self::init::InitArgs;
pub(crate) use self::list::ListArgs;
pub(crate) use self::log::{LogArgs, LogFormat};
pub(crate) use self::pull::{Collection, OutputArgs, PullArgs};
pub(crate) use self::report::ReportArgs;
pub(crate) use self::result::ResultArgs;
pub(crate) use self::serve::ServeArgs;
pub(crate) use self::setup::{
    CloudsArgs, CompletionsArgs, ConfigCommand, ConfigFileArgs, ConfigProfilesArgs, ConfigSetArgs, ConfigShowArgs,
    DoctorArgs, ManArgs,
};
pub(crate) use self::show::ShowArgs;
pub(crate) use self::sign_in::{AuthMethod, SignInArgs};
pub(crate) use self::source::{ProfileArgs, PullLimits, ServiceArgs, SettingsArgs, SourceArgs, StatesFrom};
pub(crate) use self::triage::{By, Sort, TriageArgs, TriageOrder};
pub(crate) use self::updates::{UpdatesArgs, UpdatesBy};
pub(crate) use self::webhook::{WebhookArgs, WebhookFormat};

/// Pull the security state of every device in Microsoft Defender for Endpoint
///
/// endstate pulls the state of every device, proves that none is missing, and shows which devices
/// need attention and why.
#[derive(Debug, Parser)]
#[command(
    name = "endstate",
    version,
    max_term_width = 100,
    before_long_help = examples::ENDSTATE,
    after_help = NEXT,
    after_long_help = EXITS,
    disable_help_subcommand = true,
    disable_help_flag = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Log the sign-in and each request on stderr; repeat for more detail
    ///
    /// Each line has the URL without its query, the status, the time and the correlation id. -vv
    /// also logs a request before it is answered.
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = GLOBAL)]
    pub(crate) verbose: u8,

    /// Print only results, warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = GLOBAL)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) log: LogArgs,

    /// When to use color
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = GLOBAL)]
    pub(crate) color: Color,

    /// Print help; --help has examples and every option
    #[arg(short, long, global = true, action = ArgAction::Help, help_heading = GLOBAL)]
    help: Option<bool>,
}

/// The heading of the options that every command has. It is the last one.
const GLOBAL: &str = "Global options";

const NEXT: &str = "\
Try it without a tenant: endstate triage --demo
Connect a tenant: endstate init";

const EXITS: &str = "\
Exit codes (`endstate explain 4` explains one):
  0    done: complete, or nothing had to be known (a file without a receipt)
  1    failed: nothing usable was read or written
  2    wrong usage
  3    `--fail-on` found what it was set to find
  4    incomplete, or a check cannot tell: what was read is kept, and marked (wins over 3)
  5    the rows are written, but not their receipt: other commands cannot tell what they are
  130  interrupted before anything was kept

`endstate help TOPIC` shows more about first-steps, sign-in, sources, conditions, environment,
ci, monitoring, exit-codes or attention.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pull the security state of every device and write it
    #[command(before_long_help = examples::PULL)]
    Pull(PullArgs),
    /// Show which devices need attention, and why
    #[command(before_long_help = examples::TRIAGE)]
    Triage(TriageArgs),
    /// List devices as rows: filtered, sorted, in any format
    #[command(before_long_help = examples::LIST)]
    List(ListArgs),
    /// Show everything that is known of one device
    #[command(before_long_help = examples::SHOW)]
    Show(ShowArgs),
    /// Show missing updates, and the vulnerabilities that they fix
    ///
    /// The documented collections list updates, and a device lacks those that are newer than its
    /// revision. Today's sources say which updates a device lacks. Updates are cumulative: NEWEST
    /// ON (`newest_on`) counts the devices on which an update is the newest that is missing, so it
    /// is enough to install it. IMPORTANT and MODERATE are what today's sources call high and
    /// medium.
    ///
    /// With today's sources, json has `states` and `vulnerabilities` (the pulls), `devices`,
    /// `lacking`, `up_to_date`, `not_known`, `by_kb`, `by_cve` (null for a file, which does not say
    /// them) and `most_exposed`.
    #[command(before_long_help = examples::UPDATES)]
    Updates(UpdatesArgs),
    /// Show what changed between two pulls
    #[command(before_long_help = examples::DIFF)]
    Diff(DiffArgs),
    /// Write a report: a page for a browser, or text for a ticket
    ///
    /// The page is one file that needs nothing else. It has the outcome of the pull, the devices
    /// that need attention and why, what changed, and a list of all devices to search and sort.
    #[command(before_long_help = examples::REPORT)]
    Report(ReportArgs),
    /// Pull on a schedule, and serve metrics, the report and the health
    ///
    /// What is served is always the last complete pull. SIGHUP reads the configuration again, and
    /// SIGTERM ends the service. A check that does not pass ends nothing: the metrics and the
    /// webhook have it.
    #[command(before_long_help = examples::SERVE)]
    Serve(Box<ServeArgs>),
    /// Keep pulls over months: trend, since when, time to resolve
    #[command(subcommand, before_long_help = examples::HISTORY)]
    History(HistoryCommand),
    /// Explain a property, category, outcome or exit code: meaning, reason, remedy
    #[command(before_long_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Serve an emulated tenant on this machine, to test clients against
    #[command(before_long_help = examples::EMULATE)]
    Emulate(EmulateArgs),
    /// Check everything that a pull needs, and show how to fix what fails
    #[command(before_long_help = examples::DOCTOR)]
    Doctor(DoctorArgs),
    /// Set up a tenant: ask, write a profile, check it, and show a first triage
    ///
    /// Each question has an option. What the command line says is not asked, and without a terminal
    /// nothing is asked.
    #[command(before_long_help = examples::INIT)]
    Init(Box<InitArgs>),
    /// Show and change settings and profiles
    #[command(subcommand, before_long_help = examples::CONFIG)]
    Config(ConfigCommand),
    /// List the clouds and regional hosts
    #[command(before_long_help = examples::CLOUDS)]
    Clouds(CloudsArgs),
    /// Print shell completions
    #[command(before_long_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Show the manual page of a command
    #[command(before_long_help = examples::MAN)]
    Man(ManArgs),
    /// Show the help of a command or a topic
    #[command(before_long_help = examples::HELP)]
    Help(HelpArgs),
}

/// When output has color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The name of a value, as it is written on the command line.
pub(crate) fn value_name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The short help of each command and argument, without what is only a note in brackets.
    fn short_helps(command: &clap::Command, helps: &mut Vec<(String, String)>) {
        let name = command.get_name().to_owned();
        helps.extend(command.get_about().map(|about| (name.clone(), about.to_string())));
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let help = help.split(" [").next().unwrap_or_default().to_owned();
            helps.push((format!("{name} {}", argument.get_id()), help));
        }
        for command in command.get_subcommands() {
            short_helps(command, helps);
        }
    }

    #[test]
    fn no_help_points_to_a_file_that_the_user_does_not_have() {
        fn check(command: &mut clap::Command) {
            let help = command.render_long_help().to_string();
            assert!(!help.contains("docs/") && !help.contains(".md"), "{help}");
            command.get_subcommands_mut().for_each(check);
        }
        check(&mut Cli::command());
    }

    #[test]
    fn help_is_one_short_line_for_every_command_and_option() {
        let mut helps = Vec::new();
        short_helps(&Cli::command(), &mut helps);
        assert!(helps.len() > 50, "{}", helps.len());
        for (name, help) in helps {
            assert!((3..=80).contains(&help.len()), "{name}: {help:?} has {} characters", help.len());
            assert!(!help.ends_with('.'), "{name}: {help:?} is not a sentence");
        }
    }
}
