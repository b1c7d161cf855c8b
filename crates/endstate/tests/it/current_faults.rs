//! Each of today's sources against every fault of today's APIs. A pull keeps every device, or says
//! that it is not complete.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use endstate_emulator::{CallLimits, DefenderFault, Emulator};
use serde_json::Value;

use super::program::{Program, TOKEN, run};
use super::server::RunningEmulator;

/// Source, faults, and the expected verdict.
const CASES: &[(&str, &str, &str)] = &[
    ("hunting", "preempted", "complete"),
    ("hunting", "preempted*forever", "failed"),
    ("hunting", "result-size*3", "complete"),
    ("hunting", "hunting-500", "complete"),
    ("hunting", "hunting-500*forever", "failed"),
    ("hunting", "hunting-502", "complete"),
    ("hunting", "row-limit=20", "truncated"),
    ("hunting", "missing-table", "failed"),
    ("hunting", "hunting-403", "failed"),
    ("assessments", "rows-apart", "complete"),
    ("assessments", "lost-page", "complete"),
    ("assessments", "machines-403", "failed"),
    ("assessments", "machines-404", "truncated"),
    ("export", "expired-url", "complete"),
    ("export", "expired-url*forever", "link_expired"),
    ("export", "cut-gzip", "complete"),
    ("export", "cut-gzip*forever", "page_lost"),
    ("export", "expired-url changed-generation", "complete"),
];

/// How a pull ended, and its rows.
struct Pulled {
    code: Option<i32>,
    stderr: String,
    receipt: Value,
    rows: String,
}

/// Pulls from an emulator of 250 devices.
fn pull(source: &str, faults: &[DefenderFault]) -> Pulled {
    let builder = Emulator::builder().devices(250).limits(CallLimits::NONE).defender_faults(faults.iter().cloned());
    let emulator = RunningEmulator::start(builder);
    let roots = [
        ("ENDSTATE_SERVICE_ROOT", emulator.root()),
        ("ENDSTATE_DEFENDER_ROOT", emulator.emulator.defender_root()),
        ("ENDSTATE_GRAPH_ROOT", emulator.emulator.graph_root()),
        ("ENDSTATE_TOKEN", TOKEN.to_owned()),
    ];

    let program = Program::new();
    let limits = ["--retries", "2", "--retry-delay", "0.01", "--calls-per-minute", "0", "--calls-per-hour", "0"];
    let output = ["-o", "d.ndjson", "--receipt", "receipt.json", "--page-size", "2000"];
    let arguments = ["pull", "-vvvv", "--source", source];
    let ran = run(program.command(&[&arguments[..], &output, &limits].concat()).envs(roots));
    assert_eq!(emulator.emulator.unused_faults(), Vec::<String>::new(), "{source} {faults:?}: {}", ran.stderr);

    let rows = match ran.code {
        Some(0) => program.read("d.ndjson"),
        Some(4) => program.read("d.ndjson.partial"),
        _ => String::new(),
    };
    assert!(!rows.contains(TOKEN) && !ran.stderr.contains(TOKEN), "the token is in an output: {}", ran.stderr);
    let receipt = serde_json::from_str(&program.read("receipt.json")).unwrap();
    Pulled { code: ran.code, stderr: ran.stderr, receipt, rows }
}

/// Runs one case, and returns its row of the table. A complete pull has every device.
fn row(source: &str, fault: &str, expected: &str, devices: usize) -> String {
    let faults: Vec<_> = fault.split(' ').map(|fault| fault.parse().unwrap()).collect();
    let Pulled { code, stderr, receipt, rows } = pull(source, &faults);
    let context = format!("{source} {fault}: {stderr}");

    let outcome = receipt["outcome"].as_str().unwrap();
    let verdict = if outcome == "incomplete" { receipt["reason"].as_str().unwrap() } else { outcome };
    let expected_code = match outcome {
        "complete" => 0,
        "incomplete" => 4,
        _ => 1,
    };
    assert_eq!((verdict, code), (expected, Some(expected_code)), "{context}");

    let kept = rows.lines().count();
    assert!(expected != "complete" || kept == devices, "complete without all devices: {context}");
    let not_assessed = receipt["not_assessed"].as_u64().unwrap_or_default();
    format!("| `{fault}` | {source} | {expected_code} | {verdict} | {kept} | {not_assessed} |")
}

#[test]
fn every_fault_of_todays_apis_keeps_all_devices_or_says_so() {
    for name in DefenderFault::names() {
        assert!(CASES.iter().any(|(_, fault, _)| fault.contains(name)), "{name} has no case");
    }

    let mut table =
        "| fault | source | exit | verdict | rows kept | not assessed |\n|---|---|---|---|---|---|\n".to_owned();
    // Hunting has only devices that were seen within 30 days, so the sources differ.
    let devices: BTreeMap<_, _> =
        ["hunting", "assessments", "export"].map(|source| (source, pull(source, &[]).rows.lines().count())).into();
    for (source, fault, expected) in CASES {
        writeln!(table, "{}", row(source, fault, expected, devices[source])).unwrap();
    }

    let document = include_str!("../../../../docs/reliability.md");
    assert!(document.contains(&table), "docs/reliability.md has a different table; replace it with this one:\n{table}");
}
