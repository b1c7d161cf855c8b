//! Ctrl-C: the pull keeps what it read, and cuts every wait short.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::process::Child;

use endstate_emulator::{CallLimits, Emulator};

use super::program::{Program, interrupt};
use super::server::RunningEmulator;

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
fn an_interrupted_pull_keeps_what_it_read_and_exits_with_4() {
    let limits = CallLimits::NONE.per_minute(NonZeroU32::new(2));
    let emulator = RunningEmulator::start(Emulator::builder().limits(limits));
    let program = Program::new();
    let mut child = program.start(&["pull", "--service-root", &emulator.root(), "-o", "d.ndjson"]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    wait_for(&mut stderr, "page 3, attempt 1: the service answered 429 Too Many Requests");
    interrupt(&child);
    let (code, rest) = wait_for_exit(&mut child, stderr);
    assert_eq!(code, Some(4), "{rest}");
    assert_eq!(program.read("d.ndjson.partial").lines().count(), 200);
    assert!(rest.contains("incomplete (cancelled): 200 of 444 devices (2 pages)"), "{rest}");
    assert!(program.read("d.ndjson.receipt.json").contains("\"reason\": \"cancelled\""));
    assert!(rest.ends_with("hint: To continue, run the same command with --resume.\n"), "{rest}");
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
