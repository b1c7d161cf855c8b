//! Devices in any order are pulled whole, each once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

use endstate_emulator::{DeviceOrder, Emulator};

use super::program::{Program, interrupt, run};
use super::server::RunningEmulator;

#[test]
fn devices_in_any_order_are_pulled_whole_and_each_once() {
    let fleet = Emulator::builder().devices(12_000).page_size(1000);
    let pulled = |order| {
        let emulator = RunningEmulator::start(fleet.clone().order(order));
        let program = Program::new();
        let ran = program.run(&["pull", "--service-root", &emulator.root(), "-o", "d.ndjson"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let receipt = program.read("d.ndjson.receipt.json");
        assert!(receipt.contains("\"devices\": 12000,") && receipt.contains("\"duplicates\": 0,"), "{receipt}");
        program.read("d.ndjson").lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let [rising, shuffled, reversed] = [DeviceOrder::Rising, DeviceOrder::Shuffled, DeviceOrder::Reversed].map(pulled);

    assert!(rising.is_sorted() && reversed.is_sorted_by(|one, next| one > next) && !shuffled.is_sorted());
    let devices = |rows: &[String]| rows.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(devices(&rising).len(), 12_000);
    assert!(devices(&rising) == devices(&shuffled) && devices(&rising) == devices(&reversed));
}

#[test]
fn the_emulator_serves_its_devices_in_the_order_of_its_option() {
    let program = Program::new();
    let mut child = program.start(&["emulate", "--order", "reversed"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("SERVICE_ROOT")).unwrap();
    let arguments = ["pull", "--service-root", line.split_once('=').unwrap().1];
    let rows = run(program.command(&arguments).env("ENDSTATE_TOKEN", "emulated-token")).stdout;
    assert_eq!(rows.lines().count(), 444);
    assert!(rows.lines().is_sorted_by(|one, next| one > next));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let ran = program.run(&["emulate", "--order", "random"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("[possible values: rising, shuffled, reversed]"), "{}", ran.stderr);
}
