//! Files that are written: by one process at a time, never through what was planted at their names.
#![cfg(unix)]

use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use endstate_emulator::Emulator;

use super::program::{Program, run};
use super::server::RunningEmulator;

#[test]
fn a_second_pull_to_the_same_file_fails_and_names_the_first() {
    let emulator = RunningEmulator::start(Emulator::builder().faults(["stalled@2".parse().unwrap()]));
    let program = Program::new();
    let arguments = ["pull", "--service-root", &emulator.root(), "-o", "s.ndjson", "--ahead", "0"];
    let mut first = program.start(&arguments);
    while !program.path("s.ndjson.partial").exists() || program.read("s.ndjson.partial").is_empty() {
        std::thread::yield_now();
    }

    let second = program.run(&["pull", "--demo", "-o", "s.ndjson"]);
    assert_eq!(second.code, Some(1));
    let message = format!("error: another endstate (pid {}) is writing s.ndjson; wait", first.id());
    assert!(second.stderr.starts_with(&message), "{}", second.stderr);
    let other = program.run(&["pull", "--demo", "-o", "other.ndjson"]);
    assert_eq!(other.code, Some(0), "another file has another lock: {}", other.stderr);

    first.kill().unwrap();
    first.wait().unwrap();
    assert!(program.path("s.ndjson.lock").exists(), "the process was killed while it held the lock");
    let third = program.run(&["pull", "--demo", "-o", "s.ndjson"]);
    assert_eq!(third.code, Some(0), "{}", third.stderr);
    assert_eq!(program.read("s.ndjson").lines().count(), 444);
    assert!(!program.path("s.ndjson.lock").exists());
}

