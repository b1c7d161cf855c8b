//! `cargo xtask bench scale`: what a version of a history costs when it has the pulls of many
//! tenants over years. Only the log has them: the files that it names do not exist.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::measure::{self, Row, Table};
use super::{BenchArgs, Programs, quiet};

/// Pulls of so many days. The last are of today.
const DAYS: u64 = 1_096;

/// The time at which the pulls begin: 2023-11-24, in days since 1970.
const FIRST_DAY: i64 = 19_685;

pub(super) fn run(args: &BenchArgs, files: u64, programs: &Programs) -> anyhow::Result<Table> {
    let folder = programs.scratch.join(format!("scale-{files}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let lake = folder.join("lake");
    let mut number = 0;
    let mut add = || -> anyhow::Result<measure::Measured> {
        number += 1;
        let file = folder.join("pull.ndjson");
        measure::run(quiet(&programs.endstate, &["pull", "--demo", "-o"]).arg(&file))?;
        date(&file, number)?;
        measure::run(quiet(&programs.endstate, &["history", "add"]).arg(&lake).arg(&file))
    };

    let row = |name: &str, runs| Row { name: name.to_owned(), runs, calls: None };
    let first = row("add, one file", vec![add()?]);
    let log = lake.join("machinesecuritystates/_delta_log");
    let version = fs::read_dir(&log)?.count();
    fs::write(log.join(format!("{version:020}.json")), versions(&log, files)?)?;
    let without_checkpoint = row("add, without a checkpoint", vec![add()?]);
    // A checkpoint comes with each tenth version.
    for _ in version + 2..10 {
        add()?;
    }
    let checkpoint = row("add, writes a checkpoint", vec![add()?]);
    let mut runs = Vec::new();
    for _ in 0..args.rounds.clamp(1, 5) {
        runs.push(add()?);
    }
    let with_checkpoint = row("add, with a checkpoint", runs);
    let stored = format!("{}@bench@latest", lake.display());
    let mut runs = Vec::new();
    for _ in 0..args.rounds.max(1) {
        runs.push(measure::run(&mut quiet(&programs.endstate, &["triage", &stored]))?);
    }
    let triage = row("triage of one pull", runs);
    let bytes: u64 = fs::read_dir(&log)?.map(|file| Ok(file?.metadata()?.len())).sum::<anyhow::Result<u64>>()?;
    let title = format!("a table of {files} files, whose log has {} MB", bytes / 1_000_000);
    let rows = vec![first, without_checkpoint, checkpoint, with_checkpoint, triage];
    Ok(Table { title, rows, devices: files.max(1), yardsticks: &["add, one file"] })
}

/// Gives a pull the time and the tenant of a measurement.
fn date(file: &Path, number: i64) -> anyhow::Result<()> {
    let path = format!("{}.receipt.json", file.display());
    let mut receipt: Value = serde_json::from_slice(&fs::read(&path)?)?;
    receipt["started_at"] = jiff::Timestamp::from_second(1_795_500_000 + number * 60)?.to_string().into();
    receipt["tenant"] = "bench".into();
    fs::write(&path, receipt.to_string()).with_context(|| path.clone())
}

/// A version that adds so many files, each as the log has the first.
fn versions(log: &Path, files: u64) -> anyhow::Result<String> {
    let first = fs::read_to_string(log.join(format!("{:020}.json", 1)))?;
    let added = first.lines().find(|line| line.starts_with("{\"add\"")).context("no file was added")?;
    let mut added: Value = serde_json::from_str(added)?;
    let mut text = String::new();
    for number in 0..files {
        let (tenant, day) = (format!("tenant-{:04}", number / DAYS), i64::try_from(number % DAYS)?);
        let date = jiff::Timestamp::from_second((FIRST_DAY + day) * 86_400)?.strftime("%Y-%m-%d").to_string();
        let name = format!("{number:032x}-00000000-0000-4000-8000-{number:012x}.parquet");
        added["add"]["path"] = format!("tenant={tenant}/pulled_on={date}/{name}").into();
        added["add"]["partitionValues"] = json!({"tenant": tenant, "pulled_on": date});
        let transaction = json!({"txn": {"appId": format!("endstate/{number:032x}"), "version": 1}});
        writeln!(text, "{added}\n{transaction}")?;
    }
    Ok(text)
}
