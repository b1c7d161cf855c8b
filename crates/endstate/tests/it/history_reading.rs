//! Pulls of a history are read where files are, and devices are followed through them.

use serde_json::Value;

use super::history::{add, edit_receipt, json, with_pulls};

#[test]
fn a_pull_of_a_history_is_read_as_its_file_was() {
    let program = with_pulls(&[1, 2, 4]);
    program.run(&["pull", "--demo", "--source", "preview", "-o", "documented.ndjson"]);
    edit_receipt(&program, "documented.ndjson", |receipt| {
        receipt["tenant"] = "fabrikam".into();
        receipt["started_at"] = "2026-11-07T06:00:00Z".into();
    });
    let line = program.read("documented.ndjson");
    program.write("documented.ndjson", &line.replacen('{', "{\"ring\":\"fast\",", 1));
    add(&program, &["day1.ndjson", "day2.ndjson", "day4.ndjson", "documented.ndjson"]);

    for (file, stored) in [
        ("day1.ndjson", "lake@contoso@2026-11-01"),
        ("day4.ndjson", "lake@contoso"),
        ("documented.ndjson", "lake@fabrikam@2026-11-07T06:00:00Z"),
    ] {
        let listed = |name: &str| {
            let mut devices = json(&program, &["list", name])["devices"].clone();
            devices.as_array_mut().unwrap().sort_by_key(|device| device["id"].to_string());
            devices
        };
        assert_eq!(listed(stored), listed(file), "{file}");
        let (of_file, of_history) = (json(&program, &["triage", file]), json(&program, &["triage", stored]));
        for member in ["devices", "need_attention", "by_property", "by_category", "most_urgent"] {
            assert_eq!(of_history[member], of_file[member], "{file}: {member}");
        }
        assert_eq!(of_history["outcome"], "complete", "{of_history}");
    }
    let diff = |older: &str, newer: &str| {
        let mut difference = json(&program, &["diff", older, newer]);
        for member in ["older", "newer", "before", "after"] {
            difference.as_object_mut().unwrap().remove(member);
        }
        difference
    };
    let stored = diff("lake@contoso@2026-11-01", "lake@contoso@2026-11-04");
    assert_eq!(stored["changed"], diff("day1.ndjson", "day4.ndjson")["changed"]);
    assert_eq!(stored["devices"], diff("day1.ndjson", "day4.ndjson")["devices"]);

    for (name, why) in [
        ("lake@2026/11", "cannot read lake@2026/11"),
        ("lake@2026-11-03", "lake has no such pull; write a day as 2026-11-24, or see `endstate history list lake`"),
        ("lake@2026-13-01", "lake has no such pull of '2026-13-01'; write a day as 2026-11-24"),
        ("lake@latest", "lake has several tenants: contoso, fabrikam; name one, as lake@TENANT@2026-11-24"),
        ("no@2026-11-01", "no is not a history; begin one with `endstate history add no FILE`"),
    ] {
        let ran = program.run(&["triage", name]);
        assert!(ran.code != Some(0) && ran.stderr.contains(why), "{name}: {}", ran.stderr);
    }
}

#[test]
fn triage_compares_with_the_last_pull_before() {
    let program = with_pulls(&[1, 2, 4]);
    add(&program, &["day1.ndjson", "day2.ndjson", "day4.ndjson"]);
    let since = |older: &str| {
        let mut since = json(&program, &["triage", "day4.ndjson", "--since", older])["since"].clone();
        // They differ only in the name, and in the moment of the run.
        let name = since["old"][0]["source"].take();
        since["old"][0]["age_seconds"].take();
        since["new"]["age_seconds"].take();
        assert!(name.is_string(), "{since}");
        since
    };
    let from_file = since("day2.ndjson");
    assert!(from_file.is_object(), "{from_file}");
    assert_eq!(since("lake"), from_file, "the one before, not the same one");
    assert_eq!(since("lake@2026-11-02"), from_file);
    // Pulls of another tenant are none of this one.
    edit_receipt(&program, "day2.ndjson", |receipt| receipt["tenant"] = "fabrikam".into());
    program.run(&["history", "add", "other", "day2.ndjson"]);
    let ran = program.run(&["triage", "day4.ndjson", "--since", "other"]);
    assert!(ran.stderr.contains("there is no earlier pull to compare with"), "{}", ran.stderr);
    let ran = program.run(&["triage", "day1.ndjson", "--since", "lake"]);
    assert!(ran.stderr.contains("there is no earlier pull to compare with"), "{}", ran.stderr);
}

