//! `pull --resume`: after kills and interruptions, and with expired or foreign checkpoints.

use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use endstate_emulator::{CallLimits, Emulator, EmulatorBuilder};

use super::program::{Program, Ran, run, steady};
use super::server::RunningEmulator;

const UNPACED: [&str; 4] = ["--calls-per-minute", "0", "--calls-per-hour", "0"];

fn pull(program: &Program, root: &str, more: &[&str]) -> Ran {
    program.run(
        &[&["pull", "--service-root", root, "--retries", "1", "--retry-delay", "0.01"], &UNPACED[..], more].concat(),
    )
}

/// A pull that stopped after two of five pages, and can be continued.
fn stopped() -> (RunningEmulator, Program) {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-pages", "2"]);
    (emulator, program)
}

/// A collection of two hundred pages.
fn large() -> EmulatorBuilder {
    Emulator::builder().devices(20_000).page_size(100).limits(CallLimits::NONE)
}

/// The receipt's numbers that do not depend on when the pull was stopped.
fn numbers(program: &Program, name: &str) -> Vec<u64> {
    let receipt: serde_json::Value = serde_json::from_str(&program.read(name)).unwrap();
    ["pages", "items", "devices", "rows", "duplicates", "invalid_items", "expected", "bytes"]
        .map(|field| receipt[field].as_u64().unwrap())
        .into()
}

#[test]
fn a_pull_killed_again_and_again_writes_the_bytes_of_an_undisturbed_one() {
    let emulator = RunningEmulator::start(large());
    for format in ["ndjson", "json"] {
        let undisturbed = Program::new();
        let program = Program::new();
        let name = format!("d.{format}");
        assert_eq!(pull(&undisturbed, &emulator.root(), &["-o", &name]).code, Some(0));

        let mut kills = 0;
        let mut kept = 0;
        // Pauses of all lengths hit a pull of this size at many places. They grow each round, for a
        // machine that is slow to start.
        let pauses = [0, 5, 11, 7, 23, 3, 17, 29, 13, 2, 31, 19, 9, 41, 37, 14];

        for pause in (1..=12).flat_map(|round| pauses.map(|pause| pause * round)) {
            let root = emulator.root();
            let arguments = [&["pull", "--service-root", &root, "-o", &name, "--resume"], &UNPACED[..]].concat();

            let mut child = program.start(&arguments);
            std::thread::sleep(Duration::from_millis(pause));
            child.kill().unwrap();
            let status = child.wait().unwrap();

            if status.success() {
                break;
            }
            kills += 1;
            kept += usize::from(program.path(&format!("{name}.checkpoint.json")).exists());
        }

        let last = pull(&program, &emulator.root(), &["-o", &name, "--resume"]);
        assert_eq!(last.code, Some(0), "after {kills} kills: {}", last.stderr);
        assert!(kept >= 3, "only {kept} of {kills} kills hit the pull in its middle");

        assert!(program.read(&name) == undisturbed.read(&name), "{name} differs after {kills} kills");
        assert_eq!(program.files(), undisturbed.files());
        println!("{name}: {kills} kills, {kept} of them with a checkpoint");

        if last.stderr.contains("No checkpoint") {
            continue;
        }
        let receipt = format!("{name}.receipt.json");
        assert_eq!(numbers(&program, &receipt), numbers(&undisturbed, &receipt));
    }
}

#[test]
fn an_incomplete_pull_leaves_a_private_checkpoint_and_resumes_from_it() {
    let _steady = steady().bind_to_scope();
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-pages", "2"]);
    insta::assert_snapshot!(ran.stderr, @"
    incomplete (limit): 200 of 444 devices (2 pages)
      the limit that you set was reached
      200 rows in d.ndjson.partial
      receipt in d.ndjson.receipt.json
    hint: To continue, run the same command with --resume.
    ");
    assert_eq!(program.files(), ["d.ndjson.checkpoint.json", "d.ndjson.partial", "d.ndjson.receipt.json"]);
    let mode = program.path("d.ndjson.checkpoint.json").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!program.read("d.ndjson.checkpoint.json").contains(super::program::TOKEN));

    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]);
    assert_eq!((ran.code, emulator.emulator.calls()), (Some(0), 5), "{}", ran.stderr);
    assert_eq!(program.files(), ["d.ndjson", "d.ndjson.receipt.json"]);
    assert!(program.read("d.ndjson.receipt.json").contains("\"resumed_from_page\": 3,"));

    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]);
    assert_eq!(ran.code, Some(0), "a complete pull has nothing to resume, so it starts over");
    assert!(ran.stderr.starts_with("No checkpoint to resume from; starting at the first page\n"), "{}", ran.stderr);
}

