//! Checks in CI: none passes on nothing, on something old, or on a name that no device has.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::program::{Program, Ran, run};
use super::server::FixedServer;

fn pulled() -> Program {
    let program = Program::new();
    assert_eq!(program.run(&["pull", "--demo", "-o", "d.ndjson"]).code, Some(0));
    program
}

fn triage(program: &Program, more: &[&str]) -> Ran {
    program.run(&[&["triage", "--limit", "0", "--by", "architecture"], more].concat())
}

/// The check that is never true of the demo, with further options.
const PASSES: [&str; 2] = ["--fail-on", "Other"];

#[test]
fn a_file_whose_completeness_is_unknown_does_not_pass() {
    let program = pulled();
    program.write("alone.ndjson", &program.read("d.ndjson"));
    let code = |file: &str, more: &[&str]| triage(&program, &[&[file], more].concat()).code.unwrap();
    assert_eq!(code("d.ndjson", &PASSES), 0);
    assert_eq!(code("alone.ndjson", &[]), 0, "without a check, nothing has to be known");
    assert_eq!(code("alone.ndjson", &PASSES), 4);
    assert_eq!(code("alone.ndjson", &["--min-devices", "1"]), 4);
    assert_eq!(code("alone.ndjson", &[&PASSES[..], &["--allow-unknown"]].concat()), 0);
    let ran = triage(&program, &["alone.ndjson", "--fail-on", "Other", "--format", "csv"]);
    let reason =
        "check completeness: unknown: no receipt beside the file (444 rows); pull it with -o, or add --allow-unknown";
    assert!(ran.stderr.ends_with(&format!("{reason}\n")), "{}", ran.stderr);
}