#[test]
fn a_device_that_was_renamed_is_followed_by_its_id() {
    let program = with_pulls(&[1, 2]);
    let name = "ws-0001.contoso.example";
    let text = program.read("day1.ndjson");
    assert!(text.contains(name));
    program.write("day1.ndjson", &text.replace(name, "old-name.contoso.example"));
    add(&program, &["day1.ndjson", "day2.ndjson"]);
    let timeline = json(&program, &["history", "device", "ws-0001", "lake"]);
    assert_eq!(timeline["name"], name);
    assert!(timeline["pulls"].as_array().unwrap().iter().all(|pull| pull["state"].is_object()), "{timeline}");
}

#[test]
fn a_receipt_that_another_program_wrote_does_not_reach_the_terminal() {
    let program = with_pulls(&[1]);
    edit_receipt(&program, "day1.ndjson", |receipt| receipt["profile"] = "a\u{1b}[2Jb".into());
    add(&program, &["day1.ndjson"]);
    let ran = program.run(&["history", "show", "lake"]);
    assert!(ran.stdout.starts_with("complete: all 435 devices"), "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains('\u{1b}') && ran.stdout.contains("[2Jb"), "{}", ran.stdout);
}

#[test]
fn answers_name_only_devices_that_match() {
    let program = with_pulls(&[1, 2]);
    add(&program, &["day1.ndjson", "day2.ndjson"]);
    let open = |more: &[&str]| {
        let since = json(&program, &[&["history", "since", "lake"], more].concat());
        since["open"].as_array().unwrap().iter().map(|open| open["id"].to_string()).collect::<Vec<_>>()
    };
    let servers = json(&program, &["list", "day2.ndjson", "--where", "group eq Servers"]);
    let servers: Vec<_> =
        servers["devices"].as_array().unwrap().iter().map(|device| device["id"].to_string()).collect();
    let expected: Vec<_> = open(&[]).into_iter().filter(|id| servers.contains(id)).collect();
    let matching = open(&["--where", "group eq Servers"]);
    assert_eq!(matching, expected);
    assert!(!matching.is_empty() && matching.len() < open(&[]).len());
    let ran = program.run(&["history", "since", "lake", "--where", "size eq Servers"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("size"), "{}", ran.stderr);
}

#[test]
fn the_timeline_of_a_device_shows_what_changed() {
    let program = with_pulls(&[1, 2, 4]);
    add(&program, &["day1.ndjson", "day2.ndjson", "day4.ndjson"]);
    let flapping = json(&program, &["history", "resolved", "lake"]);
    assert!(flapping["by_property"].as_array().unwrap().iter().any(|row| row["resolved"].as_u64() > Some(0)));
    let device = json(&program, &["list", "day1.ndjson"])["devices"][0].clone();
    let id = device["id"].as_str().unwrap();
    let timeline = json(&program, &["history", "device", &id.to_uppercase(), "lake"]);
    let states: Vec<_> = timeline["pulls"].as_array().unwrap().iter().map(|pull| &pull["state"]).collect();
    assert_eq!(states.len(), 3);
    for (day, state) in [1, 2, 4].into_iter().zip(states) {
        let file = program.read(&format!("day{day}.ndjson"));
        let line = file.lines().find(|line| line.contains(id)).unwrap();
        assert_eq!(*state, serde_json::from_str::<Value>(line).unwrap(), "day {day}");
    }
    let ran = program.run(&["history", "device", "ws-9999", "lake"]);
    assert!(ran.stderr.contains("no pull has a device with the name or id 'ws-9999'"), "{}", ran.stderr);
}
