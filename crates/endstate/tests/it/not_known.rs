//! What is not known is never taken for an answer: of a condition, a name, a file, an argument.

use std::fs;

use endstate_emulator::Emulator;
use serde_json::{Value, json};

use super::program::{Program, Ran, TOKEN, run};
use super::server::{Answer, FixedServer, RunningEmulator, ok};

/// A server of today's API: machines, antivirus reports and the rows of an assessment.
fn defender(machines: &Value, antivirus: Answer, rows: &Value) -> FixedServer {
    let page = |items: &Value| ok(json!({ "value": items }).to_string());
    let number = machines.as_array().map_or(0, Vec::len);
    FixedServer::start(|_| {
        [
            ("/api/machines?$top=10000", page(machines)),
            (&format!("/api/machines?$top=10000&$skip={number}"), page(&json!([]))),
            ("/api/deviceavinfo?$top=10000", antivirus),
            ("/api/machines/SecureConfigurationsAssessmentByMachine", page(rows)),
        ]
        .map(|(path, answer)| (path.to_owned(), answer))
        .into()
    })
}

fn pull(program: &Program, server: &FixedServer, more: &[&str]) -> Ran {
    pull_to("d.ndjson", program, server, more)
}

fn pull_to(file: &str, program: &Program, server: &FixedServer, more: &[&str]) -> Ran {
    let root = server.root.replace("/testwdatppreview", "/api");
    let arguments = ["pull", "--source", "assessments", "--defender-root", &root, "-o", file, "--retries", "0"];
    run(program.command(&[&arguments[..], more].concat()).env("ENDSTATE_TOKEN", TOKEN))
}

fn row(device: &Value, is_compliant: bool) -> Value {
    json!({ "deviceId": device, "configurationId": "scid-2070", "isApplicable": true, "isCompliant": is_compliant })
}

#[test]
fn a_check_does_not_pass_on_names_and_groups_that_are_not_known() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    let check = ["--where", "group eq Servers", "--fail-on", "any"];
    for source in [&["d.ndjson"][..], &["--demo", "--no-devices"]] {
        let ran = program.run(&[&["triage"], source, &check].concat());
        assert_eq!(ran.code, Some(4), "{source:?}: {}", ran.stdout);
        assert!(ran.stdout.contains("what the condition asks about is not known of 444 devices"), "{}", ran.stdout);
        let listed = program.run(&[&["list"], source, &check[..2]].concat());
        assert!(listed.stderr.contains("warning: what the condition asks about is not known"), "{}", listed.stderr);
    }
    let known = program.run(&[&["triage", "--demo"], &check[..]].concat());
    assert_eq!(known.code, Some(3), "{}", known.stdout);
}

#[test]
fn a_device_without_a_known_name_may_exist() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    let ran = program.run(&["show", "ws-0127", "d.ndjson"]);
    let said = "but it may exist: the names of 444 devices are not known; use the id";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = program.run(&["show", "ws-0127", "d.ndjson", "missing.ndjson"]);
    assert!(ran.stderr.contains("but it may exist: a tenant could not be read"), "{}", ran.stderr);
}

