//! Measures triage, missing updates and the differences of files from two days.

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
    let commands: [(&str, Vec<&str>); 5] = [
        ("triage", vec!["triage", &new]),
        ("triage --where", vec!["triage", &new, "--where", "build lt 19045 and property has any"]),
        ("triage --since", vec!["triage", &new, "--since", &old]),
        ("updates", vec!["updates", &new, &kbinfo, &cvekbmap]),
        ("diff", vec!["diff", &old, &new]),
    ];

    let mut rows = Vec::new();
    for (name, arguments) in commands {
        if args.only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            eprintln!("{name}");
            let runs = (0..args.rounds.max(1)).map(|_| measure::run(&mut quiet(&programs.endstate, &arguments)));
            rows.push(Row { name: format!("endstate {name}"), runs: runs.collect::<Result<_, _>>()?, calls: None });
        }
    }

    let bytes = std::fs::metadata(&files[1])?.len();
    let title = format!("{} devices from an NDJSON file ({} MB)", args.devices, bytes / 1_000_000);
    Ok(Table { title, rows, devices: args.devices, yardsticks: &[] })
}
