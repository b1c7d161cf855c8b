//! `cargo xtask bench`: measures how fast a pull is, compared with the bare download and the loops
//! that people write.

mod analysis;
mod assessment;
mod certificates;
mod contestants;
mod history;
mod measure;
mod page_server;
mod scale;
pub(crate) mod scene;
pub(crate) mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use endstate_emulator::DeviceOrder;

use self::contestants::{Contestant, contestants};
use self::measure::{Measured, Row};
use self::scene::Scene;
use self::server::Delivery;

/// What to measure, and with which data.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: Option<What>,

    /// Number of devices in the fleet
    #[arg(long, global = true, default_value_t = 1_000_000)]
    devices: u64,

    /// Number of devices per page
    #[arg(long, global = true, default_value_t = 10_000)]
    page_size: u64,

    /// Order of the devices' ids
    #[arg(long, global = true, default_value = "rising")]
    order: Order,

    #[command(flatten)]
    delivery: Delivery,

    /// Number of runs per program; the programs take turns
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,

    /// Run only programs whose names contain this text
    #[arg(long, global = true)]
    only: Option<String>,

    /// Also write the figures to this file as JSON
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

/// The order of the devices' ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// Each above the one before
    Rising,
    /// In an order that helps no client
    Shuffled,
    /// Each below the one before
    Reversed,
}

impl Order {
    fn in_words(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Shuffled => "shuffled",
            Self::Reversed => "falling",
        }
    }
}

impl From<Order> for DeviceOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Rising => Self::Rising,
            Order::Shuffled => Self::Shuffled,
            Order::Reversed => Self::Reversed,
        }
    }
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Measure pulls from HTTP to a file, the bare download and other loops (default)
    Pull,
    /// Measure triage, updates and diff on files
    Analysis,
    /// Measure pulls from the secure configuration assessment, some 90 rows a device
    Assessment,
    /// Measure the questions of a history
    History {
        /// Number of pulls, one a day
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
    /// Measure a version of a history that names many files
    Scale {
        /// Number of files: one a tenant and day
        #[arg(long, default_value_t = 100_000)]
        files: u64,
    },
}

/// Serves the pages of a scene. `bench` starts it.
#[derive(Debug, Args)]
pub(crate) struct ServePagesArgs {
    folder: PathBuf,
    #[arg(long)]
    port: u16,
    #[arg(long, default_value_t = 0)]
    first_byte_ms: u64,
    #[arg(long, default_value_t = 0)]
    body_ms: u64,
}

