//! A pull of two thousand pages with a seeded mixture of faults: it ends complete, has every device
//! exactly once, and uses a constant amount of memory.

use std::time::Duration;

use endstate_emulator::{CallLimits, Emulator, Fault};

use super::measured::measured;
use super::program::Program;
use super::server::RunningEmulator;

const PAGES: u32 = 2000;
const PAGE_SIZE: u64 = 10;

/// Faults from which a pull recovers.
const MIXTURE: [&str; 20] = [
    "throttled=0.01",
    "throttled*2=0",
    "throttled=none",
    "status=500",
    "status=502",
    "status*2=503",
    "status=504",
    "unauthorized",
    "reset-before-head",
    "reset-in-body",
    "short-body",
    "cut-json",
    "in-stream-error",
    "invalid-utf8",
    "empty-page",
    "conflict",
    "drip=0.001",
    "unknown-values",
    "bad-item",
    "refused=0.02",
];

/// Faults on about every third page. A linear congruential generator chooses them, so they are the
/// same each time.
fn faults(seed: u32) -> Vec<Fault> {
    let mut state = seed;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut faults = vec!["link-last".parse().unwrap(), "overlap=2".parse().unwrap()];
    for page in 2..PAGES {
        if random(3) == 0 {
            let fault = MIXTURE[random(20) as usize];
            let place = fault.find(['*', '=']).unwrap_or(fault.len());
            let (name, rest) = fault.split_at(place);
            faults.push(format!("{name}@{page}{rest}").parse().unwrap());
        }
    }
    faults
}

#[test]
fn two_thousand_pages_with_faults_yield_every_device_exactly_once() {
    let faults = faults(7);
    assert_eq!(faults.len(), 677, "the same mixture each time");
    // Pages overlap by two of ten items, so each page adds eight devices.
    let devices = u64::from(PAGES) * (PAGE_SIZE - 2);
    let builder = Emulator::builder().devices(devices).page_size(PAGE_SIZE).limits(CallLimits::NONE).faults(faults);
    let emulator = RunningEmulator::start(builder);
    let program = Program::new();
    let root = emulator.root();

    let arguments = [
        "pull",
        "--service-root",
        &root,
        "-o",
        "d.ndjson",
        "--calls-per-minute",
        "0",
        "--calls-per-hour",
        "0",
        "--timeout",
        "5",
        "--retry-delay",
        "0.002",
        "--retries-per-pull",
        "5000",
    ];

    let used = measured(&mut program.command(&arguments));
    let last: Vec<_> = used.stderr.lines().rev().take(9).collect();
    assert_eq!(used.code, Some(0), "{}", last.join("\n"));

    let receipt: serde_json::Value = serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap();
    assert!(receipt["pages"].as_u64().unwrap() >= 2000, "{receipt}");
    assert!(receipt["retries"].as_u64().unwrap() > 300, "{receipt}");

    let fleet = emulator.emulator.fleet();
    let mut expected: Vec<_> = (0..devices).map(|at| fleet.device(at).id.to_string()).collect();
    let mut kept: Vec<_> = program
        .read("d.ndjson")
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().map(ToOwned::to_owned)
        })
        .collect();

    kept.sort();
    expected.sort();
    assert!(kept == expected, "{} of {} devices", kept.len(), expected.len());

    assert!(used.memory > 1_000_000 && used.memory < 64_000_000, "{} bytes", used.memory);
    // Without optimization, some 3 ms for each of two thousand pages and seven hundred retries.
    assert!(used.time < Duration::from_secs(30), "{:?}", used.time);
}
