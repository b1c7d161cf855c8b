//! Every command takes every source, and shows devices by their names.

use std::collections::BTreeSet;

use endstate_emulator::Emulator;
use serde_json::Value;

use super::program::{Program, TOKEN, run};
use super::server::RunningEmulator;

const SOURCES: [&str; 4] = ["preview", "hunting", "assessments", "export"];

#[test]
fn the_difference_of_two_days_names_its_devices_whatever_the_source() {
    for source in SOURCES {
        let ran = Program::new().run(&["diff", "--demo", "--source", source, "--limit", "3"]);
        assert_eq!(ran.code, Some(0), "{source}: {}", ran.stderr);
        let devices = ran.stdout.split("\nDEVICE ").nth(1).unwrap();
        assert_eq!(devices.matches(".contoso.example ").count(), 3, "{source}: {}", ran.stdout);
        assert!(devices.trim_start().starts_with("ID "), "{source}: {}", ran.stdout);

        let json = Program::new().run(&["diff", "--demo", "--source", source, "--format", "json"]);
        let json: Value = serde_json::from_str(&json.stdout).unwrap();
        let first = &json["changes"][0];
        let name = first["name"].as_str().or_else(|| first["state"]["device"]["name"].as_str());
        assert!(name.unwrap().ends_with(".contoso.example") && first["id"].is_string(), "{first}");
    }
    let ran = Program::new().run(&["diff", "--source", "hunting", "old", "new"]);
    assert_eq!(ran.code, Some(2), "files are of their own source");
}

#[test]
fn the_difference_of_two_files_names_the_devices_of_the_newer_one() {
    let program = Program::new();
    for (day, file) in [("1", "old.ndjson"), ("2", "new.ndjson")] {
        program.run(&["pull", "--demo", "--demo-day", day, "--source", "hunting", "-o", file]);
    }
    let csv = program.run(&["diff", "old.ndjson", "new.ndjson", "--format", "csv"]).stdout;
    assert!(csv.starts_with("id,name,change,"), "{csv}");
    let is_named = |line: &&str| line.split(',').nth(1).unwrap().ends_with(".contoso.example");
    assert!(csv.lines().skip(1).filter(is_named).count() > 50, "{csv}");
}

#[test]
fn missing_updates_name_their_devices() {
    for source in ["preview", "hunting", "assessments"] {
        let arguments = ["updates", "--demo", "--source", source, "--by", "device", "--format", "json"];
        let ran = Program::new().run(&arguments);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        let first = &json["most_exposed"][0];
        let name = first["name"].as_str().or_else(|| first["state"]["device"]["name"].as_str());
        assert!(name.unwrap().ends_with(".contoso.example"), "{source}: {first}");
    }
    let unnamed = Program::new().run(&["updates", "--demo", "--no-devices", "--by", "device", "--limit", "1"]);
    assert!(!unnamed.stdout.contains("contoso.example"), "{}", unnamed.stdout);
}

#[test]
fn devices_are_counted_by_group_tag_platform_and_owner() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "d.ndjson"]);
    let rows = program.read("d.ndjson");
    let states: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    for (by, field) in [("group", "group"), ("tag", "tags"), ("platform", "platform"), ("owner", "users")] {
        let arguments = ["triage", "d.ndjson", "--all-devices", "--by", by, "--limit", "0", "--format", "json"];
        let json: Value = serde_json::from_str(&program.run(&arguments).stdout).unwrap();
        let counted = json["by_device"].as_array().unwrap();

        let value = |state: &Value| match &state["device"][field] {
            Value::Array(texts) => texts.clone(),
            Value::Null => Vec::new(),
            text => vec![text.clone()],
        };
        let names: BTreeSet<_> = states.iter().flat_map(value).map(|name| name.as_str().unwrap().to_owned()).collect();
        for name in &names {
            let devices = states.iter().filter(|state| value(state).iter().any(|its| its == name.as_str())).count();
            let row = counted.iter().find(|row| row["key"] == name.as_str());
            let row = row.unwrap_or_else(|| panic!("{by}: {name} is missing in {counted:?}"));
            assert_eq!(row["devices"], devices, "{by}: {name}");
        }
        assert!(names.len() > 2, "{by}");
    }
}

#[test]
fn a_profile_sets_the_source() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(30));
    let program = Program::new();
    let config = format!(
        "[profile.contoso]\nsource = \"assessments\"\ndefender-root = \"{}\"\ntoken-env = \"OTHER\"\n",
        emulator.emulator.defender_root()
    );
    program.write("config.toml", &config);
    let arguments = ["pull", "--config", "config.toml", "--profile", "contoso", "-o", "d.ndjson"];
    let ran = run(program.command(&arguments).env("OTHER", TOKEN));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let receipt: Value = serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap();
    assert_eq!((&receipt["states_from"], &receipt["devices"]), (&"assessments".into(), &30.into()));
}

#[test]
fn what_was_folded_is_not_continued_and_the_pull_says_so() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(30));
    let program = Program::new();
    let root = emulator.emulator.defender_root();
    let arguments = ["pull", "--source", "assessments", "--defender-root", &root, "-o", "d.ndjson", "--resume"];
    let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let said = "A pull from assessments cannot be continued; starting at the beginning\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(program.read("d.ndjson").lines().count(), 30);
}

#[test]
fn plain_http_beyond_loopback_is_refused_for_every_root() {
    for (source, option) in
        [("preview", "--service-root"), ("assessments", "--defender-root"), ("hunting", "--graph-root")]
    {
        let arguments = ["pull", "--source", source, option, "http://192.0.2.1/api"];
        let ran = run(Program::new().command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
        let said = format!("error: {option} cannot be used: plain http would expose the token on the network");
        assert!(ran.stderr.starts_with(&said), "{}", ran.stderr);
    }
}
