//! `endstate list`, `endstate show` and `endstate explain`.

use serde_json::Value;

use super::program::{Program, Ran, TOKEN, run, steady};
use super::server::FixedServer;

fn list(program: &Program, more: &[&str]) -> Ran {
    let ran = program.run(&[&["list", "--demo", "--source", "hunting"], more].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran
}

#[test]
fn devices_are_listed_filtered_sorted_and_cut() {
    let program = Program::new();
    let more = ["--where", "group eq Servers and property has any", "--sort", "name", "--limit", "3"];
    let columns = ["--columns", "name,group,property"];
    let ran = list(&program, &[&more[..], &columns[..], &["--format", "csv"]].concat());
    let rows: Vec<_> = ran.stdout.lines().collect();
    assert_eq!((rows[0], rows.len()), ("name,group,property", 4));
    assert!(rows[1..].is_sorted() && rows[1..].iter().all(|row| row.contains(",Servers,")), "{rows:?}");

    let reverse = list(&program, &[&more[..], &columns[..], &["--format", "csv", "--reverse"]].concat()).stdout;
    assert!(reverse.lines().nth(1) > Some(rows[3]), "{reverse}");

    let table = list(&program, &more).stdout;
    let (summary, _) = table.split_once('\n').unwrap();
    assert!(
        summary.starts_with("3 of ") && summary.ends_with("where group eq Servers and property has any"),
        "{summary}"
    );
}

#[test]
fn every_format_of_a_list_has_the_same_devices() {
    let program = Program::new();
    // A file, because the times of the demo change.
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "d.ndjson"]);
    let with = |format: &str| program.run(&["list", "d.ndjson", "--limit", "4", "--format", format]).stdout;
    let json: Value = serde_json::from_str(&with("json")).unwrap();
    let ids: Vec<_> = json["devices"].as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), &json["pulls"][0]["outcome"]), (4, &"complete".into()));
    let lines = with("ndjson");
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(rows), json["devices"]);
    for format in ["csv", "markdown", "html", "table"] {
        let text = with(format);
        assert!(ids.iter().all(|id| text.contains(id)), "{format}: {text}");
    }
    let page = with("html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
}

#[test]
fn a_pull_of_a_cloud_links_each_device_to_its_page_in_the_portal() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "--max-items", "2", "--allow-incomplete", "-o", "d.ndjson"]);
    let receipt = program.read("d.ndjson.receipt.json").replace(r#""cloud": null"#, r#""cloud": "gcc-high""#);
    program.write("d.ndjson.receipt.json", &receipt);
    let url = "https://security.microsoft.us/machines/000050e1b4afeee3742489ede9ad7a3e16bbd9c4";
    for (format, link) in [
        ("markdown", format!("[ws-0000.contoso.example]({url})")),
        ("html", format!("<a href=\"{url}\">ws-0000.contoso.example</a>")),
        ("json", format!("\"portalUrl\": \"{url}\"")),
    ] {
        let ran = program.run(&["list", "d.ndjson", "--format", format]);
        assert_eq!(ran.code, Some(4), "the pull is incomplete");
        assert!(ran.stdout.contains(&link), "{format}: {}", ran.stdout);
        if format != "html" {
            let triage = program.run(&["triage", "d.ndjson", "--format", format]).stdout;
            assert!(triage.contains(&link), "triage in {format}: {triage}");
        }
    }
    let shown = program.run(&["show", "ws-0000", "d.ndjson"]).stdout;
    assert!(shown.contains(url), "{shown}");
}

#[test]
fn a_column_that_does_not_exist_is_refused_with_the_nearest_one() {
    let program = Program::new();
    let wrong = program.run(&["list", "--demo", "--columns", "name,lastseeen"]);
    assert_eq!(
        (wrong.code, wrong.stderr.as_str()),
        (Some(2), "error: unknown column 'lastseeen'; did you mean 'lastSeen'?\n")
    );
    let help = program.run(&["list", "--columns", "help"]);
    assert!(help.stdout.lines().any(|line| line == "entraDeviceId"), "{}", help.stdout);
}

