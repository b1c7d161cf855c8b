//! Measures triage, missing updates and the differences of files from two days.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::contestants::{is_installed, peer};
use super::measure::{self, Row, Table};
use super::scene::Scene;
use super::server::Delivery;
use super::{BenchArgs, Programs, quiet};

pub(super) fn run(args: &BenchArgs, programs: &Programs) -> anyhow::Result<Table> {
    let folder = programs.scratch.join("states");
    std::fs::create_dir_all(&folder)?;
    let files = [1, 2].map(|day| folder.join(format!("day{day}.ndjson")));
    for (file, day) in files.iter().zip(1..) {
        // The files that people compare have a receipt. A pull writes one; rendering does not.
        let scene = Scene::render(&programs.scratch, args.devices, args.page_size, day, args.order.into())?;
        let server = scene.serve(Delivery::default())?;
        let output = file.display().to_string();
        let mut command = quiet(&programs.endstate, &["pull", "-o", &output, "--service-root", &server.root()]);
        measure::run(command.args(["--calls-per-minute", "0", "--calls-per-hour", "0"]))?;
    }

    let siblings = ["kbinfo", "cvekbmap"].map(|name| folder.join(format!("{name}.ndjson")));
    for (name, file) in ["kbinfo", "cvekbmap"].iter().zip(&siblings) {
        let output = file.display().to_string();
        measure::run(&mut quiet(&programs.endstate, &["pull", "--demo", "--collection", name, "-o", &output]))?;
    }

    let [old, new] = files.each_ref().map(|file| file.display().to_string());
    let [kbinfo, cvekbmap] = siblings.each_ref().map(|file| file.display().to_string());
    // The same devices without a receipt, so a device may be in the file twice.
    let bare = folder.join("bare.ndjson");
    std::fs::remove_file(&bare)
        .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    std::fs::hard_link(&files[1], &bare)?;
    let bare = bare.display().to_string();
    let ours: [(&str, Vec<&str>); 9] = [
        ("triage", vec!["triage", &new]),
        ("triage, no receipt", vec!["triage", &bare]),
        ("triage --where", vec!["triage", &new, "--where", "build lt 19045 and property has any"]),
        ("list --format csv", vec!["list", &new, "--format", "csv"]),
        ("updates", vec!["updates", &new, &kbinfo, &cvekbmap]),
        ("triage --since", vec!["triage", &new, "--since", &old]),
        ("diff", vec!["diff", &old, &new]),
        ("diff --format csv", vec!["diff", &old, &new, "--format", "csv"]),
        ("diff --format json", vec!["diff", &old, &new, "--format", "json"]),
    ];
    let peers: [(&str, &str, Vec<&str>); 3] = [
        ("duckdb", "duckdb_triage.py", vec![&new]),
        ("polars", "polars_triage.py", vec![&new]),
        ("duckdb", "duckdb_diff.py", vec![&old, &new]),
    ];

    let mut commands: Vec<(String, Box<dyn Fn() -> Command>)> = Vec::new();
    for (name, arguments) in &ours {
        let command = move || quiet(&programs.endstate, arguments);
        commands.push((format!("endstate {name}"), Box::new(command)));
    }
    for (library, script, arguments) in &peers {
        if is_installed("python3", &["-c", &format!("import {library}")]) {
            let command = move || {
                let mut command = quiet(Path::new("python3"), &[]);
                command.arg(peer(script)).args(arguments);
                command
            };
            commands.push(((*script).to_owned(), Box::new(command)));
        }
    }
    commands.retain(|(name, _)| args.only.as_ref().is_none_or(|only| name.contains(only.as_str())));

    let mut rows: Vec<_> =
        commands.iter().map(|(name, _)| Row { name: name.clone(), runs: Vec::new(), calls: None }).collect();
    for round in 1..=args.rounds.max(1) {
        for ((name, command), row) in commands.iter().zip(&mut rows) {
            eprintln!("round {round}: {name}");
            row.runs.push(measure::run(&mut command())?);
        }
    }

    let bytes = std::fs::metadata(&files[1])?.len();
    let title = format!("{} devices from an NDJSON file ({} MB)", args.devices, bytes / 1_000_000);
    Ok(Table { title, rows, devices: args.devices, yardsticks: &["duckdb_triage"] })
}
