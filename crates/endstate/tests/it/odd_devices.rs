//! Devices that are odd, and still devices: what can be read of them counts, and what cannot is not
//! known.

use std::collections::HashMap;

use super::program::{Program, steady};
use super::server::{FixedServer, ok};

/// Devices of which something is odd, and one healthy one.
const ITEMS: [&str; 6] = [
    r#"{"id":"a1","build":"14393","revision":2485.0,"propertiesRequireAttention":["FirewallOff"]}"#,
    r#"{"id":"a2","build":14393,"revision":-1,"architecture":"Amd64","propertiesRequireAttention":[]}"#,
    r#"{"id":"a3","build":14393,"revision":5,"propertiesRequireAttention":null}"#,
    r#"{"id":"a4","build":"x","revision":5,"propertiesRequireAttention":["FirewallOff",7]}"#,
    r#"{"id":"a5","build":14393,"revision":5,"propertiesRequireAttention":[]}"#,
    r#"{"id":"a6","build":14393,"build":14394,"osVersion":"\ud800","propertiesRequireAttention":[]}"#,
];

/// Pulls the items from a server to files of all formats.
fn pulled(program: &Program) {
    let server = FixedServer::pages(&[&format!("{{\"value\":[{}]}}", ITEMS.join(","))]);
    for name in ["odd.ndjson", "odd.json", "odd.csv"] {
        let ran = program.run(&["pull", "--service-root", &server.root, "-o", name]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

#[test]
fn odd_devices_count_with_what_can_be_read_of_them() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    pulled(&program);
    let ran = program.run(&["triage", "odd.ndjson", "--by", "build"]);
    insta::assert_snapshot!(ran.stdout, @"
    6 devices: 2 need attention (33.3 %), 3 OK, 1 not known; 3 items could be read only in part

    BUILD   DEVICES  NEED ATTENTION   SHARE
    14393         4               1  66.7 %
    (none)        2               1  33.3 %

    Most urgent first

    DEVICE  VERSION     ARCHITECTURE  REQUIRES ATTENTION
    a1      14393.2485  ?             FirewallOff
    a4      ?.5         ?             FirewallOff

    complete: all 6 devices (1 page; the service gave no count)
    pulled TIME, AGE ago
    ");
    insta::assert_snapshot!(ran.stderr, @r#"
    warning: line 2: cannot read revision, so it is not known: {"id":"a2","build":14393,"revision":-1,"architecture":"Amd64","propertiesRequireAttention":[]}
    warning: line 4: cannot read build and propertiesRequireAttention, so they are not known: {"id":"a4","build":"x","revision":5,"propertiesRequireAttention":["FirewallOff",7]}
    warning: line 6: cannot read build and osVersion, so they are not known: {"id":"a6","build":14393,"build":14394,"osVersion":"\ud800","propertiesRequireAttention":[]}
    "#);
}

#[test]
fn odd_devices_are_the_same_from_every_format() {
    let program = Program::new();
    pulled(&program);
    insta::assert_snapshot!(program.read("odd.csv"), @r#"
    id,build,revision,architecture,osVersion,propertiesRequireAttention
    a1,14393,2485,,,FirewallOff
    a2,14393,'-1,Amd64,,
    a3,14393,5,,,null
    a4,x,5,,,"[""FirewallOff"",7]"
    a5,14393,5,,,
    a6,14393 / 14394,,,"""\ud800""",
    "#);
    // Without the line that says how old the file is.
    let triaged = |name: &str| {
        let shown = program.run(&["triage", name]).stdout;
        shown.lines().filter(|line| !line.starts_with("pulled ")).collect::<Vec<_>>().join("\n")
    };
    for by in ["odd.json", "odd.csv"] {
        assert_eq!(triaged(by), triaged("odd.ndjson"), "{by}");
    }
}

#[test]
fn a_check_over_devices_that_are_not_known_does_not_pass() {
    let program = Program::new();
    let check = |items: &[&str], arguments: &[&str]| {
        program.write("odd.ndjson", &(items.join("\n") + "\n"));
        program.run(&[&["triage", "odd.ndjson", "--fail-on", "any:50%"], arguments].concat()).stdout
    };
    let unknown = |items: &[&str]| {
        let checked = check(items, &[]);
        ["known ", "readable "].map(|name| checked.lines().any(|line| line.starts_with(name)))
    };
    assert_eq!(unknown(&ITEMS[2..3]), [true, false], "a list that is null");
    assert_eq!(unknown(&ITEMS[3..4]), [true, true], "a list that can be read in part");
    assert_eq!(unknown(&ITEMS[1..2]), [false, true], "a revision that cannot be read");
    assert_eq!(unknown(&ITEMS[4..5]), [false, false], "a healthy device");
    assert!(check(&ITEMS[2..3], &["--allow-unknown"]).contains("passed"));
}

#[test]
fn an_odd_device_is_neither_new_nor_gone_nor_resolved() {
    let program = Program::new();
    program.write(
        "old.ndjson",
        "{\"id\":\"a1\",\"build\":1,\"revision\":1,\"propertiesRequireAttention\":[\"FirewallOff\"]}\n",
    );
    program.write("new.ndjson", "{\"id\":\"a1\",\"build\":[],\"revision\":1}\n");
    let ran = program.run(&["diff", "old.ndjson", "new.ndjson"]);
    insta::assert_snapshot!(ran.stdout, @"
    Before: 1 device (old.ndjson). After: 1. 0 added, 0 not seen
    0 newly need attention, 0 resolved, 0 unchanged
    0 devices updated, 1 moved to another build, 0 downgraded
    cannot tell all changes of 1 device: their properties are not known

    Moves to another build

    FROM     TO      DEVICES
    build 1  (none)        1

    Devices, most new properties first

    DEVICE  CHANGE   VERSION     NEW  RESOLVED  PERSISTING
    a1      changed  1.1 -> ?.1

    completeness unknown: no receipt beside the file (1 row) from old.ndjson
    completeness unknown: no receipt beside the file (1 row) from new.ndjson
    ");
}

#[test]
fn of_two_records_of_a_device_the_one_that_was_seen_last_counts() {
    let program = Program::new();
    let record = |name: &str, day: u32| {
        format!("{{\"id\":\"a1\",\"computerDnsName\":\"{name}\",\"lastSeen\":\"2026-11-{day:02}T00:00:00Z\"}}")
    };
    // On two pages, because it changed while the pages were read.
    let server = FixedServer::start(|root| {
        let next = format!("{root}/machines?$skiptoken=2");
        let answer = |path: &str, body: String| (format!("/testwdatppreview/{path}"), ok(body));
        HashMap::from([
            answer(
                "machinesecuritystates",
                "{\"value\":[{\"id\":\"a1\",\"propertiesRequireAttention\":[]}]}".to_owned(),
            ),
            answer("machines", format!("{{\"@odata.nextLink\":\"{next}\",\"value\":[{}]}}", record("old", 1))),
            answer("machines?$skiptoken=2", format!("{{\"value\":[{}]}}", record("new", 2))),
        ])
    });
    let ran = program.run(&["list", "--service-root", &server.root, "--format", "csv", "--columns", "id,name"]);
    assert_eq!(ran.stdout, "id,name\na1,new\n", "{}", ran.stderr);
}
