//! Ctrl-C, SIGTERM and SIGHUP: the pull keeps what it read, and cuts every wait short.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use endstate_emulator::{CallLimits, Emulator};

use super::program::{Program, interrupt, run, signal, steady};
use super::server::RunningEmulator;

/// Has SIGHUP end the program, also if the tests themselves run under `nohup`.
const HANG_UP: &[&str] = &["env", "--default-signal=HUP"];

/// A pull that has kept two pages, and waits for a minute.
struct WaitingPull {
    child: Child,
    stderr: BufReader<ChildStderr>,
    program: Program,
    _emulator: RunningEmulator,
}

impl WaitingPull {
    /// Starts it through another program, which runs it in its place.
    fn start(starter: &[&str]) -> Self {
        let limits = CallLimits::NONE.per_minute(NonZeroU32::new(2));
        let emulator = RunningEmulator::start(Emulator::builder().limits(limits));
        let program = Program::new();
        let arguments = ["pull", "--service-root", &emulator.root(), "-o", "d.ndjson"];
        let command = program.command(&arguments);
        let mut through = Command::new(starter[0]);
        through.args(&starter[1..]).arg(command.get_program()).args(arguments).current_dir(program.path("."));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => through.env(name, value),
                None => through.env_remove(name),
            };
        }
        let through = through.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = through.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        wait_for(&mut stderr, "page 3, attempt 1: the service answered 429 Too Many Requests");
        Self { child, stderr, program, _emulator: emulator }
    }
}

/// Reads stderr up to a line that contains `text`.
fn wait_for(stderr: &mut impl BufRead, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "stderr ended without {text:?}");
    }
}

fn wait_for_exit(child: &mut Child, mut stderr: impl Read) -> (Option<i32>, String) {
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code(), rest)
}

#[test]
fn a_pull_that_is_ended_keeps_what_it_read_and_exits_with_4() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let WaitingPull { mut child, stderr, program, _emulator } = WaitingPull::start(HANG_UP);
        signal(&child, name);
        if name != "-INT" {
            // It may come twice.
            signal(&child, name);
        }
        let (code, rest) = wait_for_exit(&mut child, stderr);
        assert_eq!(code, Some(4), "{name}: {rest}");
        assert_eq!(program.read("d.ndjson.partial").lines().count(), 200);
        assert!(rest.contains("incomplete (cancelled): 200 of 444 devices (2 pages)"), "{rest}");
        assert!(program.read("d.ndjson.receipt.json").contains("\"reason\": \"cancelled\""));
        assert!(rest.ends_with("hint: To continue, run the same command with --resume.\n"), "{rest}");
    }
}

#[test]
fn a_pull_ends_well_when_its_terminal_is_gone() {
    let WaitingPull { mut child, stderr, program, _emulator } = WaitingPull::start(HANG_UP);
    // Nothing can be said from here on.
    drop(stderr);
    signal(&child, "-HUP");
    assert_eq!(child.wait().unwrap().code(), Some(4));
    assert!(program.read("d.ndjson.receipt.json").contains("\"reason\": \"cancelled\""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_pull_that_nohup_started_continues_when_its_terminal_is_gone() {
    let WaitingPull { mut child, stderr, program: _program, _emulator } = WaitingPull::start(&["nohup"]);
    signal(&child, "-HUP");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    assert!(ignored.trim().ends_with(['1', '3', '5', '7']), "SIGHUP is no longer ignored: {ignored}");

    interrupt(&child);
    let (code, rest) = wait_for_exit(&mut child, stderr);
    assert_eq!(code, Some(4), "{rest}");
}

#[test]
fn interrupted_before_anything_was_kept_is_130() {
    // A server that listens and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}", silent.local_addr().unwrap());
    let program = Program::new();
    let mut child = program.start(&["pull", "-vv", "--service-root", &root, "-o", "d.ndjson"]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    wait_for(&mut stderr, "requesting");
    interrupt(&child);
    let (code, rest) = wait_for_exit(&mut child, stderr);
    assert_eq!((code, program.files()), (Some(130), Vec::new()), "{rest}");
}

/// A command that starts another process and waits for it. It writes the id of that process.
const WAITING_COMMAND: &str = "sleep 600 & echo $! > new; mv new pid; wait";

/// Whether the process that the command has started is gone. One that has ended may still be a
/// zombie.
#[cfg(target_os = "linux")]
fn is_started_process_gone(program: &Program) -> bool {
    let pid = program.read("pid");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        if status.is_empty() || status.contains(") Z ") {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_for_a_secret_is_ended_with_the_program() {
    let root = "http://127.0.0.1:1/testwdatppreview";
    for (name, arguments) in [
        ("-INT", &["pull", "--service-root", root][..]),
        ("-INT", &["doctor", "--service-root", root][..]),
        ("-TERM", &["doctor", "--service-root", root][..]),
    ] {
        let program = Program::new();
        let mut child = program.start(&[arguments, &["--token-command", WAITING_COMMAND]].concat());
        while !program.path("pid").exists() {
            std::thread::yield_now();
        }
        signal(&child, name);
        let code = if name == "-INT" { 130 } else { 143 };
        assert_eq!(child.wait().unwrap().code(), Some(code), "{arguments:?}");
        assert!(is_started_process_gone(&program), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_or_a_tool_that_waits_for_ever_is_ended_and_named() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let pull = ["pull", "--service-root", "http://127.0.0.1:1/x", "--command-timeout", "0.3"];
    let ran = program.run(&[&pull[..], &["--token-command", WAITING_COMMAND]].concat());
    insta::assert_snapshot!(ran.stderr, @"
    error: could not get a token
      caused by: the command for the secret was ended
      caused by: the command did not end within 0.3 s
    hint: Run the command by hand to see what it waits for, or increase --command-timeout.
    ");
    assert!(is_started_process_gone(&program));

    program.write("az", &format!("#!/bin/sh\ncd '{}'\n{WAITING_COMMAND}\n", program.path(".").display()));
    let az = program.path("az");
    std::fs::set_permissions(&az, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::remove_file(program.path("pid")).unwrap();
    let mut with_az = program.command(&[&pull[..], &["--auth", "azure-cli"]].concat());
    let path = format!("{}:/bin:/usr/bin", az.parent().unwrap().display());
    let ran = run(with_az.env("PATH", path).env_remove("ENDSTATE_TOKEN"));
    insta::assert_snapshot!(ran.stderr, @"
    error: could not get a token
      caused by: the sign-in with the Azure CLI failed: az was ended
      caused by: the command did not end within 0.3 s
    hint: Run the command by hand to see what it waits for, or increase --command-timeout.
    ");
    assert!(is_started_process_gone(&program));
}

#[test]
fn a_result_whose_command_is_ended_leaves_no_file() {
    let program = Program::new();
    let mut command = program.command(&["list", "-", "--format", "csv", "-o", "d.csv"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"id\":\"a\"}\n{}\n").unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    wait_for(&mut stderr, "line 2 is not a device");
    assert_eq!(program.files().len(), 1, "the file that is being written");

    interrupt(&child);
    let (code, rest) = wait_for_exit(&mut child, stderr);
    assert_eq!((code, program.files()), (Some(130), Vec::new()), "{rest}");
}
