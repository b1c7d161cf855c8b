//! The program against every fault of the emulator. Each pull ends complete with all rows, or with
//! the right exit code and every row that was served.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use endstate_emulator::{CallLimits, Emulator, Fault};

use super::program::{Program, TOKEN};
use super::server::RunningEmulator;

/// The number of devices in the fleet, served in pages of 50.
const DEVICES: u64 = 250;

/// Faults, further arguments, and the expected outcome of the pull.
const CASES: &[(&str, &[&str], &str)] = &[
    ("throttled=1", &[], "complete"),
    ("throttled*2=0.05", &[], "complete"),
    ("throttled=date", &[], "complete"),
    ("throttled=none", &[], "complete"),
    ("throttled@3*forever=0.01", &[], "page_lost"),
    ("throttled=9999", &[], "page_lost"),
    ("status=500", &[], "complete"),
    ("status=502", &[], "complete"),
    ("status@1=503", &[], "complete"),
    ("status=504", &[], "complete"),
    ("status@3*forever=503", &[], "page_lost"),
    ("status@1*forever=500", &[], "failed"),
    ("unauthorized", &[], "complete"),
    ("unauthorized*forever", &[], "page_lost"),
    ("forbidden", &[], "page_lost"),
    ("forbidden@1", &[], "failed"),
    ("refused", &["--retry-delay", "0.5"], "complete"),
    ("refused@1", &["--retry-delay", "0.5"], "complete"),
    ("reset-before-head", &[], "complete"),
    ("reset-before-head*forever", &[], "page_lost"),
    ("reset-in-body", &[], "complete"),
    ("reset-in-body*forever", &[], "page_lost"),
    ("stalled", &[], "complete"),
    ("stalled*forever", &["--retries", "1"], "page_lost"),
    ("drip", &[], "complete"),
    ("late", &[], "complete"),
    ("short-body", &[], "complete"),
    ("cut-json", &[], "complete"),
    ("cut-json*forever", &[], "page_lost"),
    ("in-stream-error", &[], "complete"),
    ("in-stream-error*forever", &[], "page_lost"),
    ("html", &[], "page_lost"),
    ("html@1", &[], "failed"),
    ("invalid-utf8", &[], "complete"),
    ("invalid-utf8*forever", &[], "page_lost"),
    ("endless", &[], "page_lost"),
    ("gzip-bomb=4", &[], "page_lost"),
    ("empty-page", &[], "complete"),
    ("repeated-link", &[], "cycle"),
    ("cycle", &[], "cycle"),
    ("growing-links", &[], "runaway"),
    ("missing-link", &[], "truncated"),
    ("overlap", &[], "complete"),
    ("overlap=30", &[], "complete"),
    ("conflict", &[], "complete"),
    ("foreign-link", &[], "link_refused"),
    ("look-alike-link", &[], "link_refused"),
    ("userinfo-link", &[], "link_refused"),
    ("plain-http-link", &[], "link_refused"),
    ("redirect", &[], "page_lost"),
    ("redirect@1", &[], "failed"),
    ("expired", &[], "link_expired"),
    ("expired=404", &[], "link_expired"),
    ("not-found", &[], "failed"),
    ("not-found", &["--empty-on-404"], "complete"),
    ("link-last", &[], "complete"),
    ("bad-item", &[], "complete"),
    ("unknown-values", &[], "complete"),
    ("nested-link", &[], "partial_item"),
    ("escaped-nested-link", &[], "partial_item"),
    ("two-links", &[], "complete"),
    ("two-links*forever", &[], "page_lost"),
    ("two-counts*forever", &[], "page_lost"),
    ("two-lists", &[], "complete"),
    ("two-lists*forever", &[], "page_lost"),
    ("spelled-count", &[], "complete"),
    ("spelled-count missing-link", &[], "truncated"),
    ("odd-items", &[], "complete"),
    ("tiny-items", &[], "page_lost"),
    ("gzip-members", &[], "complete"),
    ("echo", &[], "page_lost"),
    ("status@3=421", &[], "complete"),
    ("link-last overlap throttled@2=0.01 cut-json@3 reset-in-body@4 status@5=502", &[], "complete"),
];

/// The result of one run of a case.
struct Shown {
    row: String,
    kept: Vec<String>,
    elapsed: Duration,
}

/// Whether the pull requests pages while others still arrive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overlap {
    No,
    Yes,
}

