//! Bounds on memory and time, whatever a server or a file sends. Memory is the peak of the process,
//! time that of the processor.

use std::fmt::Write as _;
use std::time::Duration;

use super::measured::measured;
use super::program::Program;
use super::server::{FixedServer, ok};

const MEBIBYTE: u64 = 1024 * 1024;

/// A pull without pacing.
fn pull<'a>(root: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let pull = ["pull", "--calls-per-minute", "0", "--calls-per-hour", "0", "--service-root", root];
    [&pull[..], more].concat()
}

#[test]
fn a_page_of_three_million_tiny_items_takes_little_memory_and_is_refused() {
    let program = Program::new();
    let page = format!("{{\"value\":[{}{{}}]}}", "{},".repeat(3_000_000));
    let server = FixedServer::pages(&[&page]);
    let used = measured(&mut program.command(&pull(&server.root, &["-o", "d.ndjson"])));
    assert_eq!(used.code, Some(1));
    let reason = "it has more than 10,000 items, of less than 32 bytes on average";
    assert!(used.stderr.contains(reason), "{}", used.stderr);
    assert!(used.memory < 64 * MEBIBYTE, "{} bytes for 9 MB", used.memory);
    assert_eq!(server.requests().len(), 1, "another attempt would end the same");
}

#[test]
fn a_page_takes_memory_in_proportion_to_its_bytes() {
    let program = Program::new();
    let items: Vec<_> = (0..300_000).map(|number| format!("{{\"id\":\"{number:023}\"}}")).collect();
    let page = format!("{{\"value\":[{}]}}", items.join(","));
    let server = FixedServer::pages(&[&page]);
    let used = measured(&mut program.command(&pull(&server.root, &["-o", "d.ndjson"])));
    assert_eq!(used.code, Some(0), "{}", used.stderr);
    let most = 24 * MEBIBYTE + page.len() as u64 * 10;
    assert!(used.memory < most, "{} bytes for {}", used.memory, page.len());
}

#[test]
fn long_links_are_not_kept() {
    let pages = 400;
    let links = |length: usize| {
        let server = FixedServer::start(|root| {
            let path = |number: usize| {
                let token = if number == 0 { String::new() } else { format!("?n={number}&x={}", "a".repeat(length)) };
                format!("/testwdatppreview/machinesecuritystates{token}")
            };
            let host = root.trim_end_matches("/testwdatppreview");
            let page = |number: usize| {
                let next = format!(",\"@odata.nextLink\":\"{host}{}\"", path(number + 1));
                let next = if number + 1 == pages { String::new() } else { next };
                let item = format!("{{\"id\":\"{number}\",\"propertiesRequireAttention\":[]}}");
                (path(number), ok(format!("{{\"value\":[{item}]{next}}}")))
            };
            (0..pages).map(page).collect()
        });

        let program = Program::new();
        let used = measured(&mut program.command(&pull(&server.root, &["-o", "d.ndjson"])));
        assert_eq!(used.code, Some(0), "{}", used.stderr);
        used.memory
    };
    let (short, long) = (links(10), links(50_000));
    // All of them would be 20 MB.
    assert!(long < short + 8 * MEBIBYTE, "{short} with short links, {long} with long ones");
}

/// Devices with values that no other device has.
fn distinct(devices: usize, members: impl Fn(usize) -> String) -> String {
    let mut rows = String::new();
    for number in 0..devices {
        writeln!(rows, "{{\"id\":\"{number:040x}\",{}}}", members(number)).unwrap();
    }
    rows
}

type Members = fn(usize) -> String;

/// Values of which each device could have its own.
const DISTINCT: [(&str, Members); 4] = [
    ("properties", |number| format!("\"build\":1,\"propertiesRequireAttention\":[\"P{number}\",\"Q{number}\"]")),
    ("builds", |number| format!("\"build\":{number},\"revision\":1,\"propertiesRequireAttention\":[\"FirewallOff\"]")),
    ("architectures", |number| format!("\"architecture\":\"A{number}\",\"propertiesRequireAttention\":[]")),
    ("tenants", |number| format!("\"tenant\":\"t{number}\",\"propertiesRequireAttention\":[\"FirewallOff\"]")),
];

/// Measures a number of things, and eight times as many. Squared, that would take 64 times as long.
/// A busy machine gets three chances.
pub(crate) fn assert_in_proportion(what: &str, number: usize, time: impl Fn(usize) -> Duration) {
    let measure = || (time(number), time(number * 8));
    let is_fine = |(few, many): (Duration, Duration)| many < few * 24 + Duration::from_millis(300);
    let mut measured = Vec::new();
    while measured.len() < 3 && !measured.last().copied().is_some_and(is_fine) {
        measured.push(measure());
    }
    assert!(measured.last().copied().is_some_and(is_fine), "{what}: {measured:?}");
}

