//! What commands make of large files: in little memory, and the same as of small ones.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::process::Stdio;

use super::bounds::assert_in_proportion;
use super::measured::measured;
use super::program::Program;

const MEBIBYTE: u64 = 1024 * 1024;

/// What a command takes for writing, and for blocks of lines that wait: how many do is a matter of
/// time. Each thread that checks lines has at most six, two before it, two after it, one at work
/// and one on its way, of 256 KiB and the places of their lines. Each file has threads of its own,
/// and the allocator keeps what those of another file have freed.
fn fixed(files: u64) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4) as u64;
    2 * MEBIBYTE + files * threads * 6 * (MEBIBYTE / 3)
}

/// Rows of devices whose ids have no order, a third of which need attention.
fn rows(devices: u64) -> String {
    let mut rows = String::new();
    for number in 0..devices {
        let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let properties = if number % 3 == 0 { "\"FirewallOff\"" } else { "" };
        writeln!(
            rows,
            "{{\"id\":\"{id:040x}\",\"build\":19045,\"revision\":{},\"architecture\":\"Amd64\",\"osVersion\":\"10.0\",\
             \"propertiesRequireAttention\":[{properties}]}}",
            number % 5
        )
        .unwrap();
    }
    rows
}

/// Devices of a file that hardly count. A run of fewer is over before its peak is seen.
const FEW: u64 = 20_000;

/// What a command takes for a file of a few devices. A busy machine looks too seldom at a short
/// run.
fn memory_of_few(memory: impl Fn(u64) -> u64) -> u64 {
    (0..3).map(|_| memory(FEW)).max().unwrap_or_default()
}

/// The memory that a command takes beyond that for a file of a few devices, in bytes a device.
fn bytes_a_device(arguments: &[&str]) -> u64 {
    let devices = 400_000;
    let program = Program::new();
    let memory = |devices: u64| {
        program.write("d.ndjson", &rows(devices));
        let used = measured(&mut program.command(arguments));
        assert_eq!(used.code, Some(0), "{}", used.stderr);
        used.memory
    };
    let small = memory_of_few(memory);
    let files = arguments.iter().filter(|argument| **argument == "d.ndjson").count() as u64;
    memory(devices).saturating_sub(small + fixed(files)) / (devices - FEW)
}

#[test]
fn the_devices_of_a_file_without_a_receipt_take_40_bytes() {
    for arguments in [&["triage", "d.ndjson"][..], &["list", "d.ndjson"]] {
        let bytes = bytes_a_device(arguments);
        assert!(bytes <= 40, "{arguments:?}: {bytes}");
    }
}

#[test]
fn a_list_for_programs_is_never_in_memory() {
    for format in ["csv", "ndjson"] {
        let bytes = bytes_a_device(&["list", "d.ndjson", "--format", format]);
        assert!(bytes <= 40, "{format}: {bytes}");
    }
}

#[test]
fn a_difference_for_programs_is_written_row_by_row() {
    for format in ["csv", "json"] {
        let devices = 100_000;
        let program = Program::new();
        let memory = |devices: u64| {
            program.write("old.ndjson", &rows(devices));
            program.write("new.ndjson", &rows(devices).replace("FirewallOff", "EdrSensorOff"));
            let used = measured(&mut program.command(&["diff", "old.ndjson", "new.ndjson", "--format", format]));
            assert_eq!(used.code, Some(0), "{}", used.stderr);
            used.memory
        };
        let small = memory_of_few(memory);
        let bytes = memory(devices).saturating_sub(small + fixed(2)) / (devices - FEW);
        // The older pull, the keys of both files without receipts, and the devices that changed.
        assert!(bytes <= 64 + 2 * 40 + 2 * 64, "{format}: {bytes}");
    }
}

#[test]
fn an_older_pull_takes_64_bytes_a_device() {
    for arguments in [&["triage", "d.ndjson", "--since", "d.ndjson"][..], &["diff", "d.ndjson", "d.ndjson"]] {
        let bytes = bytes_a_device(arguments);
        // The keys of a file without a receipt are kept as well.
        assert!(bytes <= 64 + 40, "{arguments:?}: {bytes}");
    }
}

#[test]
fn rows_that_are_written_when_they_are_read_are_those_of_a_sorted_list() {
    let program = Program::new();
    program.run(&["pull", "--demo", "--source", "hunting", "-o", "d.ndjson"]);
    for format in ["csv", "ndjson"] {
        for more in [&[][..], &["--limit", "7"], &["--where", "group eq Servers"], &["--where", "id eq nothing"]] {
            let list = |more: &[&str]| program.run(&[&["list", "d.ndjson", "--format", format], more].concat());
            let written = list(more);
            // The demo's ids rise.
            let sorted = list(&[more, &["--sort", "id"]].concat());
            assert_eq!(written, sorted, "{format} {more:?}");
            assert_eq!(written.code, Some(0), "{}", written.stderr);
        }
    }
}