fn run(faults: &str, more: &[&str], expected: &str, overlap: Overlap) -> Shown {
    let parsed: Vec<Fault> = faults.split(' ').map(|fault| fault.parse().unwrap()).collect();
    let builder = Emulator::builder().devices(DEVICES).page_size(50).limits(CallLimits::NONE).faults(parsed);
    let emulator = RunningEmulator::start(builder);
    let root = emulator.root();

    let program = Program::new();
    let arguments =
        ["pull", "-vvvv", "--service-root", &root, "-o", "d.ndjson", "--receipt", "receipt.json", "--timeout", "2"];
    let limits = ["--max-page-bytes", "1000000", "--retries", "2", "--retry-delay", "0.02"];
    let ahead = if overlap == Overlap::No { &["--ahead", "0"][..] } else { &[] };
    // A case's own arguments replace the limits of the same name.
    let limits: Vec<_> = limits.chunks(2).filter(|pair| !more.contains(&pair[0])).flatten().copied().collect();

    let started = Instant::now();
    let ran = program.run(&[&arguments[..], ahead, &limits, more].concat());
    let elapsed = started.elapsed();
    let context = format!("{faults} {}: {}", more.join(" "), ran.stderr);

    let receipt: serde_json::Value = serde_json::from_str(&program.read("receipt.json")).unwrap();
    let outcome = receipt["outcome"].as_str().unwrap();
    let verdict = if outcome == "incomplete" { receipt["reason"].as_str().unwrap() } else { outcome };
    assert_eq!(verdict, expected, "{context}");
    let (code, name) = match outcome {
        "complete" => (0, "d.ndjson"),
        "incomplete" => (4, "d.ndjson.partial"),
        _ => (1, ""),
    };
    assert_eq!(ran.code, Some(code), "{context}");

    let text = if name.is_empty() { String::new() } else { program.read(name) };
    let kept: Vec<String> = text.lines().map(identity).collect();
    let distinct: BTreeSet<_> = kept.iter().cloned().collect();
    assert_eq!(kept.len(), distinct.len(), "a row was written twice: {context}");

    let served = emulator.emulator.served();
    match overlap {
        Overlap::No => assert_eq!(distinct, served, "the kept rows are not the served rows: {context}"),
        // After a page that could not be fetched, later pages may have been served but not kept.
        Overlap::Yes => assert!(distinct.is_subset(&served), "a row that was never served was kept: {context}"),
    }

    if expected == "complete" && faults != "not-found" {
        let fleet: BTreeSet<_> = (0..DEVICES).map(|at| emulator.emulator.fleet().device(at).id.to_string()).collect();
        assert!(distinct.is_superset(&fleet), "complete without all devices: {context}");
    }
    assert_no_secret(&program, &ran.stdout, &ran.stderr);

    let calls = emulator.emulator.calls();
    let shown = [faults, more.join(" ").as_str()].join(" ");
    Shown {
        row: format!("| `{}` | {code} | {verdict} | {} | {} | {calls} |", shown.trim(), served.len(), kept.len()),
        kept,
        elapsed,
    }
}

/// The key of a row: its id, or its JSON if it has no id.
fn identity(line: &str) -> String {
    let item: serde_json::Value = serde_json::from_str(line).unwrap();
    item["id"].as_str().map_or_else(|| line.to_owned(), ToOwned::to_owned)
}

/// The prefix of every skip token of the emulator: the first six bytes of a position below 65,536,
/// in Base64.
const SKIP_TOKEN: &str = "AAAAAAAA";

/// Checks that no output contains the token or the query of a link. Only the checkpoint has the
/// continuation, which is its purpose.
fn assert_no_secret(program: &Program, stdout: &str, stderr: &str) {
    for name in program.files() {
        let text = program.read(&name);
        assert!(!text.contains(TOKEN), "the token is in {name}");
        assert!(
            name.ends_with(".checkpoint.json") || !(text.contains("skiptoken") || text.contains(SKIP_TOKEN)),
            "a skip token is in {name}"
        );
    }
    for text in [stdout, stderr] {
        assert!(
            !text.contains(TOKEN)
                && !text.contains("skiptoken")
                && !text.contains(SKIP_TOKEN)
                && !text.contains("stolen"),
            "{text}"
        );
    }
}

#[test]
fn every_fault_ends_complete_or_says_so_and_keeps_what_was_served() {
    for name in Fault::names() {
        assert!(CASES.iter().any(|(faults, _, _)| faults.starts_with(name)), "{name} has no case");
    }

    let next = AtomicUsize::new(0);
    let shown: Mutex<Vec<Option<Shown>>> = Mutex::new(CASES.iter().map(|_| None).collect());

    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((faults, more, expected)) = CASES.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = CASES.iter().position(|case| case == &(*faults, *more, *expected)).unwrap();
                    let result = run(faults, more, expected, Overlap::No);
                    let overlapping = run(faults, more, expected, Overlap::Yes);
                    assert_eq!(overlapping.kept, result.kept, "{faults} ends differently when pages overlap");
                    shown.lock().unwrap()[at] = Some(result);
                }
            });
        }
    });

    let mut table =
        "| fault | exit | verdict | rows served | rows kept | calls |\n|---|---|---|---|---|---|\n".to_owned();
    let mut timed = String::new();
    for shown in shown.into_inner().unwrap().into_iter().flatten() {
        writeln!(table, "{}", shown.row).unwrap();
        writeln!(timed, "{} {:.2}", shown.row, shown.elapsed.as_secs_f64()).unwrap();
        assert!(shown.elapsed < Duration::from_secs(20), "{} took {:?}", shown.row, shown.elapsed);
    }

    println!("| fault | exit | verdict | rows served | rows kept | calls | seconds\n{timed}");
    let document = include_str!("../../../../docs/reliability.md");
    assert!(document.contains(&table), "docs/reliability.md has a different table; replace it with this one:\n{table}");
}
