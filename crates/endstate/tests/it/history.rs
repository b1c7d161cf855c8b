//! `endstate history`: pulls enter a table, and the table answers.

use serde_json::Value;

use super::program::{Program, Ran, steady};
use super::server::FixedServer;

/// A program with the pulls of these days of the demo, as if each was pulled on its day.
pub(super) fn with_pulls(days: &[u32]) -> Program {
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

pub(super) fn edit_receipt(program: &Program, file: &str, edit: impl Fn(&mut Value)) {
    let name = format!("{file}.receipt.json");
    let mut receipt: Value = serde_json::from_str(&program.read(&name)).unwrap();
    edit(&mut receipt);
    program.write(&name, &receipt.to_string());
}

pub(super) fn add(program: &Program, files: &[&str]) -> Ran {
    program.run(&[&["history", "add", "lake"], files].concat())
}

pub(super) fn json(program: &Program, arguments: &[&str]) -> Value {
    let ran = program.run(&[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut json: Value = serde_json::from_str(&ran.stdout).unwrap();
    // The only member that differs from run to run.
    json.as_object_mut().unwrap().remove("generated_at");
    json
}

#[test]
fn each_result_names_the_tenant_and_the_profile_of_its_last_pull() {
    let program = with_pulls(&[1, 2]);
    edit_receipt(&program, "day2.ndjson", |receipt| receipt["profile"] = "morning".into());
    add(&program, &["day1.ndjson", "day2.ndjson"]);
    for question in [&["list", "lake"][..], &["since", "lake"], &["trend", "lake"], &["device", "ws-0022", "lake"]] {
        let result = json(&program, &[&["history"][..], question].concat());
        assert_eq!(result["profile"], "morning", "{question:?}");
        assert_eq!((&result["outcome"], &result["source"]), (&"complete".into(), &"lake".into()), "{question:?}");
        let of_pull = result.pointer("/pulls/0/tenant").unwrap_or(&Value::Null);
        assert!([&result["tenant"], of_pull].contains(&&Value::from("contoso")), "{question:?}");
    }
}

#[test]
fn pulls_enter_in_any_order_and_once() {
    let _steady = steady().bind_to_scope();
    let program = with_pulls(&[1, 2, 4]);
    let ran = add(&program, &["day4.ndjson", "day1.ndjson", "day2.ndjson", "day1.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr, @"
    day4.ndjson: added 435 devices of YYYY-MM-DDTHH:MM:SSZ to lake
    day1.ndjson: added 435 devices of YYYY-MM-DDTHH:MM:SSZ to lake
    day2.ndjson: added 435 devices of YYYY-MM-DDTHH:MM:SSZ to lake
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
    assert_eq!(listed["pulls"].as_array().unwrap().len(), 3);

    // As if the program was killed before it wrote its second table.
    std::fs::remove_dir_all(program.path("lake/pulls")).unwrap();
    assert_eq!(json(&program, &["history", "trend", "lake"])["profile"], Value::Null);
    add(&program, &["day2.ndjson"]);
    assert!(program.path("lake/pulls/tenant=contoso/pulled_on=2026-11-02").exists());
    assert_eq!(listed["pulls"][0]["tenant"], "contoso");
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
    assert_eq!(json(&program, &["history", "list", "lake"])["pulls"], Value::Array(Vec::new()));
    assert_eq!(add(&program, &["day1.ndjson"]).code, Some(0));
}

#[test]
fn a_trend_is_a_picture_in_which_a_day_without_a_pull_is_a_gap() {
    let program = with_pulls(&[1, 2, 4, 5]);
    add(&program, &["day1.ndjson", "day2.ndjson", "day4.ndjson", "day5.ndjson"]);
    let picture = |more: &[&str]| {
        let ran = program.run(&[&["history", "trend", "lake", "-o", "trend.svg"], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        program.read("trend.svg")
    };
    let all = picture(&[]);
    // Two lines with a gap between them, and no legend for a single number.
    assert_eq!((all.matches("<polyline").count(), all.matches("x=\"98\"").count()), (2, 0), "{all}");
    assert!(all.contains("1 day without a complete pull."), "{all}");
    let categories = picture(&["--by", "category", "--limit", "3"]);
    assert_eq!((categories.matches("<polyline").count(), categories.matches("x=\"98\"").count()), (6, 3));

    let one = program.run(&["history", "trend", "lake", "--last", "1h", "-o", "one.svg"]);
    assert_eq!((one.code, program.path("one.svg").exists()), (Some(2), false), "{}", one.stderr);
    assert!(one.stderr.contains("a picture needs the pulls of two days"), "{}", one.stderr);
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
    let table = program.run(&["history", "trend", "lake", "--by", "tenant"]).stdout;
    assert!(table.starts_with("Devices that need attention in 2 tenants\n"), "{table}");
    assert!(table.contains("\ncontoso") && table.contains("\nfabrikam"), "{table}");
    let tenants = json(&program, &["history", "trend", "lake", "--by", "tenant"]);
    assert_eq!(tenants["tenants"][1]["pulls"], trend["pulls"]);
    let one = program.run(&["history", "trend", "lake", "--by", "tenant", "--tenant", "fabrikam"]);
    assert_eq!(one.code, Some(2), "{}", one.stderr);
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
fn a_pull_enters_a_history_and_an_incomplete_one_is_only_noted() {
    let program = Program::new();
    let ran = program.run(&["pull", "--demo", "--source", "hunting", "--into", "lake"]);
    assert_eq!((ran.code, &*ran.stdout), (Some(0), ""), "the rows are only in the history: {}", ran.stderr);
    assert!(ran.stderr.contains("added 435 devices of ") && !ran.stderr.contains(" in /"), "{}", ran.stderr);
    assert_eq!(json(&program, &["history", "list", "lake"])["pulls"].as_array().unwrap().len(), 1);

    let ran = program.run(&["pull", "--demo", "--max-pages", "2", "-o", "part.ndjson", "--into", "lake"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("so it does not enter the history"), "{}", ran.stderr);
    assert_eq!(json(&program, &["history", "list", "lake"])["pulls"].as_array().unwrap().len(), 1);

    let formats = ["pull", "--demo", "--format", "table", "--receipt", "receipt.json", "--into", "lake"];
    let ran = program.run(&formats);
    assert_eq!(ran.code, Some(0), "rows that only a history keeps are ndjson: {}", ran.stderr);
    assert_eq!(json(&program, &["history", "list", "lake"])["pulls"].as_array().unwrap().len(), 2);
    assert!(program.read("receipt.json").contains("\"outcome\": \"complete\""));

    for (more, why) in [
        (&["-o", "states.txt"][..], "a table cannot; use ndjson, json or csv"),
        (&["-o", "/dev/null"], "--into needs rows that can be read again"),
        (&["-o", "x.ndjson", "--receipt", "r.json"], "leave out --receipt, or -o"),
        (&["--where", "build gt 1"], "cannot be used with"),
        (&["--collection", "kbinfo"], "a history has the states of devices, and no other collection"),
        (&["--into", "part.ndjson.partial"], "is a file; name the folder of a history"),
    ] {
        let into: &[&str] = if more[0] == "--into" { &[] } else { &["--into", "other"] };
        let ran = program.run(&[&["pull", "--demo"], into, more].concat());
        assert!(ran.code == Some(2) && ran.stderr.contains(why), "{more:?}: {}", ran.stderr);
    }
}

#[test]
fn a_program_that_is_killed_leaves_whole_pulls() {
    let program = with_pulls(&[1, 2, 4]);
    let files = ["day1.ndjson", "day2.ndjson", "day4.ndjson"];
    let mut whole = 0;
    for step in 0..24 {
        let lake = format!("lake{step}");
        let mut child = program.start(&[&["history", "add", &lake], &files[..]].concat());
        // Killed when so many files are there, or when it has ended.
        let folder = program.path(&lake);
        while number_of_files(&folder) < step && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        if folder.join("machinesecuritystates/_delta_log/00000000000000000000.json").exists() {
            let pulls = json(&program, &["history", "list", &lake])["pulls"].as_array().unwrap().len();
            whole += usize::from(pulls == 3);
        }
        let ran = program.run(&[&["history", "add", &lake], &files[..]].concat());
        assert_eq!(ran.code, Some(0), "step {step}: {}", ran.stderr);
        let verified = program.run(&["history", "verify", &lake]);
        assert!(verified.stderr.contains("3 pulls with 1,305 states"), "step {step}: {}", verified.stderr);
        assert_eq!(verified.code, Some(0), "step {step}: {}", verified.stderr);
    }
    assert!(whole < 24, "some were killed before the end");
}

/// The files in a folder and its folders, whatever their names.
fn number_of_files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { number_of_files(&entry.path()) } else { 1 }).sum()
}

#[test]
fn verify_finds_what_was_changed_or_lost() {
    let program = with_pulls(&[1, 2, 4]);
    add(&program, &["day1.ndjson", "day2.ndjson", "day4.ndjson"]);
    let ran = program.run(&["history", "verify", "lake"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr, @"
    3 pulls with 1,305 states in 3 files, 3 of them as endstate wrote them
    All checks passed
    ");

    let file = |day: u32| {
        let folder = program.path(&format!("lake/machinesecuritystates/tenant=contoso/pulled_on=2026-11-{day:02}"));
        std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
    };
    let mut bytes = std::fs::read(file(1)).unwrap();
    bytes[200] ^= 1;
    std::fs::write(file(1), bytes).unwrap();
    std::fs::remove_file(file(2)).unwrap();
    std::fs::remove_dir_all(program.path("lake/pulls/tenant=contoso/pulled_on=2026-11-04")).unwrap();
    let ran = program.run(&["history", "verify", "lake"]);
    assert_eq!(ran.code, Some(1));
    for why in ["has other bytes than were written", "is missing; restore it from a backup"] {
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn expire_removes_old_pulls_and_keeps_the_last() {
    let program = with_pulls(&[1, 2, 4]);
    add(&program, &["day1.ndjson", "day2.ndjson", "day4.ndjson"]);
    let pulls = || json(&program, &["history", "list", "lake"])["pulls"].as_array().unwrap().len();
    let ran = program.run(&["history", "expire", "lake"]);
    assert_eq!(ran.code, Some(2), "without a rule: {}", ran.stderr);

    let ran = program.run(&["history", "expire", "lake", "--keep", "0s", "--dry-run"]);
    assert!(ran.stderr.contains("Would remove 2 pulls, and would delete 0 old files"), "{}", ran.stderr);
    assert_eq!(pulls(), 3);
    let ran = program.run(&["history", "expire", "lake", "--monthly", "3650d"]);
    assert!(ran.stderr.contains("Removed 2 pulls, and deleted 0 old files"), "{}", ran.stderr);
    assert_eq!(pulls(), 1);
    // What was removed is not added again by mistake: its receipt is still known.
    let ran = add(&program, &["day1.ndjson"]);
    assert!(ran.stderr.contains("has removed it; it is not added again"), "{}", ran.stderr);
    // Its file stays for readers of older versions.
    assert!(
        program.path("lake/machinesecuritystates/tenant=contoso/pulled_on=2026-11-01").read_dir().unwrap().count() == 1
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