#[test]
fn duplicates_of_rows_that_were_kept_before_are_still_found() {
    let faults = ["overlap=30", "status@4*2=500", "bad-item@2", "bad-item@6"].map(|fault| fault.parse().unwrap());
    let emulator = RunningEmulator::start(Emulator::builder().limits(CallLimits::NONE).faults(faults));
    let program = Program::new();
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson"]).code, Some(4));
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]).code, Some(0));
    assert_eq!(program.read("d.ndjson").lines().count(), 446);
    let whole = Program::new();
    pull(&whole, &emulator.root(), &["-o", "d.ndjson"]);
    assert_eq!(program.read("d.ndjson"), whole.read("d.ndjson"));
    assert_eq!(numbers(&program, "d.ndjson.receipt.json"), numbers(&whole, "d.ndjson.receipt.json"));
}

#[test]
fn a_json_array_that_was_closed_at_a_limit_is_opened_again() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let (program, whole) = (Program::new(), Program::new());
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.json", "--max-pages", "2"]).code, Some(4));
    let partial: Vec<serde_json::Value> = serde_json::from_str(&program.read("d.json.partial")).unwrap();
    assert_eq!(partial.len(), 200, "the kept rows are one valid document");
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.json", "--resume"]).code, Some(0));
    pull(&whole, &emulator.root(), &["-o", "d.json"]);
    assert!(program.read("d.json") == whole.read("d.json"));
}

#[test]
fn an_expired_continuation_starts_again_and_says_so() {
    let faults = ["status@3*2=500".parse().unwrap(), "expired@3*1".parse().unwrap()];
    let emulator = RunningEmulator::start(Emulator::builder().faults(faults));
    let program = Program::new();
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson"]).code, Some(4));
    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("The checkpoint has expired; starting again at the first page\n"), "{}", ran.stderr);
    assert_eq!(program.read("d.ndjson").lines().count(), 444);
    assert!(program.read("d.ndjson.receipt.json").contains("\"resumed_from_page\": null,"));
    // The rows that were kept are not lost.
    assert_eq!(program.read("d.ndjson.old.partial").lines().count(), 200);
}

#[test]
fn rows_that_cannot_be_continued_are_put_aside_and_never_written_over() {
    let (emulator, program) = stopped();
    let kept = program.read("d.ndjson.partial");

    let failed = pull(&program, "http://127.0.0.1:1/x", &["-o", "d.ndjson"]);
    assert_eq!(failed.code, Some(1));
    assert_eq!(program.read("d.ndjson.partial"), kept, "a pull that reads nothing touches nothing");

    // A checkpoint of another pull: its rows cannot be continued, and may be all that there is.
    let other = RunningEmulator::start(Emulator::builder());
    let ran = pull(&program, &other.root(), &["-o", "d.ndjson"]);
    assert!(ran.stderr.contains("The rows that an earlier pull kept are in d.ndjson.old.partial\n"), "{}", ran.stderr);
    assert_eq!(program.read("d.ndjson.old.partial"), kept);
    assert_eq!(program.files(), ["d.ndjson", "d.ndjson.old.partial", "d.ndjson.receipt.json"]);

    // Rows without a checkpoint were never kept.
    std::fs::remove_file(program.path("d.ndjson.old.partial")).unwrap();
    program.write("d.ndjson.partial", "rows of a pull that was killed in its first page");
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]).code, Some(0));
    assert_eq!(program.files(), ["d.ndjson", "d.ndjson.receipt.json"]);
}

#[test]
fn a_kill_after_the_rename_leaves_a_checkpoint_that_begins_anew() {
    let (emulator, program) = stopped();
    std::fs::rename(program.path("d.ndjson.partial"), program.path("d.ndjson")).unwrap();
    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("The rows of the checkpoint are gone; starting at the first page\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.read("d.ndjson").lines().count(), 444);
    assert_eq!(program.files(), ["d.ndjson", "d.ndjson.receipt.json"]);
}

/// Has the checkpoint begin this long ago. Returns the time that it has then.
fn begin_ago(program: &Program, hours: i64) -> String {
    let mut checkpoint: serde_json::Value = serde_json::from_str(&program.read("d.ndjson.checkpoint.json")).unwrap();
    let began = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours);
    checkpoint["began_at"] = began.to_string().into();
    program.write("d.ndjson.checkpoint.json", &checkpoint.to_string());
    began.to_string()
}

