//! `--webhook-env` and `--webhook-file`: what is posted, when, and to whom never.

use endstate_emulator::{CallLimits, Emulator};

use super::program::{Program, Ran, TOKEN, run, steady};
use super::serve::Service;
use super::server::RunningEmulator;
use super::webhook_server::Receiving;

fn triage(program: &Program, hook: &Receiving, more: &[&str]) -> Ran {
    let arguments = [&["triage", "--demo", "--limit", "0", "--webhook-env", "HOOK"], more].concat();
    let ran = run(program.command(&arguments).env("HOOK", &hook.address));
    assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"), "{}{}", ran.stdout, ran.stderr);
    ran
}

#[test]
fn a_check_that_does_not_pass_is_posted_without_any_secret() {
    let program = Program::new();
    let hook = Receiving::start(&[]);
    assert_eq!(triage(&program, &hook, &["--fail-on", "any:90%"]).code, Some(0));
    assert_eq!(hook.posted(), [], "all checks passed");

    let ran = triage(&program, &hook, &["--fail-on", "EdrSensorOff", "--fail-on", "any:90%"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.ends_with("Posted to the webhook\n"), "{}", ran.stderr);
    let [(head, body)] = hook.posted().try_into().unwrap();
    assert!(head.starts_with("POST /hook/s3cret-path?sig=s3cret-signature HTTP/1.1"), "{head}");
    assert!(!head.to_lowercase().contains("authorization") && !head.contains(TOKEN), "{head}");
    assert!(!body.to_string().contains(TOKEN) && !body.to_string().contains("s3cret"), "{body}");
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(format!("{body:#}"), @r#"
    {
      "schema": "webhook",
      "version": "VERSION",
      "generated_at": "YYYY-MM-DDTHH:MM:SSZ",
      "why": [
        "check_not_passed"
      ],
      "outcome": "complete",
      "reason": null,
      "verdict": "complete: all 444 devices (5 pages; matches the service's count)",
      "source": "http://HOST/testwdatppreview/machinesecuritystates",
      "profile": null,
      "tenant": null,
      "pulled_at": "TIME",
      "age_seconds": "SECONDS",
      "summary": "435 devices: 180 need attention (41.4 %), 255 OK",
      "devices": 435,
      "need_attention": 180,
      "not_known": 0,
      "checks": [
        {
          "check": "EdrSensorOff",
          "limit": 1,
          "value": 3,
          "unit": "devices",
          "result": "failed",
          "reason": null
        },
        {
          "check": "any:90%",
          "limit": 90.0,
          "value": 41.37931034482759,
          "unit": "percent",
          "result": "passed",
          "reason": null
        }
      ],
      "changes": []
    }
    "#);
}

#[test]
fn what_changed_since_an_older_pull_is_posted() {
    let program = Program::new();
    let hook = Receiving::start(&[]);
    program.run(&["pull", "--demo", "-o", "day1.ndjson"]);
    assert_eq!(triage(&program, &hook, &["--since", "day1.ndjson"]).code, Some(0));
    assert_eq!(hook.posted(), [], "the same devices");
    let ran = triage(&program, &hook, &["--demo-day", "2", "--since", "day1.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let [(_, body)] = hook.posted().try_into().unwrap();
    assert_eq!(body["why"], serde_json::json!(["changed"]));
    assert!(body["changes"].as_array().unwrap().len() > 3, "{body}");
}

#[test]
fn cards_have_no_markup_of_a_property_from_outside() {
    let program = Program::new();
    let state = |properties: &str| format!("{{\"id\":\"a\",\"propertiesRequireAttention\":[{properties}]}}\n");
    program.write("old.ndjson", &state(""));
    program.write("new.ndjson", &state(r#""<!channel> [x](http://evil.example)","EdrSensorOff""#));
    let hook = Receiving::start(&[]);
    program.write("hook", &hook.address);

    for format in ["teams", "slack"] {
        let arguments = ["triage", "new.ndjson", "--since", "old.ndjson", "--webhook-file", "hook"];
        let ran = program.run(&[&arguments[..], &["--webhook-format", format]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let [(_, teams), (_, slack)] = hook.posted().try_into().unwrap();
    insta::assert_snapshot!("cards", format!("{teams:#}\n{slack:#}"));
}

#[test]
fn a_passing_failure_is_repeated_and_another_one_fails_the_run() {
    let program = Program::new();
    let hook = Receiving::start(&["503 Service Unavailable", "429 Too Many Requests"]);
    assert_eq!(triage(&program, &hook, &["--fail-on", "EdrSensorOff"]).code, Some(3));
    assert_eq!(hook.posted().len(), 3);

    let hook = Receiving::start(&["302 Found\r\nLocation: http://127.0.0.1:1/", "404 Not Found"]);
    program.run(&["pull", "--demo", "-o", "day1.ndjson"]);
    for answer in ["302 Found", "404 Not Found"] {
        let ran = triage(&program, &hook, &["--demo-day", "2", "--since", "day1.ndjson"]);
        assert_eq!(ran.code, Some(1), "nothing else failed: {}", ran.stderr);
        let error = format!("error: cannot post to the webhook: it answered {answer}\n");
        assert!(ran.stderr.ends_with(&error), "{}", ran.stderr);
    }
    assert_eq!(hook.posted().len(), 2);
}

#[test]
fn an_address_that_would_leak_the_notice_is_refused_before_the_pull() {
    let program = Program::new();
    let refused = |arguments: &[&str], address: &str| {
        let arguments = [&["triage", "--demo", "--fail-on", "any"], arguments].concat();
        let ran = run(program.command(&arguments).env("HOOK", address));
        assert!(matches!(ran.code, Some(1 | 2)) && ran.stdout.is_empty(), "{}", ran.stderr);
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
        ran.stderr
    };
    let errors = [
        refused(&["--webhook-env", "HOOK"], "http://hooks.example/s3cret"),
        refused(&["--webhook-env", "HOOK"], "s3cret"),
        refused(&["--webhook-env", "HOOK"], ""),
        refused(&["--webhook-env", "https://hooks.example/s3cret"], ""),
        refused(&["--webhook-file", "missing"], ""),
        refused(&["--webhook-format", "teams"], ""),
    ];
    insta::assert_snapshot!(errors.concat(), @"
    error: the address of the webhook must begin with https; only loopback may use plain http
    error: the address of the webhook is not a URL
    error: cannot read the address of the webhook: the environment variable HOOK is empty
    error: --webhook-env must be the name of an environment variable, not the address
    error: cannot read the address of the webhook from the file missing
      caused by: No such file or directory (os error 2)
    error: the following required arguments were not provided:
      <--webhook-env <NAME>|--webhook-file <FILE>>

    Usage: endstate triage --demo --fail-on <WHAT> --webhook-format <FORMAT> <--webhook-env <NAME>|--webhook-file <FILE>> [FILE]...

    For more information, try '--help'.
    ");
    let nothing = run(program.command(&["triage", "--demo", "--webhook-env", "HOOK"]).env("HOOK", "https://x.example"));
    assert_eq!(nothing.code, Some(2), "{}", nothing.stderr);
}

#[test]
fn a_service_posts_what_is_new_and_not_each_pull() {
    let program = Program::new();
    let hook = Receiving::start(&[]);
    let emulator = RunningEmulator::start(Emulator::builder().limits(CallLimits::NONE).devices(300));
    let root = emulator.root();
    program.write("hook", &hook.address);
    let arguments = [
        "--every",
        "50ms",
        "--service-root",
        &root,
        "--source",
        "preview",
        "--calls-per-minute",
        "0",
        "--calls-per-hour",
        "0",
        "--retries",
        "0",
        "--fail-on",
        "EdrSensorOff",
        "--webhook-file",
        "hook",
    ];

    let service = Service::start(&program, &arguments);
    (0..5).for_each(|_| drop(service.ended_pull()));
    drop(emulator);
    while service.ended_pull().contains(" complete: ") {}
    (0..3).for_each(|_| drop(service.ended_pull()));
    let posted = hook.posted();
    let why: Vec<_> = posted.iter().map(|(_, body)| body["why"].to_string()).collect();
    assert_eq!(why, ["[\"check_not_passed\"]", "[\"not_complete\"]"]);
    assert_eq!(posted[1].1["outcome"], "incomplete");
    assert_eq!(posted[1].1["devices"], posted[0].1["devices"], "the last complete result stays");
    assert!(service.metrics().contains("endstate_check_passed{check=\"EdrSensorOff\"} 0\n"));
}

#[test]
fn a_notice_that_could_not_be_posted_is_posted_later() {
    let program = Program::new();
    let hook = Receiving::start(&["404 Not Found", "404 Not Found"]);
    program.write("hook", &hook.address);
    let arguments = ["--demo", "--fail-on", "EdrSensorOff", "--webhook-file", "hook", "--every", "200ms"];
    let service = Service::start(&program, &arguments);
    service.line_with("Posted to the webhook");
    let posted = hook.posted();
    assert_eq!(posted.len(), 3);
    assert!(posted.windows(2).all(|pair| pair[0].1 == pair[1].1), "the same notice: {posted:?}");
}

#[test]
fn a_property_that_moves_to_another_device_is_a_change() {
    let program = Program::new();
    let page = |of: &str| {
        let state = |id: &str| {
            let properties = if id == of { "\"FirewallOff\"" } else { "" };
            format!("{{\"id\":\"{id}\",\"propertiesRequireAttention\":[{properties}]}}")
        };
        format!("{{\"value\":[{},{}]}}", state("a"), state("b"))
    };
    let hook = Receiving::start(&[]);
    program.write("hook", &hook.address);
    let server = super::server::FixedServer::pages(&[&page("a")]);
    let arguments =
        ["--source", "preview", "--service-root", &server.root, "--fail-on", "any", "--webhook-file", "hook"];
    let service = Service::start(&program, &[&arguments[..], &["--every", "100ms"]].concat());
    service.line_with("Posted to the webhook");
    server.replace(&[&page("b")]);
    service.line_with("Posted to the webhook");
    let why: Vec<_> = hook.posted().iter().map(|(_, body)| body["why"].to_string()).collect();
    assert_eq!(why, ["[\"check_not_passed\"]", "[\"changed\"]"]);
}
