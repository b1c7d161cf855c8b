//! No output shows the token or a skip token, at any verbosity.

use endstate_emulator::Emulator;

use super::program::{Program, Ran, TOKEN, run, steady};
use super::server::{FixedServer, RunningEmulator};

const PAGES: [&str; 3] = [
    r#"{"@odata.nextLink":"NEXT","value":[{"id":"a"}]}"#,
    r#"{"@odata.nextLink":"NEXT","value":[{"id":"b"}]}"#,
    // The link of the last page leads nowhere.
    r#"{"@odata.nextLink":"NEXT","value":[{"id":"c"}]}"#,
];

fn assert_no_secret(program: &Program, ran: &Ran) {
    for name in program.files() {
        let text = program.read(&name);
        // A checkpoint exists to hold the continuation; only its owner can read it.
        let may_have_links = name == "d.ndjson.checkpoint.json";
        assert!(!text.contains(TOKEN) && (may_have_links || !text.contains("hidden")), "{name}: {text}");
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(TOKEN) && !text.contains("hidden"), "{text}");
    }
}

#[test]
fn each_request_logs_a_redacted_url_status_time_and_correlation_id() {
    let _steady = steady().bind_to_scope();
    let (program, server) = (Program::new(), FixedServer::pages(&PAGES));
    let ran = program.run(&["pull", "-v", "--service-root", &server.root, "-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(4));
    assert_no_secret(&program, &ran);
    assert!(server.requests().iter().all(|request| request.contains(&format!("Bearer {TOKEN}"))));

    // A page is requested while the one before is read, so only requests have an order, and pages.
    let (requests, others): (Vec<_>, Vec<_>) = ran.stderr.lines().partition(|line| line.contains(" answered url"));
    insta::assert_snapshot!(requests.join("\n"), @r#"
    TIME  INFO answered url=http://HOST/testwdatppreview/machinesecuritystates status=200 millis=N correlation_id="UUID"
    TIME  INFO answered url=http://HOST/testwdatppreview/machinesecuritystates?[redacted] status=200 millis=N correlation_id="UUID"
    TIME  INFO answered url=http://HOST/testwdatppreview/machinesecuritystates?[redacted] status=200 millis=N correlation_id="UUID"
    TIME  INFO answered url=http://HOST/testwdatppreview/machinesecuritystates?[redacted] status=404 millis=N correlation_id="UUID"
    "#);
    insta::assert_snapshot!(others.join("\n"), @r#"
    TIME  INFO signing in method="token" auth="auto"
    TIME  INFO read page=1 items=1
    TIME  INFO read page=2 items=2
    TIME  INFO read page=3 items=3
    TIME  INFO ended outcome="incomplete" reason="link_expired" pages=3 items=3 retries=0
    incomplete (link_expired): 3 devices (3 pages; the service gave no count)
      page 4: the service answered 404 Not Found to http://HOST/testwdatppreview/machinesecuritystates?[redacted]
      correlation id: UUID
    hint: The continuation has expired. Pull again.
      3 rows in d.ndjson.partial
      receipt in d.ndjson.receipt.json
    "#);
}

#[test]
fn the_highest_verbosity_shows_no_secret_either() {
    let (program, server) = (Program::new(), FixedServer::pages(&PAGES));
    let mut command = program.command(&["pull", "-vvvv", "--service-root", &server.root, "-o", "d.ndjson"]);
    let ran = run(command.env("RUST_LOG", "trace"));
    assert_no_secret(&program, &ran);
    assert!(ran.stderr.contains("requesting") && ran.stderr.contains("answered"), "{}", ran.stderr);
}

#[test]
fn a_token_comes_from_another_variable_a_file_or_a_command() {
    let program = Program::new();
    let server = FixedServer::pages(&[r#"{"value":[]}"#]);
    program.write("token", "from-file\n");
    for (arguments, token) in [
        (["--token-env", "OTHER"], "from-variable"),
        (["--token-file", "token"], "from-file"),
        (["--token-command", "echo from-command"], "from-command"),
    ] {
        let arguments = [&["pull", "--service-root", &server.root][..], &arguments].concat();
        assert_eq!(run(program.command(&arguments).env("OTHER", "from-variable")).code, Some(0));
        assert!(server.requests().last().unwrap().contains(&format!("Bearer {token}\r\n")), "{token}");
    }
    let ran = program.run(&["pull", "--token", "secret"]);
    assert_eq!(ran.code, Some(2), "no option takes the token itself");
}

#[test]
fn a_token_that_was_refused_is_renewed_once_and_not_in_a_loop() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let root = emulator.root();
    let run = |command: &str| {
        let program = Program::new();
        let ran = program.run(&["pull", "--service-root", &root, "--token-command", command, "-o", "d.ndjson"]);
        (ran.code, program.read("runs").lines().count())
    };
    // The service refuses the first token, and accepts the second for all five pages.
    let renewed = format!("echo x >> runs; if [ $(wc -l < runs) = 1 ]; then echo stale; else echo {TOKEN}; fi");
    assert_eq!(run(&renewed), (Some(0), 2));
    assert_eq!(emulator.emulator.calls(), 6);
    assert_eq!(run("echo x >> runs; echo stale"), (Some(1), 2));
    assert_eq!(emulator.emulator.calls(), 8, "exactly one more attempt");
}

#[test]
fn a_pull_asks_no_other_server_along_a_link_or_a_redirect() {
    let other = FixedServer::pages(&[r#"{"value":[{"id":"stolen"}]}"#]);
    let host = other.root.trim_start_matches("http://").trim_end_matches("/testwdatppreview").to_owned();
    let port = host.rsplit(':').next().unwrap();

    let spellings = [
        format!("http://{host}"),
        format!("HTTP://{host}"),
        format!("http://127.1:{port}"),
        format!("http://0x7f.0.0.1:{port}"),
        format!("http://2130706433:{port}"),
        format!("http://localhost:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://user@{host}"),
        format!("//{host}"),
        format!("http:\\\\\\\\{host}"),
        format!("http://127.0.0.1%2e:{port}"),
    ];

    for spelling in spellings {
        let page = format!(
            r#"{{"@odata.nextLink":"{spelling}/testwdatppreview/machinesecuritystates","value":[{{"id":"a"}}]}}"#
        );

        let program = Program::new();
        let server = FixedServer::pages(&[&page]);
        let ran = program.run(&["pull", "--service-root", &server.root, "--retries", "0", "-o", "d.ndjson"]);
        assert_eq!(
            (ran.code, program.read("d.ndjson.partial").as_str()),
            (Some(4), "{\"id\":\"a\"}\n"),
            "{spelling}: {}",
            ran.stderr
        );

        let path = "/testwdatppreview/machinesecuritystates".to_owned();
        let location = format!("Location: {spelling}{path}\r\n");
        let server = FixedServer::start(|_| [(path, ("307 Temporary Redirect", location, String::new()))].into());
        let ran = program.run(&["pull", "--service-root", &server.root, "--retries", "0"]);
        assert_eq!(ran.code, Some(1), "{spelling}: {}", ran.stderr);
    }

    assert!(other.requests().is_empty(), "{:?}", other.requests());
}