#[test]
fn an_empty_input_or_an_empty_fleet_does_not_pass() {
    let program = Program::new();
    program.write("empty.ndjson", "");
    let nothing = triage(&program, &["empty.ndjson"]);
    assert_eq!(nothing.code, Some(1));
    insta::assert_snapshot!(nothing.stderr, @"error: empty.ndjson is empty and has no receipt: nothing was read; --allow-empty accepts it");
    assert_eq!(triage(&program, &[&["empty.ndjson"], &PASSES[..]].concat()).code, Some(4));

    let server = FixedServer::pages(&[r#"{"value":[]}"#]);
    let fleet = |more: &[&str]| triage(&program, &[&["--service-root", &server.root], more].concat());
    assert_eq!(fleet(&[]).code, Some(0), "a complete pull of no devices");
    let gated = fleet(&PASSES);
    assert_eq!(gated.code, Some(4));
    assert!(gated.stdout.contains("unknown: there are no devices; --allow-empty accepts that"), "{}", gated.stdout);
    assert_eq!(fleet(&[&PASSES[..], &["--allow-empty"]].concat()).code, Some(0));
}

#[test]
fn an_empty_older_pull_without_a_receipt_is_an_error() {
    let program = pulled();
    program.write("empty.ndjson", "");
    program.write("head.csv", "id,build\n");
    for older in ["empty.ndjson", "head.csv"] {
        for arguments in [
            vec!["triage", "d.ndjson", "--since", older, "--fail-on", "new"],
            vec!["diff", older, "d.ndjson"],
            vec!["diff", "d.ndjson", older],
        ] {
            let ran = program.run(&arguments);
            assert_eq!(ran.code, Some(1), "{arguments:?}");
            assert!(ran.stderr.contains("is empty and has no receipt: nothing was read"), "{}", ran.stderr);
        }
    }
}

#[test]
fn an_incomplete_pull_and_an_unknown_tenant_are_checks_of_their_own() {
    let program = Program::new();
    let part = triage(&program, &["--demo", "--max-pages", "2", "--fail-on", "Other"]);
    assert_eq!(part.code, Some(4));
    assert!(part.stdout.contains("unknown: incomplete (limit): 200 of 444 devices (2 pages)"), "{}", part.stdout);
    let tenant = triage(&program, &["--demo", "--where", "tenant = nope", "--fail-on", "any"]);
    assert_eq!(tenant.code, Some(4));
    assert!(tenant.stderr.contains("warning: --where: no tenant is named 'nope'"), "{}", tenant.stderr);
}

#[test]
fn an_empty_tenant_among_several_does_not_pass() {
    let program = pulled();
    let server = FixedServer::pages(&[r#"{"value":[]}"#]);
    program.run(&["pull", "--service-root", &server.root, "-o", "none.ndjson"]);
    let ran = triage(&program, &["d.ndjson", "none.ndjson", "--fail-on", "EdrSensorOff:99"]);
    assert_eq!(ran.code, Some(4));
    assert!(ran.stdout.contains("unknown: there are no devices in none; --allow-empty accepts that"), "{}", ran.stdout);
}

#[test]
fn a_reader_that_has_seen_enough_does_not_turn_a_check_green() {
    let program = pulled();
    let endstate = program.command(&[]).get_program().to_str().unwrap().to_owned();
    let folder = program.path("");
    let script = format!("({endstate} triage d.ndjson --fail-on any --limit 500; echo $? >&2) | true");
    for _ in 0..5 {
        let ran = run(std::process::Command::new("sh").args(["-c", &script]).current_dir(&folder));
        assert_eq!(ran.stderr.lines().last(), Some("3"), "{}", ran.stderr);
    }
}

#[test]
fn a_pipe_is_red_when_the_pull_fails() {
    let program = Program::new();
    let endstate = program.command(&[]).get_program().to_str().unwrap().to_owned();
    let pipe = |pull: &str| {
        let script = format!("{endstate} pull {pull} 2>/dev/null | {endstate} triage - --fail-on Other --limit 0");
        let mut command = std::process::Command::new("sh");
        run(command.args(["-c", &script]).env("ENDSTATE_TOKEN", "t"))
    };
    assert_eq!(pipe("--service-root http://127.0.0.1:9/x --retries 0").code, Some(4));
    assert_eq!(pipe("--demo --max-pages 2").code, Some(4));
}

#[test]
fn devices_that_cannot_be_read_do_not_pass() {
    let program = Program::new();
    program.write("odd.ndjson", "{\"id\":\"a\"}\n{\"id\":[]}\n");
    let ran = triage(&program, &["odd.ndjson", "--fail-on", "Other", "--format", "json"]);
    assert_eq!(ran.code, Some(4));
    assert!(ran.stdout.contains("\"reason\": \"1 item could not be read\""), "{}", ran.stdout);
    program.write("none.ndjson", "{\"id\":[]}\n");
    assert_eq!(triage(&program, &["none.ndjson"]).code, Some(1), "nothing readable");
}

#[test]
fn every_check_shows_its_limit_its_value_and_its_result() {
    let program = pulled();
    let checks = ["--fail-on", "any:50%", "--fail-on", "EdrSensorOff:2", "--min-devices", "444"];
    let text = triage(&program, &[&["d.ndjson"], &checks[..]].concat());
    assert_eq!(text.code, Some(3));
    let (_, table) = text.stdout.split_once("Checks\n\n").unwrap();
    insta::assert_snapshot!(table.split("\n\n").next().unwrap(), @"
    CHECK           LIMIT        VALUE        RESULT
    any:50%         50.00 %      41.67 %      passed
    EdrSensorOff:2  2 devices    3 devices    failed
    --min-devices   444 devices  444 devices  passed
    ");

    let json = triage(&program, &["d.ndjson", "--format", "json", "--fail-on", "any:50%"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    insta::assert_json_snapshot!(json["checks"], @r#"
    [
      {
        "check": "any:50%",
        "limit": 50.0,
        "value": 41.666666666666664,
        "unit": "percent",
        "result": "passed",
        "reason": null
      }
    ]
    "#);
}

#[test]
fn min_devices_needs_that_many() {
    let program = pulled();
    assert_eq!(triage(&program, &["d.ndjson", "--min-devices", "444"]).code, Some(0));
    let few = triage(&program, &["d.ndjson", "--min-devices", "445", "--format", "csv"]);
    assert_eq!(few.code, Some(4));
    assert!(few.stderr.ends_with("check --min-devices: unknown: 444 devices of at least 445\n"), "{}", few.stderr);
}

#[test]
fn a_result_carries_its_age_and_an_old_one_does_not_pass() {
    let program = pulled();
    let receipt = program.read("d.ndjson.receipt.json");
    let mut receipt: Value = serde_json::from_str(&receipt).unwrap();
    let days = |days: u64| {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - days * 86_400 - 60;
        let mut date = std::process::Command::new("date");
        run(date.args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"])).stdout.trim().to_owned()
    };
    receipt["started_at"] = days(21).into();
    program.write("d.ndjson.receipt.json", &receipt.to_string());

    let ran = triage(&program, &["d.ndjson"]);
    assert!(ran.stdout.ends_with(" UTC, 21 days ago\n"), "{}", ran.stdout);
    let code = |age: &str| triage(&program, &["d.ndjson", "--max-age", age]).code.unwrap();
    assert_eq!((code("22d"), code("21d"), code("36h"), code("4w")), (0, 4, 4, 0));
    assert_eq!(code("soon"), 2);
    for (command, file) in [("diff", "d.ndjson"), ("triage", "d.ndjson")] {
        let arguments = if command == "diff" { vec![command, file, file] } else { vec![command, file] };
        let ran = program.run(&[&arguments[..], &["--max-age", "1d", "--format", "csv"]].concat());
        assert_eq!(ran.code, Some(4), "{command}");
        assert!(ran.stderr.contains("check --max-age: unknown: pulled 21 days ago; pull again"), "{}", ran.stderr);
    }
    receipt["started_at"] = "2999-01-01T00:00:00Z".into();
    program.write("d.ndjson.receipt.json", &receipt.to_string());
    assert_eq!(code("22d"), 4, "a date in the future is no age");
    std::fs::remove_file(program.path("d.ndjson.receipt.json")).unwrap();
    assert_eq!(code("22d"), 4, "without a receipt, the age is unknown");
}

#[test]
fn names_in_where_are_known_or_warned_of_and_a_check_cannot_pass_on_them() {
    let program = Program::new();
    let select = |condition: &str, more: &[&str]| triage(&program, &[&["--demo", "--where", condition], more].concat());
    let devices = |condition: &str| {
        let ran = select(condition, &[]);
        assert_eq!(ran.code, Some(0), "{condition}: {}", ran.stderr);
        ran.stdout.split(' ').next().unwrap().to_owned()
    };
    assert_eq!(devices("property has edrsensoroff"), devices("property has 'Sensor off'"));
    assert_eq!(devices("category has 'OS security updates'"), devices("category has SecurityUpdates"));
    assert_eq!(devices("release = 'windows server 2016'"), devices("build = 14393"));
    assert_eq!(devices("architecture = amd64"), devices("architecture = Amd64"));

    let closed = select("category has Antivirs", &[]);
    assert_eq!(closed.code, Some(2));
    insta::assert_snapshot!(closed.stderr, @"
    error: --where: unknown category 'Antivirs'; did you mean 'Antivirus'?
        category has Antivirs
                     ^
    ");
    for (condition, warning) in [
        ("property has EdrSensorOf", "'EdrSensorOf' is not a known property; did you mean 'EdrSensorOff'?"),
        (
            "release = 'Windows Server 2061'",
            "'Windows Server 2061' is not a known release; did you mean 'Windows Server 2016'?",
        ),
        ("architecture ne Amd46", "'Amd46' is not a known architecture; did you mean 'Amd64'?"),
    ] {
        let warned = select(condition, &[]);
        assert_eq!(warned.code, Some(0));
        assert!(warned.stderr.contains(&format!("warning: --where: {warning}\n")), "{condition}: {}", warned.stderr);
        assert_eq!(select(condition, &PASSES).code, Some(4), "{condition}");
    }
}

#[test]
fn properties_that_only_inform_do_not_count_unless_they_are_included() {
    let program = Program::new();
    program.write("d.ndjson", "{\"id\":\"a\",\"propertiesRequireAttention\":[\"ThirdPartyFirewallActive\"]}\n");
    let code = |more: &[&str]| {
        let arguments = ["d.ndjson", "--allow-unknown", "--fail-on", "any", "--fail-on", "Firewall"];
        triage(&program, &[&arguments[..], more].concat()).code.unwrap()
    };
    assert_eq!((code(&[]), code(&["--include-informational"])), (0, 3));
    let text = program.run(&["triage", "d.ndjson"]).stdout;
    assert!(text.contains("Information (does not need attention)        1  100.0 %"), "{text}");

    let both = "[\"ThirdPartyFirewallActive\",\"FirewallOff\"]";
    program.write("both.ndjson", &format!("{{\"id\":\"a\",\"propertiesRequireAttention\":{both}}}\n"));
    let listed = |more: &[&str]| {
        let text = program.run(&[&["triage", "both.ndjson"], more].concat()).stdout;
        text.lines()
            .find(|line| line.starts_with("a "))
            .unwrap()
            .split_whitespace()
            .skip(3)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(listed(&[]), "FirewallOff");
    assert_eq!(listed(&["--include-informational"]), "FirewallOff ThirdPartyFirewallActive");
}

#[test]
fn devices_outside_an_older_pull_are_not_seen_before_and_never_new() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "some.ndjson", "--where", "property has FirewallOff"]);
    program.run(&["pull", "--demo", "-o", "part.ndjson", "--max-pages", "2"]);
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    for older in ["some.ndjson", "part.ndjson.partial"] {
        let ran = program.run(&["triage", "--demo", "--since", older, "--fail-on", "new", "--format", "json"]);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        // Nothing is new, but what these devices had before is not known.
        assert_eq!((ran.code, json["since"]["with_new_properties"].as_u64()), (Some(4), Some(0)), "{older}");
        assert!(json["since"]["not_seen_before"].as_u64().unwrap() > 200, "{older}");
        let diff = program.run(&["diff", older, "d.ndjson", "--limit", "1"]);
        assert!(diff.stdout.contains(" not seen before, "), "{}", diff.stdout);
    }

    // The same condition now: of four devices that came into it, three are known from before. Those
    // that left it still exist.
    let arguments = ["triage", "--demo", "--demo-day", "2", "--since", "d.ndjson", "--format", "json"];
    let ran = program.run(&[&arguments[..], &["--where", "property has EdrImpairedCommunications"]].concat());
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (json["since"]["new_devices"].as_u64(), json["since"]["not_seen"].as_array().unwrap().len()),
        (Some(1), 0)
    );
}

#[test]
fn swapped_pulls_are_an_error_unless_they_are_allowed() {
    let program = pulled();
    program.run(&["pull", "--demo", "-o", "later.ndjson"]);
    for arguments in [["diff", "later.ndjson", "d.ndjson"], ["triage", "d.ndjson", "--since=later.ndjson"]] {
        let ran = program.run(&arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.stderr.starts_with("error: later.ndjson was pulled after d.ndjson: "), "{}", ran.stderr);
        let allowed = program.run(&[&arguments[..], &["--allow-swapped"]].concat());
        assert_eq!(allowed.code, Some(0), "{}", allowed.stderr);
    }
}

#[test]
fn how_many_may_be_unknown_is_a_check_of_its_own() {
    let program = Program::new();
    let with =
        |more: &[&str]| program.run(&[&["triage", "--demo", "--source", "hunting", "--limit", "0"], more].concat());
    let implied = with(&["--fail-on", "any:90%"]);
    assert_eq!(implied.code, Some(4), "a device that is not known never makes a check pass");
    assert!(implied.stdout.contains("the properties of"), "{}", implied.stdout);
    assert_eq!(with(&["--fail-on", "any:90%", "--fail-on", "unknown:5%"]).code, Some(0));
    assert_eq!(with(&["--fail-on", "unknown"]).code, Some(3));
    assert_eq!(with(&["--fail-on", "any:90%", "--allow-unknown"]).code, Some(0));
}

#[test]
fn devices_that_do_not_count_are_left_out_unless_all_are_wanted() {
    let program = Program::new();
    let json = |more: &[&str]| -> serde_json::Value {
        let ran = program.run(&[&["triage", "--demo", "--source", "assessments", "--format", "json"], more].concat());
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let (some, all, lenient) = (json(&[]), json(&["--all-devices"]), json(&["--stale", "365d"]));
    assert_eq!(all["devices"], 444);
    assert_eq!(all["left_out"]["stale"], 0);
    let left_out = some["left_out"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>();
    assert_eq!(some["devices"].as_u64().unwrap() + left_out, 444);
    assert_eq!(lenient["left_out"]["stale"], 0);
    assert!(lenient["devices"].as_u64() > some["devices"].as_u64());
}
