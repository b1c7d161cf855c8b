//! `endstate history`: pulls enter a table, and the table answers.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::program::{Program, Ran, run, steady};
use super::python_packages::installed;
use super::server::FixedServer;

/// A program with the pulls of these days of the demo, as if each was pulled on its day.
fn with_pulls(days: &[u32]) -> Program {
    let program = Program::new();
    for day in days {
        let file = format!("day{day}.ndjson");
        let day_of_demo = day.to_string();
        program.run(&["pull", "--demo", "--demo-day", &day_of_demo, "--source", "hunting", "-o", &file]);
        edit_receipt(&program, &file, |receipt| {
            receipt["tenant"] = "contoso".into();
            receipt["started_at"] = format!("2026-11-{day:02}T06:00:00Z").into();
        });
    }
    program
}

fn edit_receipt(program: &Program, file: &str, edit: impl Fn(&mut Value)) {
    let name = format!("{file}.receipt.json");
    let mut receipt: Value = serde_json::from_str(&program.read(&name)).unwrap();
    edit(&mut receipt);
    program.write(&name, &receipt.to_string());
}

fn add(program: &Program, files: &[&str]) -> Ran {
    program.run(&[&["history", "add", "lake"], files].concat())
}

fn json(program: &Program, arguments: &[&str]) -> Value {
    let ran = program.run(&[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn pulls_enter_in_any_order_and_once() {
    let _steady = steady().bind_to_scope();
    let program = with_pulls(&[1, 2, 4]);
    let ran = add(&program, &["day4.ndjson", "day1.ndjson", "day2.ndjson", "day1.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr, @"
    day4.ndjson: added 435 devices of YYYY-MM-DDTHH:MM:SSZ
    day1.ndjson: added 435 devices of YYYY-MM-DDTHH:MM:SSZ
    day2.ndjson: added 435 devices of YYYY-MM-DDTHH:MM:SSZ
    day1.ndjson: lake has it already
    ");

    let trend = program.run(&["history", "trend", "lake"]).stdout;
    insta::assert_snapshot!(trend, @"
    3 pulls from 2026-11-01 to 2026-11-04 of contoso
    Need attention: 240 (55.2 %) -> 212 (48.7 %)  █▇ ▁

    By day

    DAY         DEVICES  NEED ATTENTION   SHARE  NOT KNOWN
    2026-11-04      435             212  48.7 %         11
    2026-11-03
    2026-11-02      435             237  54.5 %         10
    2026-11-01      435             240  55.2 %         11
    ");
    let listed = json(&program, &["history", "list", "lake"]);
    assert_eq!(listed.as_array().unwrap().len(), 3);

    // As if the program was killed before it wrote its second table.
    std::fs::remove_dir_all(program.path("lake/pulls")).unwrap();
    add(&program, &["day2.ndjson"]);
    assert!(program.path("lake/pulls/tenant=contoso/pulled_on=2026-11-02").exists());
    assert_eq!(listed[0]["tenant"], "contoso");
}

#[test]
fn what_does_not_have_every_device_stays_out() {
    let program = with_pulls(&[1]);
    program.run(&["pull", "--demo", "--where", "build gt 1", "-o", "some.ndjson"]);
    program.run(&["pull", "--demo", "--max-pages", "2", "-o", "part.ndjson"]);
    program.run(&["pull", "--demo", "--collection", "kbinfo", "-o", "kbinfo.ndjson"]);
    program.write("alone.ndjson", "{\"id\":\"a\"}\n");
    program.run(&["pull", "--demo", "-o", "changed.ndjson"]);
    program.write("changed.ndjson", program.read("changed.ndjson").split_once('\n').unwrap().1);

    for (file, code, why) in [
        ("some.ndjson", 1, "some.ndjson has only devices where build gt 1; a history needs every device"),
        ("kbinfo.ndjson", 1, "kbinfo.ndjson has kbinfo; a history has the states of devices"),
        ("alone.ndjson", 1, "alone.ndjson has no receipt, so nothing shows that it is complete"),
        ("none.ndjson", 1, "cannot read none.ndjson"),
        (
            "part.ndjson.partial",
            4,
            "part.ndjson.partial is incomplete (limit): 200 of 444 devices (2 pages), so it does not enter the history",
        ),
        ("changed.ndjson", 4, "changed.ndjson is incomplete (changed)"),
    ] {
        let ran = add(&program, &[file]);
        assert_eq!(ran.code, Some(code), "{file}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{file}: {}", ran.stderr);
    }
    let server = FixedServer::pages(&[r#"{"value":[{"id":"a","propertiesRequireAttention":[]},7]}"#]);
    let pull = ["pull", "--service-root", &server.root, "--source", "preview", "-o", "unreadable.ndjson"];
    program.run(&pull);
    let ran = add(&program, &["unreadable.ndjson"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains(", so it does not enter the history"), "{}", ran.stderr);

    // One that is refused is refused before another one is written.
    assert_eq!(add(&program, &["day1.ndjson", "some.ndjson"]).code, Some(1));
    assert_eq!(json(&program, &["history", "list", "lake"]), Value::Array(Vec::new()));
    assert_eq!(add(&program, &["day1.ndjson"]).code, Some(0));
}

#[test]
fn a_history_of_several_tenants_is_asked_for_one() {
    let program = with_pulls(&[1, 2]);
    edit_receipt(&program, "day2.ndjson", |receipt| receipt["tenant"] = "fabrikam".into());
    add(&program, &["day1.ndjson", "day2.ndjson"]);
    let ran = program.run(&["history", "trend", "lake"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("several tenants: contoso, fabrikam; name one with --tenant"), "{}", ran.stderr);
    let trend = json(&program, &["history", "trend", "lake", "--tenant", "fabrikam"]);
    assert_eq!((trend["tenant"].as_str(), trend["pulls"].as_array().unwrap().len()), (Some("fabrikam"), 1));
    let ran = program.run(&["history", "trend", "lake", "--tenant", "tailspin"]);
    assert!(ran.stderr.contains("no pull of 'tailspin'; it has contoso, fabrikam"), "{}", ran.stderr);

    edit_receipt(&program, "day2.ndjson", |receipt| receipt["tenant"] = "a/b".into());
    let ran = program.run(&["history", "add", "other", "day1.ndjson", "day2.ndjson"]);
    assert!(!program.path("other").exists(), "nothing is written before all is checked");
    assert!(ran.stderr.contains("the tenant \"a/b\" has a name that cannot be that of a folder"), "{}", ran.stderr);
}

#[test]
fn a_folder_without_a_history_says_how_to_begin_one() {
    let program = Program::new();
    let ran = program.run(&["history", "since", "lake"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("lake is not a history; begin one with `endstate history add lake FILE`"),
        "{}",
        ran.stderr
    );
    assert!(program.files().is_empty());
}

#[test]
fn duckdb_polars_pyarrow_and_delta_rs_read_the_same() {
    let Some(packages) = installed("history-engines", &["duckdb", "deltalake", "polars", "pyarrow"]) else { return };
    let program = with_pulls(&[1, 2, 3, 5]);
    // Two pulls of one day, which another engine may merge into one file.
    program.run(&["pull", "--demo", "--demo-day", "6", "--source", "hunting", "-o", "later.ndjson"]);
    edit_receipt(&program, "later.ndjson", |receipt| {
        receipt["tenant"] = "contoso".into();
        receipt["started_at"] = "2026-11-05T18:00:00Z".into();
    });
    let files = ["day1.ndjson", "day2.ndjson", "day3.ndjson", "day5.ndjson", "later.ndjson"];
    assert_eq!(add(&program, &files).code, Some(0));

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = program.path("lake/machinesecuritystates");
    let engines = |mode: &str| {
        let mut command = Command::new("python3");
        command.arg(root.join("tests/history-engines/engines.py")).arg(mode).arg(&table);
        let ran = run(command.arg(root.join("docs/history.md")).env("PYTHONPATH", &packages));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    let trend = json(&program, &["history", "trend", "lake"]);
    let since = json(&program, &["history", "since", "lake"]);
    let expected_trend: Vec<_> = trend["pulls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pull| {
            let count = |name: &str| pull[name].to_string();
            let moment = pull["started_at"].as_str().unwrap().replace('T', " ").replace('Z', "+00:00");
            [moment, count("devices"), count("need_attention"), count("not_known")]
        })
        .collect();
    let expected_since: Vec<_> = since["open"]
        .as_array()
        .unwrap()
        .iter()
        .map(|open| {
            let text = |name: &str| open[name].as_str().unwrap().to_owned();
            [text("id"), text("property"), text("since").replace('T', " ").replace('Z', "+00:00")]
        })
        .collect();
    assert!(expected_trend.len() == 5 && expected_since.len() > 100, "{expected_trend:?}");

    let answers: Value = serde_json::from_str(&engines("read")).unwrap();
    assert_eq!(answers.as_object().unwrap().len(), 4);
    for (engine, answers) in answers.as_object().unwrap() {
        let rows = |query: &str| -> Vec<Vec<String>> { serde_json::from_value(answers[query].clone()).unwrap() };
        let sorted = |mut rows: Vec<Vec<String>>| {
            rows.sort_unstable();
            rows
        };
        assert_eq!(rows("trend"), expected_trend, "{engine}");
        let expected = expected_since.iter().map(|row| row.to_vec()).collect();
        assert_eq!(sorted(rows("since")), sorted(expected), "{engine}");
    }

    // Another engine merges the files of each day. The answers stay, and the next pull enters.
    engines("compact");
    assert_eq!(json(&program, &["history", "trend", "lake"])["pulls"], trend["pulls"]);
    assert_eq!(json(&program, &["history", "since", "lake"])["open"], since["open"]);
    engines("spread");
    let files = std::fs::read_dir(table.join("tenant=contoso/pulled_on=2026-11-05")).unwrap().count();
    assert!(files > 4, "two of the pulls, one of both, and these: {files}");
    assert_eq!(json(&program, &["history", "trend", "lake"])["pulls"], trend["pulls"]);
    assert_eq!(json(&program, &["history", "since", "lake"])["open"], since["open"]);
    let ran = add(&program, &["later.ndjson", "day1.ndjson"]);
    assert!(
        ran.stderr.contains("later.ndjson: lake has it already\nday1.ndjson: lake has it already"),
        "{}",
        ran.stderr
    );
}

#[test]
fn thirty_days_of_the_demo_need_no_table() {
    let program = Program::new();
    let resolved = json(&program, &["history", "resolved", "--demo", "--last", "5d"]);
    assert_eq!((resolved["source"].as_str(), resolved["pulls"].as_array().unwrap().len()), (Some("demo"), 6));
    assert!(resolved["by_property"].as_array().unwrap().iter().any(|row| row["resolved"].as_u64() > Some(0)));
    assert!(program.files().is_empty());
}