#[test]
fn what_a_device_is_called_acts_on_no_page_and_no_terminal() {
    let evil = "<script>alert(1)</script>\\u001b[31m";
    let state = format!(
        r#"{{"id":"0001","propertiesRequireAttention":["FirewallOff"],"notKnownProperties":[],"notApplicableProperties":[],"currentControls":[],"assessed":true,"source":"hunting","device":{{"name":"{evil}","group":"{evil}"}}}}"#
    );
    let server = FixedServer::pages(&[&format!(r#"{{"value":[{state}]}}"#)]);
    let program = Program::new();
    for format in ["html", "table", "markdown"] {
        let arguments = ["list", "--service-root", &server.root, "--format", format];
        let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", TOKEN));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(!ran.stdout.contains('\u{1b}'), "{format}: {:?}", ran.stdout);
        assert!(format == "table" || !ran.stdout.contains("<script>"), "{format}: {}", ran.stdout);
    }
}

#[test]
fn a_device_is_shown_by_id_name_or_the_first_part_of_its_name() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    // A file, because the times of the demo change.
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "d.ndjson"]);
    let show = |device: &str| program.run(&["show", device, "d.ndjson"]);
    let page = |device: &str| show(device).stdout.split("complete:").next().unwrap().to_owned();
    let by_name = show("WS-0127.contoso.example");
    assert_eq!(by_name.code, Some(0), "{}", by_name.stderr);
    for device in ["ws-0127", "49aa01114c36198ff1fb9117f3fc13f898a6a64a"] {
        assert_eq!(page(device), page("WS-0127.contoso.example"));
    }
    let json = program.run(&["show", "ws-0127", "d.ndjson", "--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["devices"][0]["isKnown"], &json["devices"][0]["release"]),
        (&true.into(), &"Windows 10, version 22H2".into())
    );

    let missing = show("ws-9999x");
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("no device is named 'ws-9999x'"), "{}", missing.stderr);
    let partial = program.run(&["show", "ws-0127", "--demo", "--source", "hunting", "--max-items", "1"]);
    assert_eq!(partial.code, Some(1));
    assert!(
        partial.stderr.contains("no device that was read is named 'ws-0127', but it may exist"),
        "{}",
        partial.stderr
    );
}

#[test]
fn a_property_is_explained_with_its_configurations() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(&["explain", "antivirusdefinitionsareoutofdate"]).stdout, @"
    AntivirusDefinitionsAreOutOfDate: Definitions are out of date

    Its security intelligence (definitions) is out of date.
    The antivirus can miss malware that Microsoft added to the definitions after the last update.
    To do: Update it, and check the update source of the device.

    Defender portal: Assets > Devices > (device) > Security recommendations > Update Microsoft Defender Antivirus definitions
    Intune: Endpoint security > Antivirus > Microsoft Defender Antivirus > Signature Update Interval: 1
    PowerShell: Update-MpSignature
    Microsoft's page: https://learn.microsoft.com/defender-endpoint/manage-protection-updates-microsoft-defender-antivirus

    Category: Antivirus
    Urgency: 66 of 100
    Source: a property of the documented collection
    Known today: yes: a configuration says the same
      scid-2011  Update Microsoft Defender Antivirus definitions
      scid-5095  Update Microsoft Defender Antivirus definitions in macOS
      scid-6095  Update Microsoft Defender Antivirus definitions for Linux
      avIsSignatureUpToDate False
    ");
}

#[test]
fn every_name_that_endstate_prints_is_explained() {
    let program = Program::new();
    let all = program.run(&["explain", "--json"]).stdout;
    let all: Value = serde_json::from_str(&all).unwrap();
    let all = all["explanations"].as_array().unwrap();
    let of_kind = |kind: &str| all.iter().filter(|one| one["kind"] == kind).count();
    assert_eq!(["property", "category", "outcome", "exit_code"].map(of_kind), [52, 12, 21, 7]);
    for one in all {
        let name = one["name"].as_str().unwrap();
        assert_eq!(program.run(&["explain", name]).code, Some(0), "{name}");
        if let Some(display_name) = one["display_name"].as_str() {
            assert!(program.run(&["explain", display_name]).stdout.contains(name), "{display_name}");
        }
    }
    insta::assert_snapshot!(program.run(&["explain", "page-lost"]).stdout, @"
    page_lost (outcome)

    a page could not be fetched within `--retries` and `--retry-time`
    To do: continue, or pull again
    ");
    insta::assert_snapshot!(program.run(&["explain", "exit-4"]).stdout, @"
    4 (exit code)

    incomplete, or a check cannot tell: what was read is kept, and marked (wins over 3)
    To do: look at the reason; `endstate explain REASON` explains it
    ");
}

#[test]
fn a_category_is_explained_with_its_properties() {
    let program = Program::new();
    let category = program.run(&["explain", "SmartScreen"]).stdout;
    assert!(category.starts_with("SmartScreen (category)\n\nWarns of sites"), "{category}");
    assert_eq!(category.matches("Category: SmartScreen").count(), 3, "{category}");
    let wrong = program.run(&["explain", "FirewalOff"]);
    assert_eq!(
        (wrong.code, wrong.stderr.as_str()),
        (Some(2), "error: nothing is named 'FirewalOff'; did you mean 'FirewallOff'?\n")
    );
}
