//! Every result for programs meets its published schema.

use std::path::Path;

use endstate_analysis::{Appearance, DeviceChange, Difference, MissingKbs, MissingUpdates, Triage};
use endstate_model::AttentionProperty;
use endstate_paging::Outcome;
use serde_json::Value;

use super::program::Program;

/// Panics if a result does not meet the schema with this name.
fn check(name: &str, result: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    let schema = std::fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let result: Value = serde_json::from_str(result).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&result).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {}", errors.join("\n"));
}

/// The schema without its optional members: a result must not have others.
fn has_only_described_members(name: &str, result: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap()).unwrap();
    let described = schema["properties"].as_object().unwrap();
    let result: Value = serde_json::from_str(result).unwrap();
    for member in result.as_object().unwrap().keys() {
        assert!(described.contains_key(member), "{name}: the schema does not have {member}");
    }
}

#[test]
fn each_result_of_pulls_says_how_far_it_can_be_trusted() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    // Where the pull is in the result, and whether the command has checks.
    for (arguments, pull, has_checks) in [
        ("triage --demo --max-age 1d", "", true),
        ("updates --demo --source preview --max-age 1d", "/states", true),
        ("updates --demo --source hunting --max-age 1d", "/states", true),
        ("diff d.ndjson d.ndjson --max-age 1d", "/new", true),
        ("list --demo --limit 1", "/pulls/0", false),
        ("show --demo ws-0267", "/devices/0/pull", false),
        ("history trend --demo --last 1d", "", false),
        ("history trend --demo --last 1d --by tenant", "", false),
        ("history device ws-0267 --demo --last 1d", "", false),
    ] {
        let ran = program.run(&arguments.split(' ').chain(["--json"]).collect::<Vec<_>>());
        assert_eq!(ran.code, Some(0), "{arguments}: {}", ran.stderr);

        let result: Value = serde_json::from_str(&ran.stdout).unwrap();
        let pull = result.pointer(pull).unwrap();
        assert_eq!(pull["outcome"], "complete", "{arguments}");
        assert!(pull["verdict"].as_str().unwrap().starts_with("complete"), "{arguments}");
        assert!(pull["source"].is_string() && pull.get("tenant").is_some(), "{arguments}");
        let check = result.pointer("/checks/0/check").and_then(Value::as_str);
        assert_eq!(check, has_checks.then_some("--max-age"), "{arguments}");
    }
}

#[test]
fn each_result_of_the_demo_meets_its_schema() {
    let program = Program::new();
    for (name, arguments) in [
        ("triage", "triage --demo --format json"),
        ("triage", "triage --demo --source hunting --format json --by release --behind --where build>1"),
        ("triage", "triage --demo --format json --by combination --fail-on any:99% --max-age 1d --min-devices 1"),
        ("list", "list --demo --format json"),
        ("list", "list --demo --format json --columns name,property --limit 3"),
        ("show", "show --demo ws-0127 --format json"),
        ("updates", "updates --demo --source preview --format json"),
        ("updates-today", "updates --demo --source hunting --format json"),
        ("diff", "diff --demo --format json"),
        ("history", "history trend --demo --last 2d --format json"),
        ("history", "history since --demo --last 2d --format json"),
        ("history", "history resolved --demo --last 2d --format json"),
        ("history", "history flapping --demo --last 2d --format json"),
        ("explain", "explain --json"),
        ("clouds", "clouds --json"),
        ("config-show", "config show --json"),
    ] {
        let ran = program.run(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, Some(0), "{arguments}: {}", ran.stderr);
        check(name, &ran.stdout);
        if ran.stdout.starts_with('{') {
            has_only_described_members(name, &ran.stdout);
        }
    }

    let ran = program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let receipt = program.read("d.ndjson.receipt.json");
    check("receipt", &receipt);
    has_only_described_members("receipt", &receipt);
    let ran = program.run(&["triage", "d.ndjson", "--since", "d.ndjson", "--format", "json"]);
    check("triage", &ran.stdout);
    has_only_described_members("triage", &ran.stdout);
}

#[test]
fn a_result_of_another_form_does_not_meet_the_schema() {
    let ran = Program::new().run(&["triage", "--demo", "--format", "json"]);
    let mut triage: Value = serde_json::from_str(&ran.stdout).unwrap();
    triage["devices"] = "many".into();
    let caught = std::panic::catch_unwind(|| check("triage", &triage.to_string()));
    assert!(caught.is_err());
}

#[test]
fn a_result_is_read_with_the_types_of_the_libraries() {
    let program = Program::new();
    let result = |arguments: &str| program.run(&arguments.split(' ').collect::<Vec<_>>()).stdout;

    let text = result("triage --demo --all-devices --source hunting --format json --limit 3");
    let triage: Triage = serde_json::from_str(&text).unwrap();
    assert_eq!((triage.devices, triage.most_urgent.len()), (435, 3));
    assert_eq!(triage.devices_with(&AttentionProperty::SecurityUpdatesMissing), 43);
    let outcome: Outcome = serde_json::from_str(&text).unwrap();
    assert!(outcome.is_complete());

    let text = result("diff --demo --format json");
    let difference: Difference = serde_json::from_str(&text).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let changes: Vec<DeviceChange> = serde_json::from_value(document["changes"].clone()).unwrap();
    let is_new = |change: &&DeviceChange| change.appearance == Appearance::New;
    assert_eq!(changes.iter().filter(is_new).count() as u64, difference.new_devices);

    let missing: MissingUpdates =
        serde_json::from_str(&result("updates --demo --source preview --format json")).unwrap();
    assert_eq!((missing.devices, missing.lacking), (444, 201));
    let missing: MissingKbs = serde_json::from_str(&result("updates --demo --source hunting --format json")).unwrap();
    assert_eq!((missing.devices, missing.lacking), (435, 43));
}

#[test]
fn the_checks_of_doctor_meet_their_schema() {
    let program = Program::new();
    let ran = program.run(&["doctor", "--json", "--service-root", "http://127.0.0.1:9/none"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    check("doctor", &ran.stdout);
    has_only_described_members("doctor", &ran.stdout);
}
