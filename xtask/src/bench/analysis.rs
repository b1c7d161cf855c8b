//! Measures what commands make of files, beside other programs that read the same files.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::contestants::{is_installed, peer};
use super::measure::{self, Row, Table};
use super::scene::Scene;
use super::server::Delivery;
use super::{BenchArgs, Programs, quiet};

/// The files that commands read.
struct Files {
    older: String,
    newer: String,
    /// The newer one without a receipt, so a device may be in it twice.
    bare: String,
    gzip: String,
    zstandard: String,
    kbinfo: String,
    cvekbmap: String,
}

impl Files {
    /// Pulls the files. The ones that people compare have a receipt, which only a pull writes.
    fn pull(args: &BenchArgs, programs: &Programs) -> anyhow::Result<Self> {
        let folder = programs.scratch.join("states");
        std::fs::create_dir_all(&folder)?;
        let path = |name: &str| folder.join(name).display().to_string();
        let files = Self {
            older: path("day1.ndjson"),
            newer: path("day2.ndjson"),
            bare: path("bare.ndjson"),
            gzip: path("day2.ndjson.gz"),
            zstandard: path("day2.ndjson.zst"),
            kbinfo: path("kbinfo.ndjson"),
            cvekbmap: path("cvekbmap.ndjson"),
        };

        for (file, day) in [(&files.older, 1), (&files.newer, 2), (&files.gzip, 2), (&files.zstandard, 2)] {
            let scene = Scene::render(&programs.scratch, args.devices, args.page_size, day, args.order.into())?;
            let server = scene.serve(Delivery::default())?;
            let mut command = quiet(&programs.endstate, &["pull", "-o", file, "--service-root", &server.root()]);
            measure::run(command.args(["--calls-per-minute", "0", "--calls-per-hour", "0"]))?;
        }
        for (name, file) in [("kbinfo", &files.kbinfo), ("cvekbmap", &files.cvekbmap)] {
            measure::run(&mut quiet(&programs.endstate, &["pull", "--demo", "--collection", name, "-o", file]))?;
        }
        std::fs::remove_file(&files.bare)
            .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        std::fs::hard_link(&files.newer, &files.bare)?;
        Ok(files)
    }

    /// Each command of endstate, by the name of its row.
    fn ours(&self) -> [(&'static str, Vec<&str>); 11] {
        let Self { older, newer, bare, gzip, zstandard, kbinfo, cvekbmap } = self;
        [
            ("triage", vec!["triage", newer]),
            ("triage, no receipt", vec!["triage", bare]),
            ("triage of gzip", vec!["triage", gzip]),
            ("triage of Zstandard", vec!["triage", zstandard]),
            ("triage --where", vec!["triage", newer, "--where", "build lt 19045 and property has any"]),
            ("list --format csv", vec!["list", newer, "--format", "csv"]),
            ("updates", vec!["updates", newer, kbinfo, cvekbmap]),
            ("triage --since", vec!["triage", newer, "--since", older]),
            ("diff", vec!["diff", older, newer]),
            ("diff --format csv", vec!["diff", older, newer, "--format", "csv"]),
            ("diff --format json", vec!["diff", older, newer, "--format", "json"]),
        ]
    }

    /// The programs of others that are installed: the name of the row, the program, and its
    /// arguments.
    fn peers(&self) -> Vec<(&'static str, &'static str, Vec<String>)> {
        let mut peers = Vec::new();
        for (library, script, files) in [
            ("duckdb", "duckdb_triage.py", vec![&self.newer]),
            ("polars", "polars_triage.py", vec![&self.newer]),
            ("duckdb", "duckdb_diff.py", vec![&self.older, &self.newer]),
        ] {
            if is_installed("python3", &["-c", &format!("import {library}")]) {
                let script_path = peer(script).display().to_string();
                peers.push((script, "python3", [script_path].into_iter().chain(files.into_iter().cloned()).collect()));
            }
        }
        for (name, program, file) in [("gzip -dc", "gzip", &self.gzip), ("zstd -dc", "zstd", &self.zstandard)] {
            if is_installed(program, &["--version"]) {
                peers.push((name, program, vec!["-dc".to_owned(), file.clone()]));
            }
        }
        peers
    }
}

pub(super) fn run(args: &BenchArgs, programs: &Programs) -> anyhow::Result<Table> {
    let files = Files::pull(args, programs)?;
    let mut commands: Vec<(String, Box<dyn Fn() -> Command + '_>)> = Vec::new();
    for (name, arguments) in files.ours() {
        commands.push((format!("endstate {name}"), Box::new(move || quiet(&programs.endstate, &arguments))));
    }
    for (name, program, arguments) in files.peers() {
        let command = move || {
            let mut command = quiet(Path::new(program), &[]);
            command.args(&arguments);
            command
        };
        commands.push((name.to_owned(), Box::new(command)));
    }
    commands.retain(|(name, _)| args.only.as_ref().is_none_or(|only| name.contains(only.as_str())));

    let row = |(name, _): &(String, _)| Row { name: name.clone(), runs: Vec::new(), calls: None };
    let mut rows: Vec<_> = commands.iter().map(row).collect();
    for round in 1..=args.rounds.max(1) {
        for ((name, command), row) in commands.iter().zip(&mut rows) {
            eprintln!("round {round}: {name}");
            row.runs.push(measure::run(&mut command())?);
        }
    }

    let bytes = std::fs::metadata(&files.newer)?.len();
    let title = format!("{} devices from an NDJSON file ({} MB)", args.devices, bytes / 1_000_000);
    Ok(Table { title, rows, devices: args.devices, yardsticks: &["duckdb_triage"] })
}
