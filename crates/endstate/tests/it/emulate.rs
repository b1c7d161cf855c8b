//! `endstate emulate`: the lines that it prints work without changes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::program::{Program, interrupt, run};

#[test]
fn the_printed_lines_are_all_that_a_client_needs() {
    let program = Program::new();
    let mut child = program.start(&["emulate", "--devices", "23", "--page-size", "5", "--seed", "9"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<_> = lines.by_ref().take(5).map(Result::unwrap).collect();
    let exports: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("export ")?.split_once('=')).collect();
    let names: Vec<_> = exports.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["ENDSTATE_TOKEN", "ENDSTATE_SERVICE_ROOT", "ENDSTATE_DEFENDER_ROOT", "ENDSTATE_GRAPH_ROOT"]);
    let arguments: Vec<_> = lines[4].strip_prefix("endstate ").unwrap().split(' ').collect();
    for (source, ending) in [
        ("auto", "complete: all 23 devices (5 pages; matches the service's count)\n"),
        ("assessments", "complete: all 23 devices (5 pages; the service gave no count)\nfrom assessments\n"),
        ("hunting", " devices (1 page; matches the service's count)\nfrom hunting\n"),
    ] {
        let arguments = [arguments.as_slice(), &["--source", source]].concat();
        let ran = run(program.command(&arguments).envs(exports.iter().copied()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.ends_with(ending), "{}", ran.stdout);
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Program::new().run(&["emulate", "--port", &port]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}; choose another port with --port\n")),
        "{}",
        ran.stderr
    );
}

#[test]
fn faults_are_listed_scripted_and_refused_if_they_are_mistyped() {
    let program = Program::new();
    let help = program.run(&["emulate", "--fault", "help"]);
    let expected = format!("{}\n{}", endstate_emulator::Fault::help(), endstate_emulator::DefenderFault::help());
    assert_eq!((help.code, help.stdout.as_str()), (Some(0), expected.as_str()));
    let wrong = program.run(&["emulate", "--fault", "throtled"]);
    assert_eq!(wrong.code, Some(2));
    assert_eq!(wrong.stderr, "error: unknown fault 'throtled'; see --fault help\n");

    let mut child = program.start(&["emulate", "--fault", "throttled@1=9999", "--fault", "link-last"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let root = printed_root(&mut lines);
    let root = root.as_str();
    let ran = run(program.command(&["pull", "--service-root", root]).env("ENDSTATE_TOKEN", "emulated-token"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.starts_with("error: the service answered 429 Too Many Requests"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Retry after 9999 s"), "{}", ran.stderr);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_printed_lines_sign_in_without_changes() {
    let program = Program::new();
    program.write("certificate.pem", testkit::CLIENT_CERTIFICATE);
    program.write("client.pem", str::from_utf8(testkit::CLIENT_CERTIFICATE_FILES[0].1).unwrap());
    let arguments = ["emulate", "--devices", "23", "--page-size", "5", "--sign-in", "--write-ca", "ca.pem"];
    let more = ["--client-certificate", "certificate.pem", "--token-calls", "2", "--token-lifetime", "600"];

    let mut child = program.start(&[&arguments[..], &more].concat());
    let lines: Vec<_> = BufReader::new(child.stdout.take().unwrap()).lines().take(10).map(Result::unwrap).collect();
    let exports: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("export ")?.split_once('=')).collect();
    assert_eq!(exports.len(), 8, "{lines:?}");
    let commands: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("endstate ")).collect();
    assert_eq!(commands, ["doctor", "triage"]);

    let with = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command.env_remove("ENDSTATE_TOKEN").envs(exports.iter().copied());
        command
    };

    for command in commands {
        let ran = run(&mut with(&[command]));
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    }

    let certificate = run(with(&["triage", "--certificate", "client.pem"]).env_remove("AZURE_CLIENT_SECRET"));
    assert_eq!(certificate.code, Some(0), "{}", certificate.stderr);
    assert!(certificate.stdout.contains("\ncomplete: all 23 devices (5 pages; matches the service's count)\n"));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // A shell reads each value as one word, whatever characters it contains.
    let mut child = program.start(&["emulate", "--sign-in", "--write-ca", "it's ours.pem"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("CA_FILE")).unwrap();
    let shell =
        std::process::Command::new("sh").args(["-c", &format!("{line}; printf %s \"$ENDSTATE_CA_FILE\"")]).output();
    assert_eq!(shell.unwrap().stdout, b"it's ours.pem");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // Without --write-ca, the certificate is in a temporary file that is deleted at the end.
    let mut child = program
        .command(&["emulate", "--sign-in"])
        .env("TMPDIR", program.path(""))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("CA_FILE")).unwrap();
    let path = Path::new(line.split_once('=').unwrap().1).to_owned();
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!path.exists());

    for needs_sign_in in ["--token-calls=2", "--device-code=decline", "--write-ca=x"] {
        assert_eq!(program.run(&["emulate", needs_sign_in]).code, Some(2));
    }
}

/// The service root among the lines that an emulator prints.
fn printed_root(lines: impl IntoIterator<Item = String>) -> String {
    let root = |line: String| line.strip_prefix("export ENDSTATE_SERVICE_ROOT=").map(ToOwned::to_owned);
    lines.into_iter().find_map(root).unwrap()
}

/// An emulator of the program, ready to serve; stopped with Ctrl-C by [`Served::stop`].
struct Served {
    child: std::process::Child,
    root: String,
}

impl Served {
    fn start(program: &Program, arguments: &[&str]) -> Self {
        let mut child = program.start(&[&["emulate"], arguments].concat());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        Self { child, root: printed_root(lines) }
    }

    /// Returns what the emulator said in the end.
    fn stop(mut self) -> String {
        interrupt(&self.child);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.child.stderr.take().unwrap(), &mut said).unwrap();
        said
    }

    /// Sends `POST /_emulator/reset`, and returns the status.
    fn reset(&self) -> String {
        let host = self.root.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        let request = format!("POST /_emulator/reset HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    }
}

#[test]
fn a_reset_scripts_the_faults_again_and_the_end_names_the_unused() {
    let program = Program::new();
    let served =
        Served::start(&program, &["--fault", "throttled@1=9999", "--fault", "link-last@77", "--token", "mine"]);
    let pull = || {
        let mut command = program.command(&["pull", "--service-root", &served.root]);
        run(command.env("ENDSTATE_TOKEN", "mine")).code
    };
    assert_eq!((pull(), pull()), (Some(1), Some(0)), "the fault fires once");
    assert_eq!(served.reset(), "204");
    assert_eq!((pull(), pull()), (Some(1), Some(0)), "and once more after a reset");
    let said = served.stop();
    assert!(said.ends_with("warning: 1 fault that never fired: link-last@77\n"), "{said}");

    let served = Served::start(&program, &["--no-control"]);
    assert_eq!(served.reset(), "401", "without control, it is a request like any other");
    served.stop();
}

#[test]
fn the_host_is_the_one_that_is_printed_and_listens() {
    let program = Program::new();
    let served = Served::start(&program, &["--host", "127.0.0.2"]);
    assert!(served.root.starts_with("http://127.0.0.2:"), "{}", served.root);
    let mut command = program.command(&["pull", "--service-root", &served.root]);
    assert_eq!(run(command.env("ENDSTATE_TOKEN", "emulated-token")).code, Some(0));
    served.stop();
}

#[test]
fn verbose_logs_each_request_and_each_fault_that_fires() {
    let program = Program::new();
    let served = Served::start(&program, &["-v", "--fault", "throttled@2=0.01"]);
    let mut command = program.command(&["pull", "--service-root", &served.root]);
    assert_eq!(run(command.env("ENDSTATE_TOKEN", "emulated-token")).code, Some(0));
    let said = served.stop();
    assert_eq!(said.matches("status=200").count(), 5, "{said}");
    assert!(said.contains("fault fault=throttled@2=0.01 page=2"), "{said}");
    assert!(said.contains("answered method=GET path=\"/testwdatppreview/machinesecuritystates\" status=429"), "{said}");
    assert!(!said.contains("skiptoken") && !said.contains("emulated-token"), "{said}");
}

#[test]
fn the_port_is_the_one_that_is_printed_with_a_sign_in_too() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let program = Program::new();
    let mut child = program.start(&["emulate", "--sign-in", "--port", &free, "--ready-file", "ready"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("SERVICE_ROOT")).unwrap();
    assert_eq!(line, format!("export ENDSTATE_SERVICE_ROOT=https://127.0.0.1:{free}/testwdatppreview"));
    // The file is complete as soon as it is there.
    while !program.path("ready").exists() {
        std::thread::yield_now();
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&program.path("ready").metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it has a token");
    assert!(program.read("ready").ends_with("\nendstate doctor\nendstate triage\n"));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!program.path("ready").exists(), "the file is there only while the emulator is ready");
}

#[test]
fn the_states_of_a_file_are_served_in_its_order() {
    let program = Program::new();
    let states = "{\"id\":\"b\",\"build\":19045}\n{\"id\":\"a\",\"propertiesRequireAttention\":[\"FirewallOff\"]}\n{\"id\":\"c\",\"assessed\":false,\"more\":[1]}\n{\"id\":\"";
    program.write("states.ndjson", states);
    let mut child = program.start(&["emulate", "--states", "states.ndjson"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let root = printed_root(&mut lines);
    let root = root.as_str();
    let pulled = ["pull", "--format", "ndjson", "-o", "-", "--service-root", root];
    let ran = run(program.command(&pulled).env("ENDSTATE_TOKEN", "emulated-token"));
    let ids: Vec<_> = ran.stdout.lines().filter_map(|line| line.split('"').nth(3)).collect();
    assert_eq!((ran.code, ids), (Some(0), vec!["b", "a", "c"]), "{}", ran.stderr);
    assert!(ran.stdout.contains("\"assessed\":false,\"more\":[1]"), "as it was: {}", ran.stdout);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));

    program.write("two.ndjson", "{\"tenant\":\"x\",\"id\":\"a\"}\n{\"tenant\":\"y\",\"id\":\"a\"}\n");
    let two = program.run(&["emulate", "--states", "two.ndjson"]);
    assert!(two.code == Some(2) && two.stderr.contains("rows of several tenants"), "{}", two.stderr);
    let missing = program.run(&["emulate", "--states", "none.ndjson"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("none.ndjson"), "{}", missing.stderr);
}
