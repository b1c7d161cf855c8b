//! `cargo xtask bench history`: what the questions of a history take, beside another engine that
//! answers them from the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use endstate_emulator::DeviceOrder;
use serde_json::Value;

use super::contestants::{is_installed, peer};
use super::measure::{self, Measured, Row, Table};
use super::scene::Scene;
use super::server::Delivery;
use super::{BenchArgs, Programs, quiet};

pub(super) fn run(args: &BenchArgs, days: u32, programs: &Programs) -> anyhow::Result<Table> {
    let lake = Lake::fill(args, days, programs)?;
    let states = lake.folder.join("machinesecuritystates");
    let bytes = size(&states)?;
    eprintln!("{} bytes a pull", bytes / u64::from(days.max(1)));

    let folder = lake.folder.display().to_string();
    let mut commands: Vec<(String, Box<dyn Fn() -> Command + '_>)> = Vec::new();
    for question in ["resolved", "since", "trend"] {
        let arguments = ["history", question, &folder].map(ToOwned::to_owned);
        let command = move || quiet(&programs.endstate, &arguments.each_ref().map(String::as_str));
        commands.push((format!("endstate history {question}"), Box::new(command)));
    }
    if is_installed("python3", &["-c", "import duckdb"]) {
        for questions in ["trend-by-property", "first-seen", "resolved"] {
            let script = peer("duckdb_history.py").display().to_string();
            let arguments = [script, questions.to_owned(), states.display().to_string()];
            let command = move || quiet(Path::new("python3"), &arguments.each_ref().map(String::as_str));
            commands.push((format!("duckdb {questions}"), Box::new(command)));
        }
    }
    commands.retain(|(name, _)| args.only.as_ref().is_none_or(|only| name.contains(only.as_str())));

    let mut rows = vec![Row { name: "endstate history add".to_owned(), runs: lake.added, calls: None }];
    rows.retain(|row| !row.runs.is_empty());
    let begun = rows.len();
    rows.extend(commands.iter().map(|(name, _)| Row { name: name.clone(), runs: Vec::new(), calls: None }));
    for round in 1..=args.rounds.max(1) {
        for ((name, command), row) in commands.iter().zip(&mut rows[begun..]) {
            eprintln!("round {round}: {name}");
            row.runs.push(measure::run(&mut command())?);
        }
    }
    let title = format!("{days} pulls of {} devices in a history of {} MB", args.devices, bytes / 1_000_000);
    Ok(Table { title, rows, devices: args.devices * u64::from(days), yardsticks: &["history resolved"] })
}

/// A history, and what adding each of its pulls took, if this run added them.
struct Lake {
    folder: PathBuf,
    added: Vec<Measured>,
}

impl Lake {
    /// Pulls each day of a fleet, and adds it, unless an earlier run already did.
    fn fill(args: &BenchArgs, days: u32, programs: &Programs) -> anyhow::Result<Self> {
        let order: DeviceOrder = args.order.into();
        let folder = programs.scratch.join(format!("history-{}-{days}-{order:?}", args.devices));
        let done = folder.join("done");
        if done.exists() {
            return Ok(Self { folder, added: Vec::new() });
        }

        fs::create_dir_all(&folder)?;
        let file = folder.join("day.ndjson");
        let mut added = Vec::new();
        for day in 1..=days {
            let scene = Scene::render(&programs.scratch, args.devices, args.page_size, day, order)?;
            let server = scene.serve(Delivery::default())?;
            let mut pull = quiet(&programs.endstate, &["pull", "--service-root", &server.root(), "-o"]);
            measure::run(pull.arg(&file).args(["--calls-per-minute", "0", "--calls-per-hour", "0"]))?;
            drop(server);
            fs::remove_dir_all(&scene.folder)?;
            date(&file, day)?;
            let mut add = quiet(&programs.endstate, &["history", "add"]);
            added.push(measure::run(add.arg(&folder).arg(&file))?);
        }
        fs::remove_file(&file)?;
        fs::write(&done, "")?;
        Ok(Self { folder, added })
    }
}

/// Gives a pull the day on which it would have been.
fn date(file: &Path, day: u32) -> anyhow::Result<()> {
    let path = PathBuf::from(format!("{}.receipt.json", file.display()));
    let mut receipt: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let moment = jiff::Timestamp::from_second(1_790_000_000 + i64::from(day) * 86_400)?;
    receipt["started_at"] = moment.to_string().into();
    receipt["tenant"] = "bench".into();
    // Every day has another server, and a tenant has one service.
    fs::write(&path, receipt.to_string()).with_context(|| path.display().to_string())
}

/// The bytes of all Parquet files of a table.
fn size(table: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for tenant in fs::read_dir(table)? {
        let tenant = tenant?.path();
        if tenant.file_name().is_none_or(|name| name == "_delta_log") {
            continue;
        }
        for day in fs::read_dir(tenant)? {
            for file in fs::read_dir(day?.path())? {
                bytes += file?.metadata()?.len();
            }
        }
    }
    Ok(bytes)
}