#[test]
fn a_checkpoint_of_another_day_is_refused_unless_that_is_accepted() {
    let (emulator, program) = stopped();
    let partial = program.read("d.ndjson.partial");

    for (hours, age) in [(25, "1 day ago"), (-1, "in the future")] {
        begin_ago(&program, hours);
        let refused = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]);
        assert_eq!(refused.code, Some(1));
        let advice =
            "pull without --resume to start from the beginning, or accept it with a greater --max-checkpoint-age";
        assert!(refused.stderr.contains(&format!(" UTC, {age}; {advice}\n")), "{}", refused.stderr);
        assert_eq!(program.read("d.ndjson.partial"), partial);
    }

    let began = begin_ago(&program, 25);
    let resume = ["-o", "d.ndjson", "--resume", "--max-checkpoint-age", "2d"];
    let ran = pull(&program, &emulator.root(), &[&resume[..], &["--max-pages", "3"]].concat());
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    // Continued twice, it is still of the day on which its first rows were read.
    assert_eq!(pull(&program, &emulator.root(), &resume).code, Some(0));
    let receipt: serde_json::Value = serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap();
    assert_eq!(receipt["started_at"], began.as_str());
}

#[test]
fn a_refused_checkpoint_leaves_what_follows_its_rows() {
    let (emulator, program) = stopped();
    let altered =
        program.read("d.ndjson.partial").replacen("\"id\":\"0000", "\"id\":\"0001", 1) + "{\"id\":\"more\"}\n";
    program.write("d.ndjson.partial", &altered);
    let refused = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert_eq!(program.read("d.ndjson.partial"), altered);

    // The advice is to pull without --resume, which does not cost the rows either.
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson"]).code, Some(0));
    assert_eq!(program.read("d.ndjson.old.partial"), altered);
}

#[test]
fn a_receipt_that_cannot_be_written_at_the_end_has_an_exit_of_its_own() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    let ran = pull(&program, &emulator.root(), &["-o", "d.ndjson", "--receipt", "/dev/full"]);
    assert_eq!(ran.code, Some(5));
    insta::assert_snapshot!(ran.stderr, @"
    complete: all 444 devices (5 pages; matches the service's count)
      444 rows in d.ndjson
    error: cannot write the receipt /dev/full
      caused by: No space left on device (os error 28)
    hint: Without a receipt, other commands cannot tell what the rows are. Pull again.
    ");
    assert_eq!(program.read("d.ndjson").lines().count(), 444);
    let incomplete = ["-o", "e.ndjson", "--receipt", "/dev/full", "--max-pages", "1"];
    assert_eq!(pull(&program, &emulator.root(), &incomplete).code, Some(5));
}

#[test]
fn a_checkpoint_that_is_not_ours_is_refused_and_nothing_is_touched() {
    let _steady = steady().bind_to_scope();
    let emulator = RunningEmulator::start(Emulator::builder());
    let other = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-pages", "2"]);
    let partial = program.read("d.ndjson.partial");
    let checkpoint = program.read("d.ndjson.checkpoint.json");

    let mut errors = Vec::new();
    let mut refused = |what: &str, root: &str, more: &[&str]| {
        let ran = pull(&program, root, &[&["-o", "d.ndjson", "--resume"], more].concat());
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.stderr);
        let stderr = ran.stderr.replace(concat!("not ", env!("CARGO_PKG_VERSION")), "not VERSION");
        errors.push(format!("{what}:\n{stderr}"));
    };

    refused("another source", &other.root(), &[]);
    refused("another format", &emulator.root(), &["--format", "json"]);
    refused("a format without resume", &emulator.root(), &["--format", "csv"]);
    refused("duplicates", &emulator.root(), &["--keep-duplicates"]);

    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    program.write("d.ndjson.checkpoint.json", &checkpoint.replace(&version, "\"version\":\"9.9.9\""));
    refused("another version", &emulator.root(), &[]);
    program.write("d.ndjson.checkpoint.json", "{");
    refused("no checkpoint at all", &emulator.root(), &[]);

    program.write("d.ndjson.checkpoint.json", &checkpoint);
    assert_eq!(program.read("d.ndjson.partial"), partial);
    program.write("d.ndjson.partial", &partial[..partial.len() - 7]);
    refused("rows that are missing", &emulator.root(), &[]);
    program.write("d.ndjson.partial", &partial.replacen("\"id\":\"0000", "\"id\":\"0001", 1));
    refused("another row", &emulator.root(), &[]);

    insta::assert_snapshot!(errors.join("\n"), @"
    another source:
    error: d.ndjson.checkpoint.json belongs to source http://HOST/testwdatppreview/machinesecuritystates, not http://HOST/testwdatppreview/machinesecuritystates; pull without --resume to start from the beginning

    another format:
    error: d.ndjson.checkpoint.json belongs to format ndjson, not json; pull without --resume to start from the beginning

    a format without resume:
    error: --resume works with ndjson and json, not with csv

    duplicates:
    error: d.ndjson.checkpoint.json belongs to a pull without duplicates, not with duplicates; pull without --resume to start from the beginning

    another version:
    error: d.ndjson.checkpoint.json belongs to version 9.9.9, not VERSION; pull without --resume to start from the beginning

    no checkpoint at all:
    error: d.ndjson.checkpoint.json is not a checkpoint; pull without --resume to start from the beginning
      caused by: EOF while parsing an object at line 1 column 1

    rows that are missing:
    error: d.ndjson.partial has 44212 bytes, but d.ndjson.checkpoint.json describes 44219; pull without --resume to start from the beginning

    another row:
    error: the kept rows do not match the checkpoint; pull without --resume to start from the beginning
      caused by: the rows do not match the checkpoint: expected 200 rows, found 200 with other keys
    ");

    program.write("d.ndjson.partial", &partial);
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]).code, Some(0));

    let demo = program.run(&["pull", "--demo", "-o", "demo.ndjson", "--max-pages", "1"]);
    assert!(
        !demo.stderr.contains("--resume"),
        "a demo's emulator ends with the run, so it cannot resume: {}",
        demo.stderr
    );
    assert_eq!(program.run(&["pull", "--demo", "-o", "demo.ndjson", "--resume"]).code, Some(2));

    let ran = pull(&program, &emulator.root(), &["--resume"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: --resume needs a file to continue that is not compressed; add -o FILE.ndjson\n")
    );
}

