//! `cargo xtask instructions`: counts the instructions of the hot paths and compares them with a
//! stored baseline.
//!
//! Valgrind counts them. It returns the same number on a busy machine as on an idle one.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, bail, ensure};
use clap::Args;
use endstate_emulator::DeviceOrder;

use crate::bench::scene::Scene;
use crate::bench::server::Delivery;
use crate::release_build;

/// What to do with the counts.
#[derive(Debug, Args)]
pub(crate) struct InstructionsArgs {
    /// Store the counts as the new baseline; give the reason in the commit message
    #[arg(long)]
    renew: bool,
}

/// Instructions per device, by hot path.
type Counts = BTreeMap<String, f64>;

const DEVICES: u64 = 10_000;

/// The largest accepted difference from the baseline, as a fraction of the baseline.
const TOLERANCE: f64 = 0.04;

pub(crate) fn run(args: &InstructionsArgs) -> anyhow::Result<ExitCode> {
    let counts = count()?;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    if args.renew {
        std::fs::write(&path, serde_json::to_string_pretty(&counts)? + "\n")?;
        println!("stored the counts as the new baseline");
    }
    let baseline: Counts = serde_json::from_str(&std::fs::read_to_string(&path)?).context("instructions.json")?;
    ensure!(
        baseline.keys().eq(counts.keys()),
        "instructions.json names other hot paths; to store a new baseline, run `cargo xtask instructions --renew`"
    );

    println!("{:24}{:>12}{:>12}{:>9}", "instructions per device", "baseline", "now", "change");
    let mut is_good = true;
    for (name, now) in &counts {
        let before = baseline[name];
        let change = now / before - 1.0;
        let mark = if change.abs() > TOLERANCE { "  <-- out of tolerance" } else { "" };
        is_good &= mark.is_empty();
        println!("{name:24}{before:>12.1}{now:>12.1}{:>8.1}%{mark}", change * 100.0);
    }

    if !is_good {
        println!("fix or explain a slowdown; to accept the new counts, run `cargo xtask instructions --renew`");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn count() -> anyhow::Result<Counts> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    for arguments in [
        &["--package", "endstate-odata", "--example", "read_page"][..],
        &["--package", "endstate-paging", "--features", "test-util", "--example", "replay_page"],
        &["--package", "endstate"],
    ] {
        release_build::build(&metadata, arguments)?;
    }
    let target = metadata.target_directory.into_std_path_buf();

    let scratch = target.join("bench");
    std::fs::create_dir_all(&scratch)?;
    let scene = Scene::render(&scratch, DEVICES, DEVICES, 1, DeviceOrder::Rising)?;
    let server = scene.serve(Delivery::default())?;
    let page = scene.folder.join("testwdatppreview").join("machinesecuritystates").display().to_string();
    let endstate = target.join("release").join("endstate");
    // A run with one device measures the fixed cost of a run.
    let one = Scene::render(&scratch, 1, 1, 1, DeviceOrder::Rising)?.serve(Delivery::default())?;
    let roots = [server.root(), one.root()];

    let mut paths: Vec<HotPath<'_>> = Vec::new();
    for (name, example, what) in [
        ("read a page", "read_page", "page"),
        ("read its members", "read_page", "members"),
        ("find the link", "read_page", "link"),
        ("pull, rising", "replay_page", "rising"),
        ("pull, shuffled", "replay_page", "shuffled"),
    ] {
        let program = target.join("release").join("examples").join(example);
        let page = &page;
        // The difference of two runs leaves out the startup. Finding a link takes so few
        // instructions that only many repetitions show a usable difference.
        let (few, many) = if what == "link" { (1000_u32, 2000_u32) } else { (1, 3) };
        let count = move || {
            let run = |times: u32| instructions(&program, &[page, &times.to_string(), what]);
            Ok((run(many)? - run(few)?) / f64::from(many - few))
        };
        paths.push((name.to_owned(), Box::new(count)));
    }

    let pulls = ["ndjson", "json", "csv"].map(|format| {
        let output = scratch.join(format!("counted.{format}")).display().to_string();
        (format!("pull to {format}"), ["pull", "--format", format, "-o", &output].map(ToOwned::to_owned).to_vec())
    });
    for (name, arguments) in pulls.into_iter().chain([("triage".to_owned(), vec!["triage".to_owned()])]) {
        let (endstate, roots) = (&endstate, &roots);
        let count = move || {
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let run = |root: &str| instructions(endstate, &[&arguments, &["--service-root", root][..]].concat());
            Ok(run(&roots[0])? - run(&roots[1])?)
        };
        paths.push((name, Box::new(count)));
    }
    count_all(paths)
}

/// A hot path: its name, and what counts its instructions.
type HotPath<'p> = (String, Box<dyn FnOnce() -> anyhow::Result<f64> + Send + 'p>);

/// Counts several hot paths at once, on every core. Each count is the same as if it were alone.
fn count_all(paths: Vec<HotPath<'_>>) -> anyhow::Result<Counts> {
    let (left, counts) = (Mutex::new(paths), Mutex::new(Vec::new()));
    let next = || left.lock().ok()?.pop();
    let work = || {
        while let Some((name, count)) = next() {
            let count = count();
            if let Ok(mut counts) = counts.lock() {
                counts.push((name, count));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(work);
        }
    });
    let counts = counts.into_inner().unwrap_or_default();
    counts.into_iter().map(|(name, count)| Ok((name, per_device(count?)))).collect()
}

fn per_device(instructions: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "10,000 fits exactly")]
    let devices = DEVICES as f64;
    (instructions / devices * 10.0).round() / 10.0
}

/// Counts the instructions of a run in user mode.
fn instructions(program: &Path, arguments: &[&str]) -> anyhow::Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(arguments);
    command.env("ENDSTATE_TOKEN", "bench").stdin(Stdio::null()).stdout(Stdio::null());

    let output = command.output().context("cannot run valgrind, which counts the instructions; install it")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed with {}:\n{said}", output.status);
    let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1));
    let Some(collected) = collected else { bail!("valgrind reported no instruction count:\n{said}") };
    Ok(collected.trim().parse()?)
}