pub(crate) fn serve_pages(args: &ServePagesArgs) -> anyhow::Result<ExitCode> {
    let ServePagesArgs { folder, port, first_byte_ms, body_ms } = args;
    page_server::serve(folder, *port, *first_byte_ms, *body_ms)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let what = args.what.unwrap_or(What::Pull);
    let programs = build(matches!(what, What::History { .. } | What::Scale { .. }))?;

    let table = match what {
        What::Pull => pull(args, &programs)?,
        What::Analysis => analysis::run(args, &programs)?,
        What::Assessment => assessment::run(args, &programs)?,
        What::History { days } => history::run(args, days, &programs)?,
        What::Scale { files } => scale::run(args, files, &programs)?,
    };

    table.print();
    if let Some(path) = &args.json {
        std::fs::write(path, table.json()?)
            .with_context(|| format!("cannot write {}; choose another file with --json", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The locations of the release builds.
#[derive(Debug)]
struct Programs {
    endstate: PathBuf,
    examples: PathBuf,
    /// The folder for the measured data, which later runs reuse.
    scratch: PathBuf,
}

/// Builds the programs in release mode.
fn build(has_history: bool) -> anyhow::Result<Programs> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    let features = if has_history { &["--features", "history"][..] } else { &[] };
    for arguments in [
        &[&["build", "--release", "--package", "endstate"], features].concat()[..],
        &["build", "--release", "--package", "endstate-reqwest", "--examples"],
    ] {
        let status = Command::new(env!("CARGO")).args(arguments).status()?;
        ensure!(status.success(), "the release build failed: see the output of cargo above");
    }

    let release = metadata.target_directory.join("release");
    let scratch = metadata.target_directory.join("bench").into_std_path_buf();
    std::fs::create_dir_all(&scratch)?;
    Ok(Programs { endstate: release.join("endstate").into(), examples: release.join("examples").into(), scratch })
}

fn pull(args: &BenchArgs, programs: &Programs) -> anyhow::Result<measure::Table> {
    let scene = Scene::render(&programs.scratch, args.devices, args.page_size, 1, args.order.into())?;
    let server = scene.serve(args.delivery)?;
    let outputs = programs.scratch.join("outputs");
    std::fs::create_dir_all(&outputs)?;

    let mut runs: Vec<(Contestant, Vec<Measured>)> = contestants(programs, &server.root(), &outputs, scene.pages)
        .into_iter()
        .filter(|contestant| args.only.as_ref().is_none_or(|only| contestant.name.contains(only.as_str())))
        .map(|contestant| (contestant, Vec::new()))
        .collect();

    take_turns(&mut runs, args.rounds, server.authority.as_deref())?;
    compare(runs.iter().filter_map(|(contestant, _)| Some((&*contestant.name, contestant.output.as_ref()?))), args)?;

    let title = format!(
        "{} devices in {} pages of {}, {} ids ({} MB) from {}, {} ms to the first byte, {} ms of body",
        args.devices,
        scene.pages,
        args.page_size,
        args.order.in_words(),
        scene.bytes / 1_000_000,
        server.kind,
        args.delivery.first_byte_ms,
        args.delivery.body_ms
    );
    let row = |(contestant, runs): (Contestant, Vec<Measured>)| -> anyhow::Result<Row> {
        // endstate reports how many requests it made. The others make one per page, or they would
        // have failed.
        let calls = contestant.output.as_deref().map(calls_of).transpose()?.flatten().unwrap_or(scene.pages);
        Ok(Row { name: contestant.name, runs, calls: Some(calls) })
    };
    let rows = runs.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(measure::Table { title, rows, devices: args.devices, yardsticks: &["bare download", "straightforward loop"] })
}

/// Runs the programs in turn, so a noisy minute affects all of them. Slow programs run only once.
/// Each trusts the `authority`, if there is one.
fn take_turns(runs: &mut [(Contestant, Vec<Measured>)], rounds: usize, authority: Option<&Path>) -> anyhow::Result<()> {
    // What endstate, curl, Python and Node.js read.
    const VARIABLES: [&str; 4] = ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

    for round in 0..rounds.max(1) {
        for (contestant, measured) in &mut *runs {
            if round == 0 || !contestant.is_slow {
                eprintln!("round {}: {}", round + 1, contestant.name);
                let mut command = (contestant.command)();
                for (variable, authority) in VARIABLES.into_iter().filter_map(|name| Some((name, authority?))) {
                    command.env(variable, authority);
                }
                measured.push(measure::run(&mut command)?);
            }
        }
    }
    Ok(())
}

/// The number of calls in the receipt of an output, or `None` if the output has no receipt.
fn calls_of(output: &Path) -> anyhow::Result<Option<u64>> {
    let receipt = PathBuf::from(format!("{}.receipt.json", output.display()));
    if !receipt.exists() {
        return Ok(None);
    }
    let receipt: serde_json::Value = serde_json::from_slice(&std::fs::read(receipt)?)?;
    Ok(receipt["calls"].as_u64())
}

/// Checks that every output has the same items.
fn compare<'o>(outputs: impl Iterator<Item = (&'o str, &'o PathBuf)>, args: &BenchArgs) -> anyhow::Result<()> {
    let mut first: Option<(&str, &PathBuf, u64)> = None;
    for (name, output) in outputs {
        let (rows, digest) = contestants::digest_of_bytes(output)?;
        ensure!(rows == args.devices, "{name} wrote {rows} of {} rows", args.devices);
        let Some((other, others, its)) = first else {
            first = Some((name, output, digest));
            continue;
        };
        // Programs may write the same items differently. Only the slower digest ignores that.
        if digest != its && contestants::digest_of_items(output)? != contestants::digest_of_items(others)? {
            bail!("{other} and {name} wrote different items");
        }
    }
    Ok(())
}

/// Returns a command whose output is discarded.
fn quiet(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("ENDSTATE_TOKEN", "bench");
    command
}