#[test]
fn two_outputs_at_once_never_share_a_receipt() {
    let emulator = RunningEmulator::start(Emulator::builder().faults(["stalled@2".parse().unwrap()]));
    let program = Program::new();
    let arguments = ["pull", "--service-root", &emulator.root(), "-o", "a.ndjson", "--receipt", "r.json"];
    let mut first = program.start(&[&arguments[..], &["--ahead", "0"]].concat());
    while !program.path("a.ndjson.partial").exists() || program.read("a.ndjson.partial").is_empty() {
        std::thread::yield_now();
    }
    let second = program.run(&["pull", "--demo", "-o", "b.ndjson", "--receipt", "r.json"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, Some(1));
    let message = format!(
        "error: another endstate (pid {}) is writing r.json; wait until it ends, or choose another file with --receipt\n",
        first.id()
    );
    assert_eq!(second.stderr, message);
    let third = program.run(&["pull", "--demo", "-o", "b.ndjson", "--receipt", "r.json"]);
    assert_eq!(third.code, Some(0), "{}", third.stderr);
}

#[test]
fn nothing_is_written_through_a_link_that_was_planted() {
    let names = ["s.ndjson", "s.ndjson.partial", "s.ndjson.receipt.json", "s.ndjson.checkpoint.json", "s.ndjson.lock"];
    for name in names.into_iter().flat_map(|name| [name.to_owned(), format!("{name}.new")]) {
        let program = Program::new();
        program.write("victim", "precious\n");
        symlink(program.path("victim"), program.path(&name)).unwrap();
        let ran = program.run(&["pull", "--demo", "-o", "s.ndjson"]);
        assert_eq!(program.read("victim"), "precious\n", "{name}: {}", ran.stderr);
        if ran.code == Some(0) {
            assert_eq!(program.read("s.ndjson").lines().count(), 444, "{name}");
        } else {
            assert!(ran.stderr.contains("is not a regular file; remove it"), "{name}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_pipe_that_the_user_named_is_written_in_place() {
    let program = Program::new();
    let pipe = program.path("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    let ran = program.run(&["pull", "--demo", "-o", "pipe.csv", "--format", "csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut rows = String::new();
    reader.stdout.take().unwrap().read_to_string(&mut rows).unwrap();
    reader.wait().unwrap();
    assert!(rows.starts_with("id,build,") && rows.lines().count() == 445);
    assert!(pipe.symlink_metadata().unwrap().file_type().is_fifo());
    assert_eq!(program.files(), ["pipe.csv"]);
    let stdout = program.run(&["pull", "--demo", "-o", "/dev/stdout"]).stdout;
    assert_eq!(stdout.lines().count(), 444);
}

#[test]
fn an_unknown_ending_is_an_error_that_lists_the_formats() {
    let program = Program::new();
    for name in ["a.xlsx", "a.tsv", "a.yaml.gz"] {
        let ran = program.run(&["pull", "--demo", "-o", name]);
        assert_eq!(ran.code, Some(2), "{name}");
        let message = "use .ndjson, .jsonl, .json, .csv or .txt, each also with .gz or .zst, or set --format";
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert_eq!(program.run(&["pull", "--demo", "-o", name, "--format", "CSV"]).code, Some(0), "{name}");
    }
    assert_eq!(program.run(&["pull", "--demo", "-o", "A.JSON"]).code, Some(0));
    assert!(program.read("A.JSON").starts_with("[\n"));
    let report = program.run(&["triage", "--demo", "-o", "a.docx"]);
    assert_eq!(report.code, Some(2));
    assert!(
        report.stderr.contains("use .txt, .json, .csv, .md, .prom, .sarif, .xml, or set --format"),
        "{}",
        report.stderr
    );
}

#[test]
fn compressed_files_are_readable_by_their_own_tools() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "plain.csv"]);
    assert_eq!(program.run(&["pull", "--demo", "-o", "d.csv.gz"]).code, Some(0));
    let plain = run(Command::new("gzip").args(["-dc"]).arg(program.path("d.csv.gz"))).stdout;
    assert_eq!(plain, program.read("plain.csv"));
    let size = |name: &str| program.path(name).metadata().unwrap().len();
    assert!(size("d.csv.gz") * 3 < size("plain.csv"), "{} of {}", size("d.csv.gz"), size("plain.csv"));
    let resumed = program.run(&["pull", "--service-root", "http://127.0.0.1:9/x", "-o", "d.csv.gz", "--resume"]);
    assert_eq!(resumed.code, Some(2), "{}", resumed.stderr);
}

#[test]
fn a_compressed_file_of_a_killed_pull_is_read_as_far_as_it_goes() {
    let program = Program::new();
    for name in ["d.ndjson.gz", "d.ndjson.zst"] {
        program.run(&["pull", "--demo", "-o", name]);
        let whole = std::fs::read(program.path(name)).unwrap();
        let cut = format!("cut-{name}.partial");
        std::fs::write(program.path(&cut), &whole[..whole.len() * 3 / 4]).unwrap();
        let ran = program.run(&["triage", &cut, "--limit", "0", "--allow-empty"]);
        assert_eq!(ran.code, Some(4), "{name}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("the pull did not end"), "{name}: {}", ran.stdout);
    }
}

#[test]
fn a_run_that_fails_leaves_the_metrics_of_the_last_one() {
    let program = Program::new();
    let metrics = |more: &[&str]| program.run(&[&["triage", "-o", "m.prom"], more].concat());
    assert_eq!(metrics(&["--demo", "--all-devices"]).code, Some(0));
    let good = program.read("m.prom");
    assert!(good.contains("endstate_devices 444\n"));
    assert_eq!(metrics(&["--service-root", "http://127.0.0.1:9/x", "--retries", "0"]).code, Some(1));
    assert_eq!(metrics(&["missing.ndjson"]).code, Some(1));
    assert_eq!((program.read("m.prom"), program.files()), (good, vec!["m.prom".to_owned()]));

    let table = program.run(&["updates", "--demo", "--color", "always", "-o", "u.txt"]);
    assert_eq!((table.code, table.stdout.as_str()), (Some(0), ""));
    assert!(!program.read("u.txt").contains('\u{1b}'), "a file has no colors");
    assert_eq!(program.run(&["diff", "--demo", "-o", "none/d.md"]).code, Some(1));
}

#[test]
fn names_of_its_own_files_are_no_outputs() {
    let program = Program::new();
    for ending in [".partial", ".receipt.json", ".checkpoint.json", ".lock"] {
        let ran = program.run(&["pull", "--demo", "--format", "ndjson", "-o", &format!("d.ndjson{ending}")]);
        assert_eq!(ran.code, Some(2), "{ending}");
    }
    assert!(Command::new("mkfifo").arg(program.path("d.ndjson.receipt.json")).status().unwrap().success());
    let ran = program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(1), "a pipe at the name of the receipt is no place to wait");
    assert!(ran.stderr.contains("it is not a regular file; remove it"), "{}", ran.stderr);
}

#[test]
fn a_new_file_keeps_the_permissions_of_the_old_one() {
    let program = Program::new();
    program.write("d.ndjson", "old\n");
    let mode = || program.path("d.ndjson").metadata().unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(program.path("d.ndjson"), PermissionsExt::from_mode(0o640)).unwrap();
    assert_eq!(program.run(&["pull", "--demo", "-o", "d.ndjson"]).code, Some(0));
    assert_eq!(mode(), 0o640);
}

#[test]
fn a_receipt_that_cannot_be_written_is_known_before_the_pull() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    std::fs::create_dir(program.path("folder")).unwrap();
    for (receipt, code) in [
        ("folder", 1),
        ("none/r.json", 1),
        ("d.ndjson", 2),
        ("./d.ndjson.partial", 2),
        ("folder/../d.ndjson", 2),
        ("d.ndjson.lock", 2),
    ] {
        let arguments = ["pull", "--service-root", &emulator.root(), "-o", "d.ndjson", "--receipt", receipt];
        let ran = program.run(&arguments);
        assert_eq!(ran.code, Some(code), "{receipt}: {}", ran.stderr);
    }
    assert_eq!((emulator.emulator.calls(), program.files()), (0, vec!["folder".to_owned()]));
}

#[test]
fn no_receipt_of_an_earlier_pull_stays_beside_a_new_file() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    let pull =
        |more: &[&str]| program.run(&[&["pull", "--service-root", &emulator.root(), "-o", "d.ndjson"], more].concat());
    assert_eq!(pull(&["--max-items", "100", "--allow-incomplete"]).code, Some(4));
    assert!(program.files().contains(&"d.ndjson.receipt.json".to_owned()));
    assert_eq!(pull(&["--receipt", "other.json"]).code, Some(0));
    assert_eq!(program.files(), ["d.ndjson", "other.json"]);

    // Of the same number of rows, only the receipt could say that they are not all.
    assert_eq!(pull(&[]).code, Some(0));
    assert_eq!(pull(&["--max-items", "444", "--receipt", "other.json", "--allow-incomplete"]).code, Some(0));
    assert_eq!(pull(&["--max-pages", "4", "--receipt", "other.json", "--allow-incomplete"]).code, Some(4));
    assert_eq!(program.files(), ["d.ndjson", "other.json"]);
    assert!(program.run(&["triage", "d.ndjson"]).stdout.contains("completeness unknown"));
}

#[test]
fn rows_with_a_link_of_their_own_are_readable_by_their_owner_only() {
    let mode = |program: &Program, name: &str| program.path(name).metadata().unwrap().permissions().mode() & 0o777;
    for page in ["1", "5"] {
        let fault = format!("nested-link@{page}").parse().unwrap();
        let emulator = RunningEmulator::start(Emulator::builder().faults([fault]));
        let program = Program::new();
        program.write("d.ndjson", "");
        let pull = ["pull", "--service-root", &emulator.root(), "-o", "d.ndjson", "--allow-incomplete"];
        assert_eq!(program.run(&pull).code, Some(4));
        assert_eq!(mode(&program, "d.ndjson"), 0o600, "a link on page {page}");
        let csv = ["pull", "--service-root", &emulator.root(), "-o", "d.csv", "--allow-incomplete"];
        assert_eq!(program.run(&csv).code, Some(4));
        assert_ne!(mode(&program, "d.csv"), 0o600, "csv has no links");
    }
}
