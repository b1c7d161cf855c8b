//! `endstate triage --format json`.

use super::program::{Program, steady};

#[test]
fn json_has_everything_and_names_what_is_counted() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let ran = program.run(&["triage", "--demo", "--by", "property", "--format", "csv"]);
    assert!(
        ran.stdout.starts_with("category,property,display_name,devices,share\nEDR,EdrSensorOff,Sensor off,"),
        "{}",
        ran.stdout
    );

    let ran = program.run(&["triage", "--demo", "--by", "architecture", "--limit", "1", "--format", "json"]);
    let mut json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    json["source"] = "SOURCE".into();
    json.as_object_mut().unwrap().remove("servicing").unwrap(); // another one each day
    // A row of each list is enough.
    for list in json.as_object_mut().unwrap().values_mut().filter_map(serde_json::Value::as_array_mut) {
        list.truncate(1);
    }

    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}
