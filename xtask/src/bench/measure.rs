//! Measures the wall time, processor time and peak memory of a process, and prints them as a table.

use std::io;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};
use wait4::Wait4;

/// One run of a program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    wall: Duration,
    /// The time in user and kernel mode, on all cores.
    processor: Duration,
    /// The peak resident memory, in bytes.
    peak: u64,
}

/// Runs a program to its end. A failed program is an error. What it writes to a pipe is discarded.
pub(super) fn run(command: &mut Command) -> anyhow::Result<Measured> {
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let discarding = child.stdout.take().map(|mut pipe| thread::spawn(move || io::copy(&mut pipe, &mut io::sink())));
    let ended = child.wait4()?;
    let wall = begun.elapsed();
    discarding.map(JoinHandle::join);
    ensure!(ended.status.success(), "{command:?} failed with {}", ended.status);
    let usage = ended.rusage;
    Ok(Measured { wall, processor: usage.utime + usage.stime, peak: usage.maxrss })
}

/// The runs of a program.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) runs: Vec<Measured>,
    /// The number of requests per run, if the program made any.
    pub(super) calls: Option<u64>,
}

/// What was measured, with one row per program.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
    pub(super) devices: u64,
    /// The rows with which the other rows are compared.
    pub(super) yardsticks: &'static [&'static str],
}

impl Table {
    #[expect(clippy::cast_precision_loss, reason = "the figures are for people")]
    pub(super) fn print(&self) {
        println!("\n{}\n", self.title);

        let mut head =
            format!("{:28}{:>8}{:>8}{:>11}{:>10}{:>7}", "program", "wall s", "cpu s", "us/device", "peak MiB", "calls");
        for yardstick in self.yardsticks() {
            head = format!("{head}{:>25}", format!("x {}", yardstick.0));
        }
        println!("{head}");

        for Row { name, runs, calls } in &self.rows {
            let calls = calls.map_or_else(|| "-".to_owned(), |calls| calls.to_string());
            let wall = median(runs, |r| r.wall);
            let processor = median(runs, |r| r.processor);
            let peak = peak(runs);
            let mut line = format!(
                "{name:28}{:>8.3}{:>8.3}{:>11.3}{:>10.1}{calls:>7}",
                wall.as_secs_f64(),
                processor.as_secs_f64(),
                wall.as_secs_f64() * 1e6 / self.devices as f64,
                peak as f64 / (1024.0 * 1024.0),
            );
            for (_, of) in self.yardsticks() {
                line = format!("{line}{:>25.2}", wall.as_secs_f64() / of.as_secs_f64());
            }
            println!("{line}");
        }
    }

    pub(super) fn json(&self) -> anyhow::Result<String> {
        let row = |Row { name, runs, calls }: &Row| {
            let walls: Vec<_> = runs.iter().map(|run| run.wall.as_secs_f64()).collect();
            json!({
                "program": name,
                "wall_seconds": median(runs, |run| run.wall).as_secs_f64(),
                "wall_seconds_of_runs": walls,
                "processor_seconds": median(runs, |run| run.processor).as_secs_f64(),
                "peak_bytes": peak(runs),
                "calls": calls,
            })
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        Ok(serde_json::to_string_pretty(&json!({ "title": self.title, "devices": self.devices, "rows": rows }))?)
    }

    fn yardsticks(&self) -> impl Iterator<Item = (&str, Duration)> {
        self.yardsticks.iter().filter_map(|yardstick| {
            let row = self.rows.iter().find(|row| row.name.contains(yardstick))?;
            Some((row.name.as_str(), median(&row.runs, |run| run.wall)))
        })
    }
}

fn median(runs: &[Measured], of: impl Fn(&Measured) -> Duration) -> Duration {
    let mut values: Vec<_> = runs.iter().map(of).collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn peak(runs: &[Measured]) -> u64 {
    runs.iter().map(|run| run.peak).max().unwrap_or(0)
}
