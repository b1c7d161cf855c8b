//! `endstate pull`: what it writes, where it writes it, and when a file gets its final name.

use std::io::BufRead;
use std::time::Duration;

use endstate_emulator::{CallLimits, Emulator};

use super::program::{Program, Ran, steady};
use super::server::{FixedServer, RunningEmulator};

/// The documented page, with a link to the last page on the same server.
fn documented_pages() -> FixedServer {
    let link = "https://graph.microsoft.com/testwdatppreview/machinesecuritystates?$skiptoken=[continuation token]";
    let seed = testkit::SEED_PAGE.replace(link, "NEXT").replace("444", "3");
    FixedServer::pages(&[seed.as_str(), testkit::LAST_PAGE])
}

pub(crate) fn pull(program: &Program, root: &str, more: &[&str]) -> Ran {
    program.run(&[&["pull", "--service-root", root], more].concat())
}

#[test]
fn the_documented_devices_are_written_as_the_server_sent_them() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let server = documented_pages();
    let ran = pull(&program, &server.root, &["-o", "devices.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    insta::assert_snapshot!(program.read("devices.ndjson"), @r#"
    {"id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","build":14393,"revision":2485,"architecture":"Amd64","osVersion":"10.0.14393.2485.amd64fre.rs1_release.180827-1809","propertiesRequireAttention":["AntivirusNotReporting","EdrImpairedCommunications"]}
    {"id":"0001a0c2d4f6b8e0a1c3e5d7f9b1a3c5e7d9f0b2","build":17763,"revision":107,"architecture":"Arm64","osVersion":"10.0.17763.107.arm64fre.rs5_release.181029-1800","propertiesRequireAttention":[]}
    {"id":"0002ffeeddccbbaa99887766554433221100ffee","build":30000,"revision":1,"architecture":"RiscV","osVersion":"10.0.30000.1.riscvfre.zz_release.300101-0000","riskScore":"High","propertiesRequireAttention":["EdrSensorOff","AntivirusQuantumScanOff"]}
    "#);

    insta::assert_snapshot!(program.read("devices.ndjson.receipt.json"), @r#"
    {
      "outcome": "complete",
      "reason": null,
      "source": "http://HOST/testwdatppreview/machinesecuritystates",
      "states_from": "preview",
      "cloud": null,
      "profile": null,
      "tenant": null,
      "collection": "machinesecuritystates",
      "where": null,
      "output": "devices.ndjson",
      "pages": 2,
      "items": 3,
      "devices": 3,
      "not_assessed": null,
      "rows": 3,
      "duplicates": 0,
      "conflicts": 0,
      "conflict_ids": [],
      "invalid_items": 0,
      "partly_readable_items": 0,
      "undecided": 0,
      "partial_items": 0,
      "expected": 3,
      "calls": 2,
      "retries": 0,
      "throttled": 0,
      "retry_budget": {
        "retries_per_page": 6,
        "seconds_per_page": 600.0,
        "retries_per_pull": 100,
        "seconds_per_pull": 1800.0
      },
      "waited_ms": 0,
      "bytes": 1420,
      "started_at": "TIME",
      "elapsed_ms": "MILLISECONDS",
      "resumed_from_page": null,
      "version": "VERSION"
    }
    "#);

    insta::assert_snapshot!(ran.stderr, @"
    complete: all 3 devices (2 pages; matches the service's count)
      3 rows in devices.ndjson
      receipt in devices.ndjson.receipt.json
    ");
    assert_eq!(ran.stdout, "");
    assert_eq!(program.files(), ["devices.ndjson", "devices.ndjson.receipt.json"]);
}

#[test]
fn the_documented_page_is_kept_and_its_link_to_another_host_refused() {
    let _steady = steady().bind_to_scope();
    let (program, server) = (Program::new(), FixedServer::pages(&[testkit::SEED_PAGE]));
    let ran = pull(&program, &server.root, &["-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(4));
    assert_eq!(program.read("d.ndjson.partial").lines().count(), 1);
    insta::assert_snapshot!(ran.stderr, @"
    incomplete (link_refused): 1 of 444 devices (1 page)
      page 2: the link leads to https://graph.microsoft.com, but only http://HOST may receive the token
    hint: endstate sent nothing there, and kept what it had read. Do not sign in to that host. If Microsoft documents a new host for the collection, a newer version of endstate knows it (`endstate clouds`).
      1 row in d.ndjson.partial
      receipt in d.ndjson.receipt.json
    ");
}

#[test]
fn every_format_is_written_for_odd_states() {
    let _steady = steady().bind_to_scope();
    let formula = testkit::ODD_STATES.replace("Itanium", "=cmd()");
    let server = FixedServer::pages(&[formula.as_str()]);
    let program = Program::new();
    let written = |format| pull(&program, &server.root, &["--format", format]).stdout;

    insta::assert_snapshot!(written("ndjson"), @r#"
    {"id":"111111111111111111111111111111111111111a","build":14393,"revision":0,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":null}
    {"id":"111111111111111111111111111111111111111b","architecture":null}
    {"id":"121688558380765161_2136280442","build":17134,"revision":345,"architecture":"Amd64","osVersion":"","propertiesRequireAttention":"AntivirusOff, FirewallOff,,QuantumShieldOff"}
    {"id":"111111111111111111111111111111111111111C","build":18362,"revision":1,"architecture":"=cmd()","osVersion":"10.0.18362.1","propertiesRequireAttention":["QuantumShieldOff","BitLockerUnencryptedDrives",null,"EdrSensorOff","EdrSensorOff"]}
    {"build":1}
    {"id":"111111111111111111111111111111111111111e","build":"fourteen"}
    "#);

    insta::assert_snapshot!(written("json"), @r#"
    [
    {"id":"111111111111111111111111111111111111111a","build":14393,"revision":0,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":null},
    {"id":"111111111111111111111111111111111111111b","architecture":null},
    {"id":"121688558380765161_2136280442","build":17134,"revision":345,"architecture":"Amd64","osVersion":"","propertiesRequireAttention":"AntivirusOff, FirewallOff,,QuantumShieldOff"},
    {"id":"111111111111111111111111111111111111111C","build":18362,"revision":1,"architecture":"=cmd()","osVersion":"10.0.18362.1","propertiesRequireAttention":["QuantumShieldOff","BitLockerUnencryptedDrives",null,"EdrSensorOff","EdrSensorOff"]},
    {"build":1},
    {"id":"111111111111111111111111111111111111111e","build":"fourteen"}
    ]
    "#);

    insta::assert_snapshot!(written("csv"), @"
    id,build,revision,architecture,osVersion,propertiesRequireAttention
    111111111111111111111111111111111111111a,14393,0,Amd64,,null
    111111111111111111111111111111111111111b,,,,,null
    121688558380765161_2136280442,17134,345,Amd64,,AntivirusOff;FirewallOff;QuantumShieldOff
    111111111111111111111111111111111111111C,18362,1,'=cmd(),10.0.18362.1,EdrSensorOff;BitLockerUnencryptedDrives;QuantumShieldOff
    ,1,,,,null
    111111111111111111111111111111111111111e,fourteen,,,,null
    ");

    insta::assert_snapshot!(written("table"), @r#"
    ID                                        BUILD      REVISION   ARCHITECTURE  OS VERSION                                            PROPERTIES REQUIRE ATTENTION
    111111111111111111111111111111111111111a  14393      0          Amd64                                                               (not known)
    111111111111111111111111111111111111111b                                                                                            (not known)
    121688558380765161_2136280442             17134      345        Amd64                                                               AntivirusOff FirewallOff QuantumShieldOff
    111111111111111111111111111111111111111C  18362      1          =cmd()        10.0.18362.1                                          EdrSensorOff BitLockerUnencryptedDrives QuantumShieldOff
    (not a device state)                      {"build":1}
    111111111111111111111111111111111111111e                                                                                            (not known)
    "#);

    let whole: Vec<serde_json::Value> = serde_json::from_str(&written("json")).unwrap();
    assert_eq!(whole.len(), 6, "an item that is not a device state is written too");
}

#[test]
fn the_file_extension_sets_the_format_unless_an_option_does() {
    let program = Program::new();
    for (name, beginning) in
        [("a.csv", "id,build"), ("a.json", "[\n{"), ("a.ndjson", "{\"id\""), ("a", "{\"id\""), ("a.txt", "ID  ")]
    {
        assert_eq!(program.run(&["pull", "--demo", "-o", name]).code, Some(0));
        assert!(program.read(name).starts_with(beginning), "{name}");
    }
    program.run(&["pull", "--demo", "-o", "b.csv", "--format", "ndjson"]);
    assert!(program.read("b.csv").starts_with("{\"id\""));
}

#[test]
fn an_empty_collection_is_written_whole_in_every_format() {
    let server = FixedServer::pages(&[r#"{"@odata.count":0,"value":[]}"#]);
    let program = Program::new();
    for (name, text) in [
        ("a.ndjson", ""),
        ("a.json", "[]\n"),
        ("a.csv", "id,build,revision,architecture,osVersion,propertiesRequireAttention\n"),
    ] {
        program.write(name, "yesterday");
        assert_eq!(pull(&program, &server.root, &["-o", name]).code, Some(0));
        assert_eq!(program.read(name), text, "{name}");
    }
}

#[test]
fn an_incomplete_pull_stays_partial_and_leaves_yesterdays_file_alone() {
    let _steady = steady().bind_to_scope();
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    program.write("d.ndjson", "yesterday\n");

    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-pages", "2"]);
    assert_eq!(ran.code, Some(4));
    assert_eq!(program.read("d.ndjson"), "yesterday\n");
    assert_eq!(program.read("d.ndjson.partial").lines().count(), 200);

    insta::assert_snapshot!(program.read("d.ndjson.receipt.json"), @r#"
    {
      "outcome": "incomplete",
      "reason": "limit",
      "source": "http://HOST/testwdatppreview/machinesecuritystates",
      "states_from": "preview",
      "cloud": null,
      "profile": null,
      "tenant": null,
      "collection": "machinesecuritystates",
      "where": null,
      "output": "d.ndjson.partial",
      "pages": 2,
      "items": 200,
      "devices": 200,
      "not_assessed": null,
      "rows": 200,
      "duplicates": 0,
      "conflicts": 0,
      "conflict_ids": [],
      "invalid_items": 0,
      "partly_readable_items": 0,
      "undecided": 0,
      "partial_items": 0,
      "expected": 444,
      "calls": 2,
      "retries": 0,
      "throttled": 0,
      "retry_budget": {
        "retries_per_page": 6,
        "seconds_per_page": 600.0,
        "retries_per_pull": 100,
        "seconds_per_pull": 1800.0
      },
      "waited_ms": 0,
      "bytes": 44710,
      "started_at": "TIME",
      "elapsed_ms": "MILLISECONDS",
      "resumed_from_page": null,
      "version": "VERSION"
    }
    "#);

    insta::assert_snapshot!(ran.stderr, @"
    incomplete (limit): 200 of 444 devices (2 pages)
      the limit that you set was reached
      200 rows in d.ndjson.partial
      receipt in d.ndjson.receipt.json
    hint: To continue, run the same command with --resume.
    ");

    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-items", "150", "--allow-incomplete"]);
    assert_eq!(ran.code, Some(4), "the exit code still reports an incomplete pull");
    assert_eq!(program.read("d.ndjson").lines().count(), 150);
    assert_eq!(program.files(), ["d.ndjson", "d.ndjson.receipt.json"]);

    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson"]).code, Some(0));
    assert_eq!(program.read("d.ndjson").lines().count(), 444);
}

#[test]
fn a_pull_that_read_nothing_writes_no_file_and_keeps_earlier_ones() {
    let server = FixedServer::start(|_| std::collections::HashMap::new());
    let program = Program::new();
    assert_eq!(pull(&program, &server.root, &["-o", "d.ndjson"]).code, Some(1));
    assert_eq!(program.files(), Vec::<String>::new());

    program.write("d.ndjson.partial", "kept\n");
    program.write("d.ndjson.receipt.json", "{}");
    assert_eq!(pull(&program, &server.root, &["-o", "d.ndjson"]).code, Some(1));
    assert_eq!(program.read("d.ndjson.partial"), "kept\n");
    assert_eq!(program.read("d.ndjson.receipt.json"), "{}");
}

#[test]
fn the_receipt_option_works_for_stdout_and_for_a_failed_pull() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    assert_eq!(program.run(&["pull", "--demo", "--receipt", "r.json"]).code, Some(0));
    assert!(program.read("r.json").contains("\"output\": null"));

    let server = FixedServer::start(|_| std::collections::HashMap::new());
    pull(&program, &server.root, &["-o", "d.ndjson", "--receipt", "failed.json"]);

    let receipt = program.read("failed.json");
    // The numbers of a pull have a snapshot above.
    insta::assert_snapshot!(receipt.split_once("\n  \"states_from\"").unwrap().0, @r#"
    {
      "outcome": "failed",
      "reason": "page_lost",
      "failure": {
        "message": "the service answered 404 Not Found to http://HOST/testwdatppreview/machinesecuritystates",
        "status": 404,
        "code": null,
        "correlation_id": "UUID"
      },
      "source": "http://HOST/testwdatppreview/machinesecuritystates",
    "#);
    assert!(receipt.contains("\"output\": null,\n  \"pages\": 0,\n  \"items\": 0,"), "{receipt}");
}

#[test]
fn duplicates_are_left_out_and_conflicts_named_unless_they_are_kept() {
    let pages = [
        r#"{"@odata.count":3,"@odata.nextLink":"NEXT","value":[{"id":"a","build":1},{"id":"b","build":1}]}"#,
        r#"{"value":[{"id":"b","build":1},{"id":"a","build":2},{"id":"c"}]}"#,
    ];
    let (program, server) = (Program::new(), FixedServer::pages(&pages));
    let ran = pull(&program, &server.root, &["-o", "d.ndjson"]);
    assert_eq!((ran.code, program.read("d.ndjson").lines().count()), (Some(0), 3));
    let text = program.read("d.ndjson.receipt.json");
    assert!(text.contains("\"duplicates\": 2,\n  \"conflicts\": 1,\n  \"conflict_ids\": [\n    \"a\"\n  ]"), "{text}");
    assert!(ran.stderr.contains("2 duplicates dropped, 1 of them with different contents"), "{}", ran.stderr);

    let ran = pull(&program, &server.root, &["-o", "all.ndjson", "--keep-duplicates"]);
    assert_eq!((ran.code, program.read("all.ndjson").lines().count()), (Some(0), 5));
    let triage = program.run(&["triage", "all.ndjson", "--format", "json"]);
    assert!(triage.stdout.contains("\"devices\": 3,"), "a device with duplicate rows counts once: {}", triage.stdout);
}

#[test]
fn a_404_on_page_1_fails_with_both_readings_unless_empty_on_404_is_set() {
    let _steady = steady().bind_to_scope();
    let server = FixedServer::start(|_| std::collections::HashMap::new());
    let program = Program::new();
    let ran = pull(&program, &server.root, &[]);
    assert_eq!(ran.code, Some(1));
    insta::assert_snapshot!(ran.stderr, @"
    error: the service answered 404 Not Found to http://HOST/testwdatppreview/machinesecuritystates
      correlation id: UUID
    hint: Either the path is wrong (check --service-root), or the service has no devices and answers 404. --empty-on-404 accepts it as an empty collection.
    ");
    let ran = pull(&program, &server.root, &["--empty-on-404", "-o", "d.ndjson"]);
    assert_eq!((ran.code, program.read("d.ndjson").as_str()), (Some(0), ""));
    assert!(ran.stderr.starts_with("complete: no devices (the service answered 404"), "{}", ran.stderr);
}

#[test]
fn a_hundred_thousand_devices_are_pulled_whole_and_triaged() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(100_000).page_size(10_000));
    let program = Program::new();
    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let fleet = emulator.emulator.fleet();
    let text = program.read("d.ndjson");
    assert_eq!(text.lines().count(), 100_000);
    for (position, line) in text.lines().enumerate().step_by(997) {
        assert_eq!(line, serde_json::to_string(&fleet.device(position as u64)).unwrap());
    }
    let ran = program.run(&["triage", "d.ndjson", "--limit", "0", "--by", "architecture"]);
    assert!(ran.stdout.starts_with("100,000 devices: "), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\ncomplete: all 100,000 devices (10 pages; matches the service's count)\npulled 20"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_stalled_reader_pauses_the_pull_instead_of_filling_memory() {
    let server = RunningEmulator::start(Emulator::builder().devices(40_000).page_size(1000).limits(CallLimits::NONE));
    let program = Program::new();
    let mut child = program.start(&["pull", "--service-root", &server.root()]);
    // Wait until the pull sends no further request.
    let mut calls = (0, server.emulator.calls());
    while calls.0 != calls.1 || calls.1 == 0 {
        std::thread::sleep(Duration::from_millis(300));
        calls = (calls.1, server.emulator.calls());
    }
    // One page is written, one waits, one is handed over, one is due, and four are prefetched.
    assert!(calls.1 <= 8, "{} of 40 pages were requested", calls.1);
    let rows = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).count();
    assert!(child.wait().unwrap().success());
    assert_eq!((rows, server.emulator.calls()), (40_000, 40));
}
