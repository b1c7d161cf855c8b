//! `endstate report`: as text, and as a page in a real browser.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::program::{Program, run, steady};

/// Two days of the demo, the second with what today's sources know.
fn with_two_days() -> Program {
    let program = Program::new();
    for day in ["1", "2"] {
        let file = format!("day{day}.ndjson");
        let ran = program.run(&["pull", "--demo", "--demo-day", day, "--source", "hunting", "-o", &file]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    program
}

/// The program with its page of the two days.
fn with_page() -> Program {
    let program = with_two_days();
    let ran = program.run(&["report", "day2.ndjson", "--since", "day1.ndjson", "-o", "report.html"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    program
}

/// What a check in Chromium has seen. `None` if the browser is not installed. To install it:
/// `apt-get install chromium`, and `npm ci --prefix crates/endstate/tests/report-page`
fn seen(program: &Program, check: &str, page: &str, argument: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report-page");
    let browser = Path::new("/usr/bin/chromium");
    if !browser.exists() || !folder.join("node_modules").exists() {
        // On a build machine, a skipped test would go unnoticed.
        assert!(std::env::var_os("CI").is_none(), "Chromium and its packages are not installed");
        return None;
    }
    let mut command = Command::new("node");
    command.arg(folder.join("check.mjs")).arg(browser).arg(check).arg(program.path(page)).arg(argument);
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(0), "{check}: {}", ran.stderr);
    Some(serde_json::from_str(&ran.stdout).unwrap())
}

#[test]
fn every_number_of_the_page_is_the_number_of_devices_that_its_link_shows() {
    let program = with_page();
    let Some(seen) = seen(&program, "links", "report.html", "") else { return };
    assert_eq!(seen["wrong"], json!([]));
    assert!(seen["links"].as_u64() > Some(100), "{seen}");
}

#[test]
fn the_list_of_the_page_is_filtered_sorted_and_searched() {
    let program = with_page();
    let link = "a[href='#property=FirewallOff']";
    let Some(seen) = seen(&program, "use", "report.html", link) else { return };
    let reasons: Vec<_> = seen["reasons"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap()).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.contains("Firewall off")), "{reasons:?}");
    assert_eq!(seen["filtered"]["rows"], reasons.len());
    assert_eq!(seen["filtered"]["status"], format!("{} devices: Firewall off", reasons.len()));

    assert_eq!((&seen["ascending"], &seen["found"]), (&json!("ascending"), &json!(1)));
    let names = |order: &str| {
        let names = seen[order].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        names.filter(|name| name.starts_with("srv-")).collect::<Vec<_>>()
    };
    assert!(names("first").len() > 20 && names("first").is_sorted(), "{seen}");
    assert!(seen["last"][0].as_str() > seen["last"][49].as_str(), "{seen}");
}

#[test]
fn the_page_is_readable_in_light_and_dark_on_paper_and_without_eyes() {
    let program = with_page();
    let pdf = program.path("report.pdf");
    let Some(seen) = seen(&program, "looks", "report.html", pdf.to_str().unwrap()) else { return };
    for violations in ["light violations", "dark violations", "small violations"] {
        assert_eq!(seen[violations], json!([]), "{violations}");
    }
    // Paper is white, also for people who like the screen dark.
    assert_eq!((&seen["light"], &seen["paper"]), (&json!("rgb(255, 255, 255)"), &json!("rgb(255, 255, 255)")));
    assert_ne!(seen["dark"], seen["light"]);
    assert_eq!(seen["pdf"], "%PDF-");
}

#[test]
fn the_page_has_its_list_without_scripts() {
    let program = with_page();
    let Some(seen) = seen(&program, "without-scripts", "report.html", "") else { return };
    assert_eq!((&seen["controls"], &seen["without a target"]), (&json!(false), &json!([])));
    assert_eq!(seen["status"], format!("{} devices", seen["rows"]));
}

/// A file of one device, with what a hostile device could be called.
fn write_hostile(program: &Program) {
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "demo.ndjson"]);
    let demo = program.read("demo.ndjson");
    let named = |line: &&str| line.contains("\"users\":[\"") && line.contains("\"group\"");
    let mut state: Value = serde_json::from_str(demo.lines().find(named).unwrap()).unwrap();
    state["id"] = json!("<img src=x onerror=alert(1)>&\"'");
    state["device"]["name"] = json!("</script><script>alert(2)</script>\u{1b}[31m");
    state["device"]["group"] = json!("<b>bold</b> & \u{202e}evil");
    state["device"]["users"] = json!(["<iframe src=javascript:alert(3)>"]);
    state["propertiesRequireAttention"] =
        json!(["FirewallOff", "<object data=x>Off", "Firewall\u{202e}\u{200b}Evil\u{1b}"]);
    state["missingKbs"] = json!(["<img src=y onerror=alert(4)>"]);
    program.write("hostile.ndjson", &format!("{state}\n"));
}

