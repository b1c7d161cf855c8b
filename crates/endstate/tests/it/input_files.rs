//! Files that are read: for what they are, whatever wrote them, or refused with what they are.

use serde_json::{Value, json};

use super::program::{Program, Ran, steady};

fn triage(program: &Program, name: &str) -> Ran {
    program.run(&["triage", name, "--limit", "0", "--by", "architecture"])
}

/// A pull of the demo in a format, and its lines.
fn pulled(program: &Program, name: &str) -> String {
    assert_eq!(program.run(&["pull", "--demo", "-o", name]).code, Some(0));
    program.read(name)
}

fn write(program: &Program, name: &str, bytes: &[u8]) {
    std::fs::write(program.path(name), bytes).unwrap();
}

#[test]
fn a_byte_order_mark_is_accepted_in_every_format() {
    let program = Program::new();
    for format in ["ndjson", "json", "csv"] {
        let text = pulled(&program, &format!("d.{format}"));
        program.write("marked", &format!("\u{feff}{text}"));
        let ran = triage(&program, "marked");
        assert!(ran.stdout.starts_with("444 devices: 185 need attention"), "{format}: {}", ran.stderr);
    }
}

#[test]
fn utf_16_has_its_own_error_with_the_command_that_avoids_it() {
    let program = Program::new();
    let text = pulled(&program, "d.ndjson");
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [[b"\xff\xfe", &little[..]].concat(), [b"\xfe\xff", &big[..]].concat(), little, big] {
        write(&program, "w.ndjson", &bytes);
        let ran = triage(&program, "w.ndjson");
        assert_eq!(ran.code, Some(1));
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.stderr, @"error: w.ndjson is UTF-16 text, as Windows PowerShell writes with `>`; write it with `endstate pull -o FILE`, or convert it: Get-Content w.ndjson | Set-Content -Encoding utf8 NEW");
        }
    }
}

#[test]
fn csv_columns_come_in_any_order_some_missing_and_some_added() {
    let program = Program::new();
    program.write(
        "d.csv",
        "owner,propertiesRequireAttention,id,revision,build\nme,FirewallOff;EdrSensorOff,a,1,19045\nyou,,b,,\n",
    );
    let ran = program.run(&["triage", "d.csv", "--by", "build"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @"
    2 devices: 1 needs attention (50.0 %), 1 OK

    BUILD   DEVICES  NEED ATTENTION   SHARE
    19045         1               1  50.0 %
    (none)        1               0  50.0 %

    Most urgent first

    DEVICE  VERSION  ARCHITECTURE  REQUIRES ATTENTION
    a       19045.1  ?             EdrSensorOff FirewallOff

    completeness unknown: no receipt beside the file (2 rows)
    ");
    program.write("no-id.csv", "build,revision\n1,2\n");
    assert!(triage(&program, "no-id.csv").stderr.contains("is a CSV table without the column 'id'"));
    program.write("twice.csv", "id,build,build\na,1,2\n");
    assert!(triage(&program, "twice.csv").stderr.contains("has the column 'build' twice"));
}

#[test]
fn pages_and_indented_json_of_other_tools_are_read() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let rows: Vec<Value> =
        pulled(&program, "d.ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = json!({ "@odata.context": "x", "value": rows[..3] });
    let with_link = json!({ "@odata.nextLink": "https://api.example/next?secret", "value": rows[..3] });
    let with_count = json!({ "@odata.count": 444, "value": rows[..3] });
    let files = [
        ("a page", last.to_string()),
        ("an indented page", format!("{last:#}\n")),
        ("two pages", format!("{with_link}\n{last}\n")),
        ("a page that is not the last", format!("{with_link:#}")),
        ("a page with a larger count", with_count.to_string()),
        ("an indented array", format!("{:#}", json!(rows[..3]))),
        ("one indented item", format!("{:#}", rows[0])),
        ("items one below the other, indented", format!("{:#}\n{:#}\n", rows[0], rows[1])),
    ];

    let shown: Vec<_> = files
        .into_iter()
        .map(|(what, text)| {
            program.write("f.json", &text);
            let ran = triage(&program, "f.json");
            let mut lines = ran.stdout.lines();
            let (first, last) = (lines.next().unwrap(), lines.next_back().unwrap());
            format!("{what}: {}\n  {first}\n  {last}", ran.code.unwrap())
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    a page: 0
      3 devices: 3 need attention (100.0 %), 0 OK
      completeness unknown: no receipt beside the file (3 rows)
    an indented page: 0
      3 devices: 3 need attention (100.0 %), 0 OK
      completeness unknown: no receipt beside the file (3 rows)
    two pages: 0
      3 devices: 3 need attention (100.0 %), 0 OK
      completeness unknown: no receipt beside the file (6 rows)
    a page that is not the last: 4
      3 devices: 3 need attention (100.0 %), 0 OK
      incomplete (partial): the page has a next link, so there are more (3 rows)
    a page with a larger count: 4
      3 devices: 3 need attention (100.0 %), 0 OK
      incomplete (partial): the service counted 444 device states, so there are more (3 rows)
    an indented array: 0
      3 devices: 3 need attention (100.0 %), 0 OK
      completeness unknown: no receipt beside the file (3 rows)
    one indented item: 0
      1 device: 1 needs attention (100.0 %), 0 OK
      completeness unknown: no receipt beside the file (1 row)
    items one below the other, indented: 0
      2 devices: 2 need attention (100.0 %), 0 OK
      completeness unknown: no receipt beside the file (2 rows)
    ");
}

#[test]
fn what_is_not_a_file_of_rows_is_named() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    program.write("error.json", testkit::ERROR_DEFENDER);
    program.write("half.ndjson", "{\"id\":\"a\"\n{\"id\":\"b\"}\n");
    program.write("odd.ndjson", "{}\n{\"build\":1}\n");
    program.write("numbers.ndjson", "5\nnull\n{\"id\":\"a\"}\n");
    let names = ["d.ndjson.receipt.json", "error.json", "half.ndjson", "odd.ndjson", "numbers.ndjson"];
    let shown: Vec<_> = names
        .into_iter()
        .map(|name| {
            let ran = triage(&program, name);
            let first = ran.stdout.lines().next().unwrap_or_default().to_owned();
            format!("{name}: {}\n{}{first}", ran.code.unwrap(), ran.stderr)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    d.ndjson.receipt.json: 1
    error: d.ndjson.receipt.json is a receipt, not the rows that it describes; read d.ndjson

    error.json: 1
    error: error.json is an error of the service, not rows: TooManyRequests: Too many requests. Retry later.

    half.ndjson: 0
    warning: line 1 is not a device state: EOF while parsing an object at line 1 column 9: {"id":"a"
    1 device: 0 need attention (0.0 %), 0 OK, 1 not known; 1 item could not be read
    odd.ndjson: 1
    warning: line 1 is not a device state: missing field `id` at line 1 column 2: {}
    warning: line 2 is not a device state: missing field `id` at line 1 column 11: {"build":1}
    error: no item of odd.ndjson can be read as a device state

    numbers.ndjson: 0
    warning: line 1 is not a device state: invalid type: integer `5`, expected an object at line 1 column 1: 5
    warning: line 2 is not a device state: invalid type: null, expected an object at line 1 column 4: null
    1 device: 0 need attention (0.0 %), 0 OK, 1 not known; 2 items could not be read
    "#);
}
