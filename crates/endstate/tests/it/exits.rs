//! Exit codes and the errors that go with them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;

use endstate_emulator::Emulator;

use super::program::{Program, run, steady};
use super::server::{FixedServer, RunningEmulator};

#[test]
fn wrong_usage_is_2_with_a_tip() {
    let program = Program::new();
    for (arguments, said) in [
        (&["pull", "--tokn-file", "x"][..], "tip: a similar argument exists: '--token-file'"),
        (&["triage", "--by", "color"], "[possible values: property, category"),
        (&["fetch"], "unrecognized subcommand 'fetch'"),
        (&["pull", "--timeout", "0"], "invalid value '0' for '--timeout"),
        (&["pull", "--max-pages", "0"], "invalid value '0' for '--max-pages"),
        (&["pull", "--page-size", "0"], "a page has at least 1 device; leave the option out"),
        (&["pull", "--auth", "device-code"], "caused by: a tenant is missing; set --tenant, AZURE_TENANT_ID"),
        (&["config", "show", "--demo"], "unexpected argument '--demo'"),
        (&["triage", "--demo", "--fail-on", "Antiviruss"], "unknown name; did you mean 'Antivirus'?"),
    ] {
        let ran = program.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert!(!program.run(&["config", "show", "--help"]).stdout.contains("--demo"));
}

#[test]
fn quiet_prints_results_warnings_and_errors_only() {
    let program = Program::new();
    let ran = program.run(&["pull", "--demo", "-o", "d.ndjson", "--quiet"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
    let ran = program.run(&["pull", "--demo", "-q", "--max-items", "1", "--format", "NDJSON"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(4), 1));
    assert_eq!(ran.stderr, "incomplete (limit): 1 of 444 devices (1 page)\n");
}

#[test]
fn failures_exit_with_1_and_show_cause_service_message_and_next_step() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let emulator = RunningEmulator::start(Emulator::builder());
    let at = |root: &str, token: &str| {
        let mut command = program.command(&["pull", "--service-root", root]);
        command.env_remove("ENDSTATE_TOKEN");
        if !token.is_empty() {
            command.env("ENDSTATE_TOKEN", token);
        }
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{root}: {}", ran.stderr);
        ran.stderr
    };

    let portal = FixedServer::start(|_| {
        let body = "<html><title>Sign in to the network</title></html>".to_owned();
        HashMap::from([("/testwdatppreview/machinesecuritystates".to_owned(), ("200 OK", String::new(), body))])
    });
    let redirect = FixedServer::start(|_| {
        let headers = "Location: https://login.example/?secret=hidden\r\n".to_owned();
        HashMap::from([("/testwdatppreview/machinesecuritystates".to_owned(), ("302 Found", headers, String::new()))])
    });
    let forbidden = FixedServer::start(|_| {
        let body =
            r#"{"error":{"code":"Forbidden","message":"Missing application roles.","target":"0f8e"}}"#.to_owned();
        HashMap::from([("/testwdatppreview/machinesecuritystates".to_owned(), ("403 Forbidden", String::new(), body))])
    });

    let errors = [
        at(&emulator.root(), "wrong-token"),
        at(&emulator.root(), ""),
        at("http://graph.microsoft.com/x", "t"),
        at(&portal.root, "t"),
        at(&redirect.root, "t"),
        at(&forbidden.root, "t"),
    ];

    insta::assert_snapshot!(errors.join("\n"), @"
    page 1, attempt 1: the service answered 401 Unauthorized to http://HOST/testwdatppreview/machinesecuritystates; retrying in N s
    error: the service answered 401 Unauthorized to http://HOST/testwdatppreview/machinesecuritystates
      the service says: Unauthorized: Invalid or missing Authorization header. Check that the token is for this service and has not expired.
      correlation id: UUID
    hint: The token has expired, or is for another service. Get a new one whose audience is this service. `endstate doctor` shows the audience.

    error: not signed in: no sign-in is configured
    hint: With the Azure CLI: install it, run `az login`, and then the same command again.
    hint: With an app registration: run `endstate init`, which asks what it needs and writes a profile. A token in ENDSTATE_TOKEN works, too. `endstate help sign-in` describes every way.
    hint: Without a tenant: add --demo.

    error: --service-root cannot be used: plain http would expose the token on the network; only loopback may use it

    error: the response from http://HOST/testwdatppreview/machinesecuritystates is not a complete page
      caused by: the body is not JSON but an HTML or XML document
    hint: This is not an OData service. Check --service-root, or sign in to the network (captive portals answer like this).

    error: the service answered 302 Found to http://HOST/testwdatppreview/machinesecuritystates, a redirect to https://login.example
      correlation id: UUID
    hint: endstate never follows redirects, because they would receive the token. Check --service-root, or sign in to the proxy.

    error: the service answered 403 Forbidden to http://HOST/testwdatppreview/machinesecuritystates
      the service says: Forbidden: Missing application roles.
      correlation id: 0f8e
    hint: The token is valid, but is not allowed to read device states. Ask an administrator to add the read permission and to grant consent.
    ");
}

#[test]
fn a_path_that_cannot_be_written_is_known_before_the_first_request() {
    let program = Program::new();
    let emulator = RunningEmulator::start(Emulator::builder());
    std::fs::create_dir(program.path("folder")).unwrap();
    for path in ["no/such/folder/d.ndjson", "folder"] {
        let ran = program.run(&["pull", "--service-root", &emulator.root(), "-o", path]);
        assert_eq!(ran.code, Some(1), "{path}");
        assert!(ran.stderr.contains(path), "{}", ran.stderr);
    }
    assert_eq!(emulator.emulator.calls(), 0);

    let ran = program.run(&["pull", "--demo", "-o", "no/such/d.ndjson"]);
    insta::assert_snapshot!(ran.stderr, @"error: cannot write no/such/d.ndjson: the folder no/such does not exist; create it, or choose another file with -o");
}

#[test]
fn a_missing_file_is_an_error_that_names_an_incomplete_pull_beside_it() {
    let program = Program::new();
    let missing = program.run(&["triage", "d.ndjson"]);
    assert_eq!(missing.code, Some(1));
    insta::assert_snapshot!(missing.stderr, @"
    error: cannot read d.ndjson
      caused by: No such file or directory (os error 2)
    ");

    assert_eq!(program.run(&["pull", "--demo", "--max-pages", "2", "-o", "d.ndjson"]).code, Some(4));
    let incomplete = program.run(&["triage", "d.ndjson"]);
    insta::assert_snapshot!(incomplete.stderr, @"
    error: cannot read d.ndjson: its pull is incomplete; read d.ndjson.partial, or pull again: --resume continues where it can
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_closed_pipe_ends_quietly_with_0() {
    let program = Program::new();
    let emulator = RunningEmulator::start(Emulator::builder().devices(50_000).page_size(1000));
    let mut child = program.start(&["pull", "--service-root", &emulator.root()]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
    assert!(line.starts_with("{\"id\":"), "{line}");
}

#[test]
fn the_proxy_of_the_environment_is_used_but_not_for_loopback() {
    let program = Program::new();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let run =
        |arguments: &[&str]| run(program.command(arguments).env("HTTPS_PROXY", &address).env("HTTP_PROXY", &address));
    assert_eq!(run(&["triage", "--demo"]).code, Some(0));

    let requests = std::thread::spawn(move || {
        let mut lines = Vec::new();
        // A closed connection means that the proxy refuses to connect.
        for stream in proxy.incoming().take(3) {
            let mut request = BufReader::new(stream.unwrap());
            let mut text = String::new();
            while !text.ends_with("\r\n\r\n") && request.read_line(&mut text).unwrap() > 0 {}
            lines.push(text);
        }
        lines
    });
    assert_eq!(run(&["pull"]).code, Some(1));
    let requests = requests.join().unwrap();
    assert!(requests[0].starts_with("CONNECT graph.microsoft.com:443 HTTP/1.1\r\n"), "{requests:?}");
    assert!(!requests.concat().contains(super::program::TOKEN), "the token is for the service, not for the proxy");
}

#[test]
fn completions_offer_the_values_of_each_option_in_every_shell() {
    let program = Program::new();
    program.write("config.toml", "[profile.contoso-europe]\ntenant = \"contoso.com\"\n");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let mut command = program.command(&["completions", shell]);
        let ran = run(command.env("ENDSTATE_CONFIG", program.path("config.toml")));
        assert_eq!(ran.code, Some(0), "{shell}: {}", ran.stderr);
        if ["powershell", "elvish"].contains(&shell) {
            // These two complete options only.
            assert!(ran.stdout.contains("--fail-on"), "{shell}");
            continue;
        }
        for (option, value) in [
            ("--cloud", "gcc-high"),
            ("--region", "swa"),
            ("--profile", "contoso-europe"),
            ("--collection", "cvekbmap"),
            ("--fault", "look-alike-link"),
            ("--fail-on", "AntivirusNotReporting"),
            ("--fail-on", "BitLocker"),
        ] {
            assert!(ran.stdout.contains(value), "{shell}: no {value} for {option}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_completion_in_bash_runs_no_text_and_lists_the_values() {
    let program = Program::new();
    // A command line has room for no script of this size.
    program.write("endstate.bash", &program.run(&["completions", "bash"]).stdout);
    let script = program.path("endstate.bash");
    let complete = |words: &str| {
        let call = "COMP_WORDS=($WORDS ''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); \
                    _endstate endstate '' \"${COMP_WORDS[COMP_CWORD - 1]}\"; printf '%s ' \"${COMPREPLY[@]}\"";
        let mut bash = std::process::Command::new("bash");
        run(bash.args(["--norc", "-c", &format!(". \"$SCRIPT\"\n{call}")]).env("SCRIPT", &script).env("WORDS", words))
            .stdout
    };
    assert_eq!(complete("endstate pull --cloud"), "commercial gcc gcc-high dod ");
    assert!(complete("endstate triage --demo --fail-on").starts_with("any new behind out-of-support unknown EDR "));
    assert!(complete("endstate emulate --fault").contains("gzip-bomb"));
}

#[test]
fn color_is_off_in_a_pipe_unless_requested() {
    let program = Program::new();
    assert!(!program.run(&["triage", "--demo"]).stdout.contains('\u{1b}'), "not in a pipe");
    assert!(program.run(&["triage", "--demo", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!program.run(&["triage", "--demo", "--color", "never"]).stdout.contains('\u{1b}'));
}

#[test]
fn a_missing_or_invalid_certificate_authority_file_is_an_error() {
    let program = Program::new();
    program.write("ca.pem", "nothing");
    for (name, what) in
        [("no.pem", "error: cannot read no.pem"), ("ca.pem", "error: ca.pem\n  caused by: the certificate authority")]
    {
        let ran = program.run(&["pull", "--ca-file", name]);
        assert!(ran.code == Some(1) && ran.stderr.starts_with(what), "{}", ran.stderr);
    }
}

#[test]
fn a_connection_that_is_never_made_ends_soon_with_advice_about_the_network() {
    let _steady = steady().bind_to_scope();
    // The system accepts connections, and no server answers the handshake.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("https://localhost:{}/testwdatppreview", silent.local_addr().unwrap().port());
    let program = Program::new();
    let ran = program.run(&["pull", "--service-root", &root, "--timeout", "0.4", "--retry-delay", "0.01"]);
    assert_eq!(ran.code, Some(1));
    let steady = ran.stderr.replace(&root, "ROOT").replace("0.0 s", "N s");
    let lines: Vec<_> = steady.lines().filter(|line| !line.contains("retrying in")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    error: no connection to ROOT/machinesecuritystates
      caused by: error sending request
      caused by: client error (Connect)
      caused by: operation timed out
      correlation id: UUID
    hint: Check --service-root, DNS and the proxy (HTTPS_PROXY). If the proxy inspects TLS, set --ca-file.
    ");
    assert_eq!(ran.stderr.matches("retrying in").count(), 2, "{}", ran.stderr);
}

#[test]
fn a_day_of_the_demo_beyond_ten_years_is_wrong_usage() {
    let program = Program::new();
    for day in ["0", "3651", "4294967295", "tomorrow"] {
        let ran = program.run(&["triage", "--demo", "--demo-day", day]);
        assert_eq!(ran.code, Some(2), "{day}");
        assert!(ran.stderr.contains("it must be a whole number from 1 to 3650"), "{}", ran.stderr);
    }
}