#[test]
fn names_from_outside_stay_text_in_every_format() {
    let program = Program::new();
    write_hostile(&program);
    let ran = program.run(&["report", "hostile.ndjson", "--all-devices", "-o", "report.html"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let page = program.read("report.html");
    for raw in ["<img", "<b>bold", "<iframe", "<object", "<script>alert", "\u{1b}", "\u{202e}", "\u{200b}"] {
        assert!(!page.contains(raw), "{raw:?} is in the page");
    }
    let markdown = program.run(&["report", "hostile.ndjson", "--all-devices", "--format", "markdown"]).stdout;
    let markdown = markdown.replace("\\<", "(less than)");
    for raw in ["<img", "<b>", "<iframe", "<object", "\u{1b}", "\u{202e}"] {
        assert!(!markdown.contains(raw), "{raw:?} is in the Markdown: {markdown}");
    }

    let Some(seen) = seen(&program, "hostile", "report.html", "") else { return };
    let text = seen["text"].as_str().unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{text}");
    assert_eq!(seen["strange"], 0, "{text}");
    for shown in ["</script><script>alert(2)</script>", "<b>bold</b> & ", "<iframe src=javascript:alert(3)>"] {
        assert!(text.contains(shown), "{shown} is not in {text}");
    }
}

#[test]
fn a_large_page_is_small_enough_and_opens_quickly() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "demo.ndjson"]);
    let demo = program.read("demo.ndjson");
    let states: Vec<&str> = demo.lines().collect();
    let mut large = String::new();
    for device in 0..100_000_usize {
        // Each with an id and a name of its own, as long as others.
        let state = states[device % states.len()];
        let (_, rest) = state.split_once("\",").unwrap();
        let digest = device.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let name = format!("\"name\":\"pc-{device:05}.contoso.example\"");
        let named = rest.split_once("\"name\":\"").map(|(before, after)| {
            let (_, after) = after.split_once('"').unwrap();
            format!("{before}{name}{after}")
        });
        let rest = named.unwrap_or_else(|| rest.to_owned());
        writeln!(large, "{{\"id\":\"{digest:016x}{digest:016x}{device:08x}\",{rest}").unwrap();
    }
    program.write("large.ndjson", &large);
    let ran = program.run(&["report", "large.ndjson", "--all-devices", "-o", "report.html"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bytes = program.read("report.html").len();
    assert!((5_000_000..10_000_000).contains(&bytes), "{bytes} bytes");

    let Some(seen) = seen(&program, "large", "report.html", "pc-00421") else { return };
    assert_eq!((&seen["status"], &seen["rows"]), (&json!("100,000 devices; the first 200 are shown"), &json!(200)));
    // Twice what it may take, as other tests run beside it.
    let milliseconds = |name: &str| seen[name].as_f64().unwrap();
    assert!(milliseconds("opened") < 4_000.0 && milliseconds("searched") < 4_000.0, "{seen}");
}

#[test]
fn the_page_has_the_outcome_and_a_policy_that_its_own_script_and_style_fulfill() {
    let program = with_page();
    let page = program.read("report.html");
    assert!(page.contains("complete: all 435 devices"), "the outcome is missing");
    let policy = "default-src 'none'; style-src 'sha256-";
    assert!(page.contains(policy) && !page.contains("unsafe"), "no strict policy");
    assert!(!page.contains(" style=\"") && !page.contains("http-equiv=\"refresh"), "an inline style");

    // A file that was cut says so, in the page and by the exit code.
    let text = program.read("day2.ndjson");
    let cut = text.lines().take(5).flat_map(|line| [line, "\n"]).collect::<String>();
    program.write("day2.ndjson", &cut);
    let ran = program.run(&["report", "day2.ndjson", "-o", "cut.html"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    let page = program.read("cut.html");
    assert!(page.contains("class=\"outcome bad\"") && page.contains("Devices may be missing"), "{page}");
}

#[test]
fn the_most_urgent_devices_have_a_name_a_group_users_a_time_and_a_page_in_the_portal() {
    let program = with_two_days();
    let receipt = program.read("day2.ndjson.receipt.json");
    let mut receipt: Value = serde_json::from_str(&receipt).unwrap();
    receipt["cloud"] = json!("gcc-high");
    program.write("day2.ndjson.receipt.json", &receipt.to_string());
    let ran = program.run(&["report", "day2.ndjson", "--limit", "300", "-o", "report.html"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let page = program.read("report.html");
    let (_, urgent) = page.split_once("<h2 id=\"urgent\">").unwrap();
    let (urgent, list) = urgent.split_once("</table>").unwrap();
    let link = "<a href=\"https://security.microsoft.us/machines/";
    let row = urgent.lines().find(|row| row.contains("CONTOSO\\user") && row.contains("Workstations")).unwrap();
    assert!(row.contains(link) && row.contains(".contoso.example</bdi></a>"), "{row}");
    assert!(row.contains("<td class=\"seen\">20"), "{row}");
    assert!(list.contains(link), "the list has no links");
}

#[test]
fn a_report_for_a_ticket() {
    let program = Program::new();
    let mut states = String::new();
    for device in 0..3_u32 {
        let properties = if device == 0 { "[]" } else { "[\"FirewallOff\"]" };
        let version = format!("\"build\":19045,\"revision\":{device}");
        writeln!(states, "{{\"id\":\"{device:040x}\",{version},\"propertiesRequireAttention\":{properties}}}").unwrap();
    }
    program.write("states.ndjson", &states);
    let ran = program.run(&["report", "states.ndjson", "--format", "markdown", "--at", "2026-11-01"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    steady().bind(|| insta::assert_snapshot!(ran.stdout));
}

#[test]
fn what_a_report_cannot_be_made_of_is_refused_with_the_next_step() {
    let program = Program::new();
    program.write("empty.ndjson", "");
    let empty = program.run(&["report", "empty.ndjson", "-o", "report.html"]);
    assert_eq!((empty.code, program.path("report.html").exists()), (Some(1), false), "{}", empty.stderr);
    assert!(empty.stderr.contains("is empty and has no receipt"), "{}", empty.stderr);

    let format = program.run(&["report", "--demo", "-o", "report.docx"]);
    assert_eq!(format.code, Some(2));
    assert!(format.stderr.contains("use .html, .md, .xlsx, or set --format"), "{}", format.stderr);
    let history = program.run(&["report", "--demo", "--history", "lake", "-o", "report.html"]);
    assert_eq!(history.code, Some(2), "{}", history.stderr);
}

#[test]
fn a_pull_that_has_not_every_device_never_looks_as_if_it_had() {
    let program = Program::new();
    let some = ["pull", "--demo", "--where", "build lt 17000", "-o", "some.ndjson"];
    assert_eq!(program.run(&some).code, Some(0));
    let ran = program.run(&["report", "some.ndjson", "-o", "report.html"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let page = program.read("report.html");
    assert!(page.contains("class=\"outcome bad\"") && page.contains("Devices may be missing"), "{page}");
    assert!(page.contains("some.ndjson has only devices where build lt 17000"), "{page}");
}

#[test]
fn a_tenant_without_an_earlier_pull_is_not_compared_and_the_report_says_so() {
    let program = with_two_days();
    let tagged = |tenant: &str, day: &str| {
        let states = program.read(&format!("day{day}.ndjson"));
        states.lines().map(|line| format!("{{\"tenant\":\"{tenant}\",{}\n", &line[1..])).collect::<Vec<_>>().concat()
    };
    program.write("both.ndjson", &(tagged("alpha", "2") + &tagged("beta", "2")));
    program.write("before.ndjson", &tagged("alpha", "1"));
    let report = ["report", "both.ndjson", "--since", "before.ndjson", "--allow-swapped", "-o", "report.html"];
    let ran = program.run(&report);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(program.read("report.html").contains("Without an earlier pull, and so not compared: beta"));
    let Some(seen) = seen(&program, "links", "report.html", "") else { return };
    assert_eq!(seen["wrong"], json!([]));
}

#[test]
fn a_file_that_is_read_is_not_replaced() {
    let program = with_two_days();
    let before = program.read("day1.ndjson");
    std::fs::remove_file(program.path("day1.ndjson.receipt.json")).unwrap();
    let output = ["--format", "markdown", "-o", "./day1.ndjson"];
    for command in [
        &["report", "day1.ndjson"][..],
        &["report", "day2.ndjson", "--since", "day1.ndjson"],
        &["triage", "day1.ndjson"],
        &["triage", "day?.ndjson"],
        &["list", "day1.ndjson"],
        &["updates", "day1.ndjson"],
        &["diff", "day1.ndjson", "day2.ndjson"],
    ] {
        let ran = program.run(&[command, &output].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("would replace a file that is read"), "{}", ran.stderr);
    }
    assert_eq!(program.read("day1.ndjson"), before);
}

#[test]
fn the_demo_has_a_trend_that_ends_today() {
    let program = Program::new();
    let ran = program.run(&["report", "--demo", "--source", "hunting", "--format", "markdown"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let (_, trend) = ran.stdout.split_once("### Trend").unwrap();
    let rows = trend.lines().filter(|line| line.starts_with("| 20"));
    assert_eq!(rows.take(40).count(), 30, "{trend}");
}

#[cfg(feature = "history")]
#[test]
fn a_report_has_the_trend_of_a_history_of_its_tenant() {
    let program = super::history::with_pulls(&[1, 2, 4]);
    for day in [1, 2] {
        let ran = program.run(&["history", "add", "lake", &format!("day{day}.ndjson")]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let report = ["report", "lake", "--history", "lake", "-o", "report.html"];
    let ran = program.run(&report);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let page = program.read("report.html");
    assert!(page.contains("<polyline class=\"line\""), "no trend");
    assert!(page.contains("Devices that need attention from 20"), "no description");

    std::fs::copy(program.path("day1.ndjson"), program.path("alone.ndjson")).unwrap();
    for (history, why) in [
        ("lake", "this report is of no tenant, and lake has pulls of contoso"),
        ("nothing", "nothing is not a history; begin one with"),
    ] {
        let ran = program.run(&["report", "alone.ndjson", "--history", history, "-o", "other.html"]);
        assert_eq!((ran.code, program.path("other.html").exists()), (Some(2), false), "{}", ran.stderr);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}
