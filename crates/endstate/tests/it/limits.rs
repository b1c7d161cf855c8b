//! The limits of a pull: the page size that it requests, and where it stops.

use endstate_emulator::Emulator;

use super::program::Program;
use super::pull::pull;
use super::server::{FixedServer, RunningEmulator};

#[test]
fn the_preferred_page_size_is_requested() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    pull(&program, &emulator.root(), &["-o", "d.ndjson", "--page-size", "37"]);
    assert!(program.read("d.ndjson.receipt.json").contains("\"pages\": 12,"));
}

#[test]
fn each_limit_holds_at_its_edge() {
    let emulator = RunningEmulator::start(Emulator::builder().faults(["drip@1=0.03".parse().unwrap()]));
    let body = r#"{"value":[{"id":"a"}]}"#;
    let small = FixedServer::pages(&[body]);
    let (exact, one_less) = (body.len().to_string(), (body.len() - 1).to_string());
    let program = Program::new();
    for (root, limit, below, at) in [
        (emulator.root(), "--max-pages", "4", "5"),
        (emulator.root(), "--max-items", "443", "444"),
        // The first page arrives in six pieces, each after a pause of 0.03 s.
        (emulator.root(), "--timeout", "0.1", "5"),
        (small.root.clone(), "--max-page-bytes", one_less.as_str(), exact.as_str()),
    ] {
        let run = |value| pull(&program, &root, &[limit, value, "--retries", "0"]).code.unwrap();
        assert!([1, 4].contains(&run(below)), "{limit} {below}");
        assert_eq!(run(at), 0, "{limit} {at}");
    }
}
