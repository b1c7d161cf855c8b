//! The report as a workbook, as other programs read it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::pipelines::python;
use super::program::{Program, run};

/// The sheets of a workbook, as a library of Python reads them; `None` if it is not installed.
fn sheets(program: &Program, file: &str) -> Option<Value> {
    let ran = run(&mut python(program, "workbook.py", &[file])?);
    Some(serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr)))
}

#[test]
fn a_workbook_has_every_device_with_filters_and_frozen_heads() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "d.ndjson"]);
    let ran = program.run(&["report", "d.ndjson", "-o", "report.xlsx"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let Some(sheets) = sheets(&program, "report.xlsx") else { return };
    let names: Vec<_> = sheets.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Summary", "Devices", "Properties", "Updates"]);

    let rows = |name: &str| sheets[name]["rows"].as_array().unwrap();
    let summary = rows("Summary").iter().find(|row| row[0] == "Devices").unwrap();
    assert_eq!(summary[1], rows("Devices").len() - 1);
    let list = program.run(&["list", "d.ndjson", "--columns", "id,property", "--format", "ndjson"]).stdout;
    for line in list.lines().take(40) {
        let device: Value = serde_json::from_str(line).unwrap();
        let Some(row) = rows("Devices").iter().find(|row| row[1] == device["id"]) else { continue };
        let properties: BTreeSet<_> =
            device["property"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
        let shown = row[8].as_str().unwrap_or_default();
        assert_eq!(shown.split(", ").filter(|name| !name.is_empty()).collect::<BTreeSet<_>>(), properties);
    }

    let triage = program.run(&["triage", "d.ndjson", "--json"]).stdout;
    let triage: Value = serde_json::from_str(&triage).unwrap();
    for tally in triage["by_property"].as_array().unwrap() {
        let row = rows("Properties").iter().find(|row| row[1] == tally["key"]).unwrap();
        assert_eq!(row[3], tally["devices"]);
    }
    assert!(rows("Updates").len() > 3, "{sheets}");
    for name in ["Devices", "Properties", "Updates"] {
        assert_eq!(sheets[name]["frozen"], "A2", "{name}");
        assert!(sheets[name]["filter"].as_str().unwrap().starts_with("A1:"), "{name}");
    }
}

#[test]
fn a_name_that_looks_like_a_formula_or_breaks_xml_stays_text() {
    let program = Program::new();
    let device = r#""device":{"name":"=HYPERLINK(\"http://evil.example\")","group":"a\u0000\u001b]]>&<b>"}"#;
    let long = "x".repeat(40_000);
    let state = format!(r#"{{"id":"=1+1","propertiesRequireAttention":["@SUM(1)","{long}"],{device}}}"#);
    program.write("odd.ndjson", &format!("{state}\n"));
    let ran = program.run(&["report", "odd.ndjson", "-o", "report.xlsx"]);
    assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.stderr);
    let Some(sheets) = sheets(&program, "report.xlsx") else { return };
    let row = &sheets["Devices"]["rows"][1];
    assert_eq!(sheets["Devices"]["formulas"], 0, "{row}");
    assert_eq!((&row[0], &row[1]), (&"=HYPERLINK(\"http://evil.example\")".into(), &"=1+1".into()));
    assert_eq!(row[3], "a\\u{0}\\u{1b}]]>&<b>");
    assert!(row[8].as_str().unwrap().starts_with("@SUM(1), xxx") && row[8].as_str().unwrap().ends_with("..."));
}

#[test]
fn libreoffice_opens_a_workbook() {
    let program = Program::new();
    let ran = program.run(&["report", "--demo", "-o", "report.xlsx"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut command = std::process::Command::new("soffice");
    command.args(["--headless", "--convert-to", "csv", "report.xlsx"]).env("HOME", program.path(""));
    // It is a gigabyte, so no build machine installs it only for this.
    let Ok(ended) = command.current_dir(program.path("")).output() else { return };
    assert!(ended.status.success() && program.read("report.csv").starts_with("Outcome,"), "{ended:?}");
}