#[test]
fn a_list_of_a_file_that_cannot_be_read_leaves_no_file() {
    let program = Program::new();
    let mut file = rows(3).into_bytes();
    file.extend(b"{\"id\":\"\xff\"}\n");
    std::fs::write(program.path("d.ndjson"), &file).unwrap();
    for format in ["csv", "ndjson"] {
        let ran = program.run(&["list", "d.ndjson", "--format", format, "-o", "list"]);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        let why = "cannot read d.ndjson, line 4\n  caused by: the file is not UTF-8 text";
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        assert_eq!(program.files(), ["d.ndjson"]);
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_reading_of_an_endless_stream() {
    let program = Program::new();
    for arguments in [&["list", "-", "--format", "ndjson"][..], &["list", "-", "--format", "csv"]] {
        let mut command = program.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writing = std::thread::spawn(move || {
            let mut ids = 0_u64..;
            while ids.next().is_some_and(|id| writeln!(stdin, "{{\"id\":\"{id}\"}}").is_ok()) {}
        });
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 10]).unwrap();
        drop(stdout);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
        writing.join().unwrap();
    }
}

#[test]
fn an_empty_cell_of_an_only_column_is_a_record() {
    let program = Program::new();
    let rows = ["{\"id\":\"a\",\"device\":{\"name\":\"x\"}}", "{\"id\":\"b\"}"];
    program.write("d.ndjson", &rows.join("\n"));
    let ran = program.run(&["list", "d.ndjson", "--format", "csv", "--columns", "name"]);
    assert_eq!(ran.stdout, "name\nx\n\"\"\n", "{}", ran.stderr);
}

#[test]
fn a_file_that_says_nothing_is_no_table() {
    let program = Program::new();
    program.write("d.ndjson", "");
    let ran = program.run(&["list", "d.ndjson", "--format", "csv"]);
    assert_eq!((ran.code, &*ran.stdout), (Some(1), ""), "{}", ran.stderr);
}

#[test]
fn a_csv_without_a_tenant_is_not_continued_with_one() {
    let program = Program::new();
    program.write("d.ndjson", "{\"id\":\"a\"}\n{\"tenant\":\"t\",\"id\":\"a\"}\n");
    let ran = program.run(&["list", "d.ndjson", "--format", "csv", "-o", "d.csv"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: the first devices name no tenant, and later ones do"), "{}", ran.stderr);
    let ran = program.run(&["list", "d.ndjson", "--format", "ndjson"]);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stderr);
}

#[test]
fn an_error_in_the_middle_of_a_stream_is_reported_while_it_is_open() {
    let program = Program::new();
    let mut command = program.command(&["list", "-", "--format", "ndjson"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"id\":\"a\"}\n\xff\n").unwrap();

    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("cannot read -, line 2\n  caused by: the file is not UTF-8 text"), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("{\"id\":\"a\",") && stdout.lines().count() == 1, "{stdout}");
    drop(stdin);
}

#[test]
fn a_list_that_cannot_be_written_says_where_it_was_to_go() {
    let program = Program::new();
    program.write("d.ndjson", &rows(3_000));
    let ran = program.run(&["list", "d.ndjson", "--format", "csv", "-o", "/dev/full"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot write /dev/full; choose another file with -o"), "{}", ran.stderr);
}

#[test]
fn an_escape_sequence_in_a_cell_swallows_no_rows() {
    let program = Program::new();
    let row = |id: &str, name: &str| format!("{{\"id\":\"{id}\",\"device\":{{\"name\":\"{name}\"}}}}\n");
    program.write("d.ndjson", &(row("a", "x\\u001b]y") + &row("b", "z")));
    program.run(&["list", "d.ndjson", "--format", "csv", "--columns", "id,name", "-o", "d.csv"]);
    let ran = program.run(&["list", "d.ndjson", "--format", "csv", "--columns", "id,name"]);
    for written in [ran.stdout, program.read("d.csv")] {
        assert_eq!(written, "id,name\na,x\u{1b}]y\nb,z\n");
    }
}

#[test]
fn a_line_of_any_length_takes_time_in_proportion() {
    let program = Program::new();
    let time = |quotes: usize| {
        let name = "\\\"".repeat(quotes);
        program.write("d.ndjson", &format!("{{\"id\":\"a\",\"device\":{{\"name\":\"{name}\"}}}}\n"));
        let used = measured(&mut program.command(&["list", "d.ndjson", "--format", "ndjson"]));
        assert_eq!(used.code, Some(0), "{}", used.stderr);
        used.time
    };
    assert_in_proportion("quotation marks", 100_000, time);
}