#[test]
fn pulling_again_without_resume_replaces_what_was_kept() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-pages", "3"]);
    pull(&program, &emulator.root(), &["-o", "d.ndjson", "--max-pages", "1"]);
    assert_eq!(program.read("d.ndjson.partial").lines().count(), 100);
    assert_eq!(pull(&program, &emulator.root(), &["-o", "d.ndjson", "--resume"]).code, Some(0));
    assert_eq!(program.read("d.ndjson").lines().count(), 444);
}

#[test]
fn a_full_disk_keeps_what_was_written_and_says_how_to_continue() {
    let limits = CallLimits::NONE.per_minute(NonZeroU32::new(1000));
    let emulator = RunningEmulator::start(large().limits(limits));
    let program = Program::new();

    // `ulimit` caps the size of each file of this process. The trap ignores the signal that would
    // replace the error.
    let shell = "trap '' XFSZ; ulimit -f 512; exec \"$0\" \"$@\"";
    let root = emulator.root();
    let program_path = env!("CARGO_BIN_EXE_endstate");
    let arguments =
        ["-c", shell, program_path, "pull", "--service-root", &root, "-o", "d.ndjson", "--calls-per-minute", "0"];

    let mut command = std::process::Command::new("bash");
    let full = run(command.args(arguments).current_dir(program.path("")).env("ENDSTATE_TOKEN", super::program::TOKEN));
    assert_eq!(full.code, Some(4), "{}", full.stderr);
    assert!(
        full.stderr.starts_with("error: cannot write d.ndjson.partial\n  caused by: File too large"),
        "{}",
        full.stderr
    );
    assert!(full.stderr.contains("Fix the cause, then run the same command with --resume."), "{}", full.stderr);

    assert_eq!(pull(&program, &root, &["-o", "d.ndjson", "--resume"]).code, Some(0));
    assert_eq!(program.read("d.ndjson").lines().count(), 20_000);

    let device = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let full = program.command(&["pull", "--demo"]).stdout(device).output().unwrap();
    let stderr = String::from_utf8(full.stderr).unwrap();
    assert_eq!(full.status.code(), Some(1));
    assert!(stderr.contains("error: cannot write the rows\n  caused by: No space left on device"), "{stderr}");
}
