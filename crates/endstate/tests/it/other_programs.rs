//! Files that other programs wrote or changed: sorted members, a cut, another order of columns.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use super::program::Program;

/// A state of the documented collection.
fn row(id: &str, properties: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"build\":19045,\"revision\":3448,\"architecture\":\"Amd64\",\"osVersion\":\"10.0\",\
         \"propertiesRequireAttention\":{properties}}}\n"
    )
}

fn triage(program: &Program, file: &str) -> Value {
    let ran = program.run(&["triage", file, "--format", "json"]);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr))
}

#[test]
fn a_list_as_csv_says_what_is_not_known() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "assessments", "-o", "pulled.ndjson"]);
    program.write("odd.ndjson", &(row("a", "null") + &row("b", "[]") + &row("c", "[\"a;b\",\"null\",\"[1]\"]")));
    let all = "id,build,revision,propertiesRequireAttention,notKnownProperties,currentControls,assessed,missingKbs,\
               name,tags,users,lastSeen";
    for (file, columns) in [("pulled.ndjson", all), ("odd.ndjson", "id,build,revision,propertiesRequireAttention")] {
        let list = |file: &str, more: &[&str]| {
            let ran = program.run(&[&["list", file, "--columns", columns], more].concat());
            assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.stderr);
            ran.stdout
        };
        list(file, &["-o", "list.csv"]);
        assert_eq!(list("list.csv", &["--format", "ndjson"]), list(file, &["--format", "ndjson"]), "{file}");
    }
    assert_eq!(
        (triage(&program, "list.csv")["not_known"].as_u64(), program.read("list.csv").lines().count()),
        (Some(1), 4)
    );
    let ran = program.run(&["list", "odd.ndjson", "--columns", "property", "--format", "ndjson"]);
    assert!(ran.stdout.starts_with("{\"property\":null}\n{\"property\":[]}\n"), "{}", ran.stdout);
}

#[test]
fn a_csv_that_ends_within_a_row_is_cut_off() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.csv"]);
    assert_eq!(program.run(&["triage", "d.csv"]).code, Some(0));
    let text = program.read("d.csv");
    for cut in [1, 3, 40] {
        program.write("d.csv", &text[..text.len() - cut]);
        let ran = program.run(&["triage", "d.csv"]);
        assert_eq!(ran.code, Some(4), "without {cut} bytes: {}", ran.stdout);
        // What is left of its numbers and lists could be wrong.
        assert!(ran.stdout.starts_with("443 devices:"), "{}", ran.stdout);
        assert!(ran.stderr.contains("warning: line 445 is not complete: no line break follows it"), "{}", ran.stderr);
    }

    let head = "id,build,propertiesRequireAttention\n";
    let within_a_character = [head.as_bytes(), b"a,1,\nb,2,FirewallOff\nc,3,\xe6\xbc"].concat();
    std::fs::write(program.path("d.csv"), within_a_character).unwrap();
    std::fs::remove_file(program.path("d.csv.receipt.json")).unwrap();
    let ran = program.run(&["triage", "d.csv"]);
    assert!(ran.code == Some(4) && ran.stdout.starts_with("2 devices:"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn rows_that_came_before_do_not_count_and_are_reported() {
    let program = Program::new();
    program.write("d.ndjson", &(row("a", "[]") + &row("a", "[\"FirewallOff\"]") + &row("b", "[]")));
    let ran = program.run(&["triage", "d.ndjson"]);
    assert!(ran.stdout.starts_with("2 devices:"), "{}", ran.stdout);
    let warning = "warning: 1 row of d.ndjson came before with the same id, and does not count\n";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
}

#[test]
fn the_largest_count_of_saved_pages_shows_that_some_are_missing() {
    let program = Program::new();
    let page = |ids: [&str; 2], more: &str| {
        format!("{{{more}\"value\":[{{\"id\":\"{}\"}},{{\"id\":\"{}\"}}]}}\n", ids[0], ids[1])
    };
    let first = page(["a", "b"], "\"@odata.count\":5,\"@odata.nextLink\":\"https://host/2\",");
    for rest in [page(["c", "d"], ""), first.replace("https://host/2", "") + &page(["a", "b"], "")] {
        program.write("pages.json", &(first.clone() + &rest));
        let ran = program.run(&["triage", "pages.json"]);
        assert!(
            ran.code == Some(4) && ran.stdout.contains("the service counted 5 device states"),
            "{}{}",
            ran.stdout,
            ran.stderr
        );
    }
}

#[test]
fn a_file_that_ends_within_a_character_is_cut_off() {
    let program = Program::new();
    let text = row("a", "[]") + "{\"id\":\"\u{6f22}\"}\n";
    std::fs::write(program.path("d.ndjson"), &text.as_bytes()[..text.len() - 4]).unwrap();
    let ran = program.run(&["triage", "d.ndjson"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.starts_with("1 device:"), "{}", ran.stdout);
}

#[test]
fn the_tenant_of_a_row_is_read_wherever_it_is() {
    let program = Program::new();
    program.write(
        "d.ndjson",
        "{\"build\": 1, \"id\": \"a\", \"tenant\": \"contoso\"}\n{ \"\\u0074enant\":\"fabrikam\", \"id\":\"a\"}\n",
    );
    let ran = program.run(&["list", "d.ndjson", "--format", "csv", "--columns", "id,build"]);
    assert_eq!(ran.stdout, "tenant,id,build\ncontoso,a,1\nfabrikam,a,\n", "{}", ran.stderr);
}

#[test]
fn a_device_that_the_older_pull_may_have_left_out_is_not_known_to_be_old() {
    let program = Program::new();
    program.write("old.ndjson", &row("a", "[]"));
    program.write("new.ndjson", &(row("a", "[]") + &row("b", "[\"FirewallOff\"]")));
    let check = ["triage", "new.ndjson", "--since", "old.ndjson", "--fail-on", "new", "--allow-unknown"];
    let ran = program.run(&check);
    assert_eq!(ran.code, Some(4), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("1 device with properties may be new"), "{}", ran.stdout);

    program.write("new.ndjson", &(row("a", "[]") + &row("b", "[]")));
    assert_eq!(program.run(&check).code, Some(0), "nothing needs attention");
}

#[test]
fn a_result_does_not_take_the_place_of_a_pull() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    let before = program.read("d.ndjson");
    let ran = program.run(&["list", "d.ndjson", "-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("d.ndjson was written by `endstate pull`"), "{}", ran.stderr);
    assert_eq!(program.read("d.ndjson"), before);
}

#[test]
fn a_line_that_is_a_list_or_has_other_white_space_is_no_device() {
    let program = Program::new();
    program.write("d.ndjson", &format!("{}[\"xx\"]\n\u{a0}{{\"id\":\"y\"}}\n", row("a", "[]")));
    let ran = program.run(&["triage", "d.ndjson", "--format", "json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["devices"].as_u64(), Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("line 2 is not a device state") && ran.stderr.contains("line 3 is not a device state"));
}

#[test]
fn a_stream_whose_first_byte_arrives_alone_is_recognized() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson.gz"]);
    let bytes = std::fs::read(program.path("d.ndjson.gz")).unwrap();
    let mut command = program.command(&["triage", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for part in [&bytes[..1], &bytes[1..]] {
        stdin.write_all(part).unwrap();
        std::thread::yield_now();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("444 devices:"));
}
