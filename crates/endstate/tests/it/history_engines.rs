//! Other engines read a history, and answer as the program does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::history::{add, edit_receipt, json, with_pulls};
use super::program::{Program, run};
use super::python_packages::installed;

/// The answers to each question, as rows of texts.
type Answers = BTreeMap<String, Vec<Vec<String>>>;

/// A history with a gap, and with two pulls on one day.
fn filled() -> Program {
    let program = with_pulls(&[1, 2, 3, 5]);
    program.run(&["pull", "--demo", "--demo-day", "9", "--source", "hunting", "-o", "later.ndjson"]);
    edit_receipt(&program, "later.ndjson", |receipt| {
        receipt["tenant"] = "contoso".into();
        receipt["started_at"] = "2026-11-05T18:00:00Z".into();
    });
    let files = ["day1.ndjson", "day2.ndjson", "day3.ndjson", "day5.ndjson", "later.ndjson"];
    assert_eq!(add(&program, &files).code, Some(0));
    program
}

fn table(program: &Program) -> PathBuf {
    program.path("lake/machinesecuritystates")
}

/// Runs the script with these packages.
fn engines(packages: &PathBuf, mode: &str, arguments: &[&std::ffi::OsStr]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/history-engines/engines.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(mode).args(arguments);
    let ran = run(command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout
}

fn answers(packages: &PathBuf, mode: &str, program: &Program) -> BTreeMap<String, Answers> {
    let endstate = env!("CARGO_BIN_EXE_endstate");
    let printed = engines(packages, mode, &[endstate.as_ref(), table(program).as_os_str()]);
    // Spark writes progress before it.
    serde_json::from_str(printed.lines().last().unwrap_or_default()).unwrap()
}

/// What a value of a result is in SQL.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A row of a result with these members.
fn row(of: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| text(&of[*name])).collect()
}

/// What the program answers.
fn ours(program: &Program) -> Answers {
    let question = |name: &str, by: &[&str]| json(program, &[&["history", name, "lake"], by].concat());
    let list = |value: &Value, name: &str| value[name].as_array().unwrap().clone();
    let mut answers = Answers::new();

    let trend = question("trend", &[]);
    let pulls = list(&trend, "pulls");
    let counts = ["started_at", "devices", "need_attention", "not_known"];
    answers.insert("trend".to_owned(), pulls.iter().map(|pull| row(pull, &counts)).collect());
    for (query, member, names) in [
        ("trend-by-property", "by_property", &["key", "devices"][..]),
        ("trend-by-group", "by_group", &["key", "devices", "need_attention"]),
        ("trend-by-build", "by_build", &["key", "devices", "need_attention"]),
    ] {
        let of_pull = |pull: &Value| -> Vec<Vec<String>> {
            let with_time = |counted: &Value| [vec![text(&pull["started_at"])], row(counted, names)].concat();
            list(pull, member).iter().map(with_time).collect()
        };
        answers.insert(query.to_owned(), pulls.iter().flat_map(of_pull).collect());
    }

    let open = list(&question("since", &[]), "open");
    answers.insert("since".to_owned(), open.iter().map(|open| row(open, &["id", "property", "since"])).collect());
    let resolved = list(&question("resolved", &[]), "by_property");
    let resolved = resolved.iter().map(|property| {
        let median = property["time_to_resolve"].get("median").map(text).unwrap_or_default();
        [row(property, &["property", "resolved", "open", "gone", "reopened"]), vec![median]].concat()
    });
    answers.insert("resolved".to_owned(), resolved.collect());
    let flapping = list(&question("flapping", &[]), "flapping");
    let names = ["id", "property", "reopened"];
    answers.insert("flapping".to_owned(), flapping.iter().map(|property| row(property, &names)).collect());
    answers
}

/// Compares each question that the program answers, whatever the order of the rows.
fn assert_same(ours: &Answers, engine: &str, theirs: &Answers) {
    for (question, rows) in ours {
        let sorted = |rows: &Vec<Vec<String>>| {
            let mut rows = rows.clone();
            rows.sort_unstable();
            rows
        };
        assert_eq!(sorted(&theirs[question]), sorted(rows), "{engine}: {question}");
    }
}

/// What only SQL answers, from the files that were added.
fn assert_others(engine: &str, theirs: &Answers) {
    assert_eq!(
        theirs["gaps"],
        [["2026-11-03T06:00:00Z", "2026-11-05T06:00:00Z", "172800"]],
        "{engine}: the day without a pull"
    );
    assert!(theirs["gone"].iter().all(|row| row[2].as_str() < "2026-11-05T18:00:00Z"), "{engine}");
    assert!(!theirs["gone"].is_empty() && !theirs["missing-kbs"].is_empty(), "{engine}");
}

#[test]
fn duckdb_polars_pyarrow_and_delta_rs_read_the_same() {
    let Some(packages) = installed("history-engines", &["duckdb", "deltalake", "polars", "pyarrow"]) else { return };
    let program = filled();
    let ours_before = ours(&program);
    assert!(ours_before["trend"].len() == 5 && ours_before["flapping"].len() > 1, "{ours_before:?}");

    let theirs = answers(&packages, "read", &program);
    assert_eq!(theirs.len(), 4);
    for (engine, theirs) in &theirs {
        assert_same(&ours_before, engine, theirs);
        assert_others(engine, theirs);
    }

    // Another engine merges the files of each day, writes them again, and deletes the old ones. The
    // answers stay, a pull that is there stays one, and the next one enters.
    let table = table(&program);
    let day = || std::fs::read_dir(table.join("tenant=contoso/pulled_on=2026-11-05")).unwrap().count();
    for (mode, files) in [("compact", 3), ("vacuum", 1), ("spread", 3), ("vacuum", 2)] {
        engines(&packages, mode, &[table.as_os_str()]);
        assert!(day() >= files && (mode != "vacuum" || day() == files), "after {mode}: {}", day());
        assert_eq!(ours(&program), ours_before, "after {mode}");
        let verified = program.run(&["history", "verify", "lake"]);
        assert_eq!(verified.code, Some(0), "after {mode}: {}", verified.stderr);
    }
    let ran = add(&program, &["later.ndjson", "day1.ndjson"]);
    assert!(
        ran.stderr.contains("later.ndjson: lake has it already\nday1.ndjson: lake has it already"),
        "{}",
        ran.stderr
    );
    edit_receipt(&program, "day5.ndjson", |receipt| receipt["started_at"] = "2026-11-06T06:00:00Z".into());
    assert_eq!(add(&program, &["day5.ndjson"]).code, Some(0));
    let pulls = json(&program, &["history", "trend", "lake"]);
    assert_eq!(pulls["pulls"].as_array().unwrap().len(), 6);
}

#[test]
fn spark_and_sail_read_the_same() {
    let Some(packages) = installed("history-spark", &["pyspark", "pysail"]) else { return };
    let program = filled();
    let ours = ours(&program);
    let theirs = answers(&packages, "spark", &program);
    assert_eq!(theirs.keys().collect::<Vec<_>>(), ["sail", "spark"]);
    for (engine, theirs) in &theirs {
        assert_same(&ours, engine, theirs);
        assert_others(engine, theirs);
    }
}
