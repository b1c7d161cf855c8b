//! `--log-format` and `--log-file`: what a collector of logs reads.

use serde_json::Value;

use super::program::{Program, TOKEN};

#[test]
fn a_json_log_has_times_pages_correlation_ids_and_the_outcome() {
    let program = Program::new();
    let arguments = ["pull", "--demo", "-o", "d.ndjson", "-q", "--log-format", "json", "--log-file", "log"];
    let ran = program.run(&arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let log = program.read("log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let time: jiff::Timestamp = line["timestamp"].as_str().unwrap().parse().unwrap();
        assert!(time > jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10), "{line}");
    }

    let of = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();
    let answered = of("answered");
    assert!(answered.len() >= 5 && answered.iter().all(|line| line["correlation_id"].is_string()), "{log}");
    assert!(answered.iter().all(|line| line["status"] == 200 && line["millis"].is_u64()), "{log}");
    let pages: Vec<_> = of("read").iter().map(|line| line["page"].as_u64().unwrap()).collect();
    assert_eq!(pages, [1, 2, 3, 4, 5]);
    let [ended] = of("ended").try_into().unwrap();
    assert_eq!((&ended["outcome"], &ended["items"]), (&"complete".into(), &444.into()));

    program.run(&arguments);
    assert_eq!(program.read("log").lines().count(), lines.len() * 2, "a second run appends");
}

#[test]
fn no_log_has_a_token_at_any_level() {
    let program = Program::new();
    let body = format!("{{\"value\":[],\"@odata.nextLink\":\"https://evil.example/{TOKEN}?x={TOKEN}\"}}");
    let server = super::server::FixedServer::pages(&[&body]);
    for format in ["json", "text"] {
        let arguments =
            ["triage", "-vvv", "--service-root", &server.root, "--log-format", format, "--log-file", format];
        assert_ne!(program.run(&arguments).code, Some(0));
        let log = program.read(format);
        assert!(log.lines().count() > 1 && !log.contains(TOKEN), "{log}");
    }
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_before_the_pull() {
    let program = Program::new();
    let ran = program.run(&["pull", "--demo", "--log-file", "."]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.starts_with("error: cannot write .; choose another file with --log-file\n"), "{}", ran.stderr);
}