#[test]
fn time_is_in_proportion_to_the_devices_however_much_they_differ() {
    let program = Program::new();
    let time = |name: &str, devices: usize, members: Members, arguments: &[&str]| {
        program.write("d.ndjson", &distinct(devices, members));
        let used = measured(&mut program.command(arguments));
        assert_eq!(used.code, Some(0), "{name}: {}", used.stderr);
        used.time
    };

    for (name, members) in DISTINCT {
        for arguments in [
            &["triage", "d.ndjson"][..],
            &["triage", "d.ndjson", "--by", "release", "--format", "json"],
            &["triage", "d.ndjson", "--by", "combination", "--format", "csv"],
            &["triage", "d.ndjson", "--format", "prometheus"],
            &["triage", "d.ndjson", "--since", "d.ndjson"],
        ] {
            let times = |devices| time(name, devices, members, arguments);
            assert_in_proportion(&format!("{name}, {arguments:?}"), 1_000, times);
        }
    }
}

#[test]
fn one_device_with_many_properties_takes_time_in_proportion() {
    let program = Program::new();
    let time = |properties: usize| {
        let names: Vec<_> = (0..properties).map(|number| format!("\"P{}\"", number * 7919 % properties)).collect();
        program.write("d.ndjson", &format!("{{\"id\":\"a\",\"propertiesRequireAttention\":[{}]}}\n", names.join(",")));
        let used = measured(&mut program.command(&["triage", "d.ndjson", "--format", "prometheus"]));
        assert_eq!(used.code, Some(0), "{}", used.stderr);
        used.time
    };
    assert_in_proportion("properties", 5_000, time);
}

#[test]
fn a_value_of_a_megabyte_is_cut_for_people_and_whole_for_programs() {
    let program = Program::new();
    let value = "v".repeat(1_000_000);
    let item = format!("{{\"id\":\"a\",\"osVersion\":\"{value}\",\"propertiesRequireAttention\":[\"{value}\"]}}");
    program.write("d.ndjson", &format!("{item}\n"));
    for (arguments, most) in [
        (&["triage", "d.ndjson"][..], 5_000),
        (&["triage", "d.ndjson", "--format", "markdown"], 5_000),
        (&["triage", "d.ndjson", "--format", "json"], 6_000_000),
    ] {
        let shown = program.run(arguments).stdout.len();
        assert!(shown < most, "{arguments:?}: {shown}");
        assert_eq!(shown > 1_000_000, most > 1_000_000, "{arguments:?}: {shown}");
    }
    let server = FixedServer::pages(&[&format!("{{\"value\":[{item}]}}")]);
    let table = program.run(&pull(&server.root, &["--format", "table"]));
    assert!(table.stdout.len() < 5_000, "{}", table.stdout.len());
}

#[test]
fn a_table_for_people_has_a_thousand_rows_and_says_so() {
    let program = Program::new();
    let (_, members) = DISTINCT[0];
    program.write("d.ndjson", &distinct(2_000, members));
    let table = program.run(&["triage", "d.ndjson"]).stdout;
    assert!(table.contains("\n... and 3,001 more rows; --format csv and json have all\n"), "{table}");
    assert!(table.lines().count() < 1_050);
    assert_eq!(program.run(&["triage", "d.ndjson", "--format", "csv"]).stdout.lines().count(), 4_001);
}

#[test]
fn a_large_pull_is_continued_in_little_memory() {
    let program = Program::new();
    let items: Vec<_> = (0..200_000)
        .map(|number| {
            format!(
                "{{\"id\":\"{number:040x}\",\"osVersion\":\"{}\",\"propertiesRequireAttention\":[]}}",
                "v".repeat(100)
            )
        })
        .collect();
    let halves = items.split_at(items.len() - 1);
    let first = format!("{{\"value\":[{}],\"@odata.nextLink\":\"NEXT\"}}", halves.0.join(","));
    let last = format!("{{\"value\":[{}]}}", halves.1.join(","));
    let server = FixedServer::pages(&[&first, &last]);
    let stopped = program.run(&pull(&server.root, &["-o", "d.ndjson", "--max-pages", "1"]));
    assert_eq!(stopped.code, Some(4), "{}", stopped.stderr);

    let used = measured(&mut program.command(&pull(&server.root, &["-o", "d.ndjson", "--resume"])));
    assert_eq!(used.code, Some(0), "{}", used.stderr);
    let few = FixedServer::pages(&[&format!("{{\"value\":[{}]}}", items[..10_000].join(","))]);
    // A busy machine looks too seldom at a short run.
    let small = (0..3).map(|_| measured(&mut program.command(&pull(&few.root, &["-o", "few.ndjson"]))).memory);
    let small = small.max().unwrap();
    // The rows are 40 MB; what has to be known of them is 5 MB.
    let more = used.memory.saturating_sub(small);
    assert!(more < 14 * MEBIBYTE, "{more} more than {small}");
}