#[test]
fn an_empty_file_without_a_receipt_is_no_answer() {
    let program = Program::new();
    for content in ["", "{\"value\":[]}"] {
        program.write("empty.ndjson", content);
        for command in [&["list"][..], &["updates"], &["triage"]] {
            let ran = program.run(&[command, &["empty.ndjson"]].concat());
            assert_eq!(ran.code, Some(1), "{command:?}: {}", ran.stdout);
            assert!(ran.stderr.contains("nothing was read"), "{command:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_file_of_states_does_not_say_that_there_are_no_vulnerabilities() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "d.ndjson"]);
    let ran = program.run(&["updates", "--states", "d.ndjson", "--by", "cve", "--format", "csv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
}

#[test]
fn a_list_of_no_tenant_does_not_replace_the_list_before() {
    let program = Program::new();
    let dead = "service-root = 'http://127.0.0.1:1/x'\nauth = 'token'\n";
    program.write("config.toml", &format!("[profile.one]\n{dead}[profile.two]\n{dead}"));
    program.write("out.json", "kept");
    let arguments = ["list", "--config", "config.toml", "--all-profiles", "--retries", "0", "-o", "out.json"];
    let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
    assert_eq!((ran.code, program.read("out.json").as_str()), (Some(1), "kept"), "{}", ran.stderr);
}

#[test]
fn a_name_that_is_not_known_is_no_id_for_programs() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    let ran = program.run(&["list", "d.ndjson", "--limit", "1", "--columns", "name,id", "--format", "csv"]);
    assert_eq!(ran.stdout, "name,id\n,000050e1b4afeee3742489ede9ad7a3e16bbd9c4\n");
}

#[test]
fn a_check_of_a_file_knows_what_its_pull_could_not_read() {
    let program = Program::new();
    let machine = json!({ "id": "a", "computerDnsName": "a.example", "lastSeen": "2026-11-26T00:00:00Z" });
    let server = defender(&json!([machine, { "id": null }]), ok("{\"value\":[]}"), &json!([row(&json!("a"), true)]));
    let pulled = pull(&program, &server, &[]);
    assert_eq!(pulled.code, Some(0), "{}", pulled.stderr);
    let ran = program.run(&["triage", "d.ndjson", "--fail-on", "FirewallOff", "--fail-on", "unknown:100%"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 item could not be read"), "{}", ran.stdout);
}

#[test]
fn machines_that_lack_devices_of_the_assessment_were_not_read_whole() {
    let program = Program::new();
    let rows: Vec<_> = ["a", "b", "c"].map(|device| row(&json!(device), true)).into();
    let server = defender(&json!([{ "id": "a" }, { "id": "d" }]), ok("{\"value\":[]}"), &json!(rows));
    let ran = pull(&program, &server, &[]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("machines does not list 2 devices of the assessment"), "{}", ran.stderr);
    assert_eq!(program.read("d.ndjson.partial").lines().count(), 4, "every device is kept");
}

#[test]
fn antivirus_reports_that_cannot_be_read_do_not_keep_the_assessment_away() {
    let program = Program::new();
    let refused = ("403 Forbidden", String::new(), String::new());
    let server = defender(&json!([{ "id": "a" }]), refused, &json!([row(&json!("a"), false)]));
    let ran = pull(&program, &server, &[]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("deviceavinfo"), "{}", ran.stderr);
    assert!(program.read("d.ndjson.partial").contains("FirewallOff"), "the assessment was read");
}

#[test]
fn a_bound_cuts_states_and_not_the_rows_that_they_are_folded_from() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(60));
    let program = Program::new();
    let (defender, graph) = (emulator.emulator.defender_root(), emulator.emulator.graph_root());
    let pull = |more: &[&str]| {
        let arguments = ["pull", "--defender-root", &defender, "--graph-root", &graph];
        run(program.command(&[&arguments[..], more].concat()).env("ENDSTATE_TOKEN", TOKEN))
    };
    let cut = pull(&["--source", "assessments", "--max-items", "5"]);
    assert_eq!((cut.code, cut.stdout.lines().count()), (Some(4), 5), "{}", cut.stderr);
    assert!(cut.stdout.lines().all(|state| state.contains("\"assessed\":true")), "{}", cut.stdout);

    let one_part = pull(&["--source", "hunting", "--page-size", "20", "--max-pages", "1"]);
    assert_eq!(one_part.code, Some(4), "{}", one_part.stderr);
    assert!((1..60).contains(&one_part.stdout.lines().count()), "{}", one_part.stdout);
}

#[test]
fn lists_whose_texts_look_like_lists_are_the_same_in_csv() {
    let program = Program::new();
    let tags = json!(["[prod]", "Finance;EU", "null", ""]);
    let server = defender(
        &json!([{ "id": "a", "computerDnsName": "a.example", "machineTags": tags }, { "id": "b", "machineTags": ["{x"] }]),
        ok("{\"value\":[]}"),
        &json!([row(&json!("a"), true), row(&json!("b"), true)]),
    );
    pull(&program, &server, &[]);
    let rows = program.read("d.ndjson");
    pull_to("d.csv", &program, &server, &[]);
    fs::write(program.path("copy.csv"), program.read("d.csv")).unwrap();
    let list = |file: &str| {
        let arguments = ["list", file, "--columns", "id,name,tags", "--format", "json"];
        let listed: Value = serde_json::from_str(&program.run(&arguments).stdout).unwrap();
        listed["devices"].clone()
    };
    assert!(rows.contains("Finance;EU"), "{rows}");
    assert_eq!(list("copy.csv"), list("d.ndjson"));
}

#[test]
fn two_rows_of_a_device_that_differ_are_named() {
    // One answer to both queries: the number of devices, and the devices.
    let row = |part: u32, devices: u32, fail: &str| json!({ "Part": part, "Devices": devices, "DeviceId": "a", "Fail": fail });
    let body = json!({ "schema": [], "results": [row(0, 1, ""), row(1, 0, "scid-2070")] });
    let server = FixedServer::start(|_| [("/v1.0/security/runHuntingQuery".to_owned(), ok(body.to_string()))].into());
    let program = Program::new();
    let root = server.root.replace("/testwdatppreview", "/v1.0");
    let arguments = ["pull", "--source", "hunting", "--graph-root", &root, "-o", "d.ndjson"];
    let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
    assert!(ran.stderr.contains("1 duplicate dropped, 1 of them with different contents"), "{}", ran.stderr);
    let receipt: Value = serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap();
    assert_eq!((&receipt["conflicts"], &receipt["conflict_ids"]), (&json!(1), &json!(["a"])));
}

#[test]
fn a_proxy_that_refuses_hunting_proves_no_missing_permission() {
    let html = "<html>Blocked</html>".to_owned();
    let server = FixedServer::start(|_| {
        [("/v1.0/security/runHuntingQuery".to_owned(), ("403 Forbidden", String::new(), html))].into()
    });
    let roots = ["/v1.0", "/api"].map(|path| server.root.replace("/testwdatppreview", path));
    let arguments = ["triage", "--service-root", &server.root, "--graph-root", &roots[0], "--defender-root", &roots[1]];
    let ran = run(Program::new().command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--source assessments"), "{}", ran.stderr);
}

#[test]
fn groups_that_cannot_be_read_are_warned_of_and_in_the_receipt() {
    let refused = ("403 Forbidden", String::new(), String::new());
    let page = |items: Value| ok(json!({ "value": items }).to_string());
    let server = FixedServer::start(|_| {
        [
            ("machinesecuritystates", page(json!([{ "id": "a", "propertiesRequireAttention": [] }]))),
            ("machines", page(json!([{ "id": "a", "rbacGroupId": 7 }]))),
            ("machinegroups", refused),
        ]
        .map(|(name, answer)| (format!("/testwdatppreview/{name}"), answer))
        .into()
    });
    let program = Program::new();
    let arguments =
        ["pull", "--source", "preview", "--service-root", &server.root, "--where", "group eq x", "-o", "d.ndjson"];
    let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
    assert!(ran.stderr.contains("warning: not every device has its name and group"), "{}", ran.stderr);
    let receipt: Value = serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap();
    assert_eq!(receipt["reads"][0]["collection"], "machinegroups");
    assert_eq!(receipt["reads"][0]["outcome"], "failed");
    let check =
        ["triage", "--source", "preview", "--service-root", &server.root, "--where", "group eq x", "--fail-on", "any"];
    let ran = run(program.command(&check).env("ENDSTATE_TOKEN", TOKEN));
    assert_eq!(ran.code, Some(4), "{}", ran.stdout);
}

#[test]
fn a_check_does_not_pass_on_what_a_source_never_says() {
    for (source, condition) in [
        (&["--source", "hunting"][..], "risk eq High"),
        (&["--source", "hunting"], "managedBy eq Intune"),
        (&["--source", "assessments"], "users has x"),
        (&["--source", "assessments"], "missingKbs has '5051987'"),
        (&["--source", "assessments", "--no-devices"], "tag has x"),
        (&["--source", "assessments", "--no-devices"], "lastSeen lt 1m"),
        (&["--source", "preview"], "property has LapsOff"),
        (&["--source", "hunting"], "property has AppGuardOff"),
        (&["--source", "hunting"], "category has 'Application Guard'"),
    ] {
        let arguments = [&["triage", "--demo"], source, &["--where", condition, "--fail-on", "any"]].concat();
        let ran = Program::new().run(&arguments);
        assert_eq!(ran.code, Some(4), "{source:?} {condition}: {}", ran.stdout);
    }
    // What is decided otherwise is decided.
    for condition in ["group eq nowhere and risk eq High", "property has FirewallOff or property has AppGuardOff"] {
        let arguments = ["list", "--demo", "--source", "hunting", "--where", condition, "--format", "csv"];
        let ran = Program::new().run(&arguments);
        assert_eq!(ran.stderr.contains("not known of"), condition.contains(" or "), "{condition}: {}", ran.stderr);
    }
}

#[test]
fn a_file_that_breaks_leaves_no_device_of_another_pull() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    let rows = program.read("d.ndjson");
    let first: Vec<_> = rows.lines().take(3).collect();
    program.write("bad.json", &format!("[{},oops]", first.join(",")));

    let ran = program.run(&["list", "bad.json", "d.ndjson", "--format", "json"]);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &listed["total_devices"]), (Some(1), &json!(444)), "{}", ran.stderr);
    let ran = program.run(&["show", "000050e1b4afeee3742489ede9ad7a3e16bbd9c4", "d.ndjson", "bad.json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("000050e1b4afeee3742489ede9ad7a3e16bbd9c4"), "{}", ran.stdout);

    program.write("empty.ndjson", "");
    let ran = program.run(&["list", "empty.ndjson", "d.ndjson"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("empty.ndjson is empty and has no receipt"), "{}", ran.stderr);
    let ran = program.run(&["show", &"0".repeat(40), "d.ndjson"]);
    assert!(ran.stderr.starts_with("error: no device is named '0000"), "{}", ran.stderr);
}

#[test]
fn a_list_of_names_that_another_program_wrote_is_not_known() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "--max-items", "1", "-o", "d.csv"]);
    let csv = program.read("d.csv.partial");
    let (head, row) = csv.split_once('\n').unwrap();
    let place = head.split(',').position(|name| name == "notKnownProperties").unwrap();
    let mut cells: Vec<_> = row.trim_end().split(',').collect();
    cells[place] = "\"['AntivirusOff', 'FirewallOff']\"";
    program.write("q.csv", &format!("{head}\n{}\n", cells.join(",")));
    let ran = program.run(&["triage", "q.csv", "--where", "property has FirewallOff", "--format", "json"]);
    let triage: Value = serde_json::from_str(&ran.stdout).unwrap();
    let counts = ["devices", "undecided", "partly_readable_items"].map(|count| triage[count].clone());
    assert_eq!(counts, [0, 1, 1].map(Value::from), "{}", ran.stdout);
}

#[test]
fn a_service_that_cuts_its_answers_is_said_to_although_a_bound_was_set() {
    let fault = "row-limit=20".parse().unwrap();
    let emulator = RunningEmulator::start(Emulator::builder().devices(60).defender_faults([fault]));
    let root = emulator.emulator.graph_root();
    let arguments = ["pull", "--source", "hunting", "--graph-root", &root, "--max-pages", "1", "-o", "d.ndjson"];
    let ran = run(Program::new().command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
    assert!(ran.stderr.contains("incomplete (truncated): 20 of"), "{}", ran.stderr);
}
