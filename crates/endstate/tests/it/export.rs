//! `--source export`: states from the files of the assessment, whatever happens to the files.

use std::io::Write;

use endstate_emulator::{Emulator, EmulatorBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::measured::{Used, measured};
use super::program::{Program, Ran, TOKEN, run};
use super::server::RunningEmulator;
use super::storage::{Response, Storage, ok};

/// The signature of every URL of a [`Storage`], which no output may ever show.
const SIGNATURE: &str = "hidden-signature-of-a-file";

const LIST: &str = "/api/machines/SecureConfigurationsAssessmentExport";

/// Pulls from an emulator, without waiting long before an attempt is repeated.
fn pull(program: &Program, root: &str, source: &str, more: &[&str]) -> Ran {
    let pull = ["pull", "--source", source, "--defender-root", root, "-o", "d.ndjson", "--retry-delay", "0.01"];
    program.run(&[&pull[..], more].concat())
}

fn emulator(builder: EmulatorBuilder, faults: &[&str]) -> RunningEmulator {
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    RunningEmulator::start(builder.defender_faults(faults))
}

fn receipt(program: &Program) -> Value {
    serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap()
}

/// A pull from an emulator with these faults, which all come: how it ended, its rows and receipt.
fn pulled(faults: &[&str], more: &[&str]) -> (Ran, Vec<String>, Value) {
    let program = Program::new();
    // The same devices each time.
    let builder = Emulator::builder().devices(60).now("2026-11-25T12:00:00Z".parse().unwrap());
    let emulator = emulator(builder, faults);
    let ran = pull(&program, &emulator.emulator.defender_root(), "export", more);
    assert!(emulator.emulator.unused_faults().is_empty(), "{:?}", emulator.emulator.unused_faults());
    let name = if ran.code == Some(0) { "d.ndjson" } else { "d.ndjson.partial" };
    let rows = program.read(name).lines().map(ToOwned::to_owned).collect();
    (ran, rows, receipt(&program))
}

/// Files, rows and calls of the export, and how it ended.
fn export_read(receipt: &Value) -> (u64, u64, u64, String) {
    let read = receipt["reads"].as_array().unwrap().last().unwrap();
    assert_eq!(read["collection"], "machines/SecureConfigurationsAssessmentExport");
    let number = |name: &str| read[name].as_u64().unwrap();
    let end = read["reason"].as_str().unwrap_or("complete").to_owned();
    (number("pages"), number("items"), number("calls"), end)
}

#[test]
fn the_files_say_what_the_pages_say() {
    let emulator = emulator(Emulator::builder().devices(60), &[]);
    let root = emulator.emulator.defender_root();
    let of_source = |source: &str| {
        let program = Program::new();
        let ran = pull(&program, &root, source, &[]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        (program.read("d.ndjson").replace(&format!("\"source\":\"{source}\""), ""), receipt(&program))
    };
    let (files, receipt) = of_source("export");
    let (pages, of_pages) = of_source("assessments");
    assert_eq!(files.lines().count(), 60);
    assert!(files == pages);

    assert_eq!((receipt["outcome"].as_str(), receipt["states_from"].as_str()), (Some("complete"), Some("export")));
    let time = receipt["generated_at"].as_str().unwrap();
    assert!(time.starts_with("20") && time.ends_with(":00Z"), "{time}");
    assert_eq!(of_pages.get("generated_at"), None);
    let rows = of_pages["reads"][2]["items"].as_u64().unwrap();
    assert_eq!(export_read(&receipt), (3, rows, 1, "complete".to_owned()));
    let names: Vec<_> = receipt["reads"].as_array().unwrap().iter().map(|read| &read["collection"]).collect();
    assert_eq!(names[..2], ["machines", "deviceavinfo"]);
    assert_eq!(receipt["not_assessed"], of_pages["not_assessed"]);
}

#[test]
fn triage_reads_the_export_of_the_demo() {
    let triage = |source: &str| Program::new().run(&["triage", "--demo", "--source", source, "--format", "csv"]);
    let files = triage("export");
    assert_eq!(files.code, Some(0), "{}", files.stderr);
    assert!(files.stdout.lines().count() > 10);
    assert_eq!(files.stdout, triage("assessments").stdout);
}

#[test]
fn a_file_that_is_cut_is_fetched_again_and_no_row_counts_twice() {
    let (_, rows, undisturbed) = pulled(&[], &[]);
    let (ran, with_fault, receipt) = pulled(&["cut-gzip*2"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(rows == with_fault);
    assert_eq!(export_read(&receipt), export_read(&undisturbed));
    assert_eq!((receipt["retries"].as_u64(), receipt["bytes"].as_u64()), (Some(2), undisturbed["bytes"].as_u64()));
    assert!(ran.stderr.contains("is cut off, altered, or not gzip"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_always_cut_makes_the_pull_incomplete() {
    let (ran, rows, receipt) = pulled(&["cut-gzip*forever"], &["--retries", "1"]);
    assert_eq!((ran.code, rows.len()), (Some(4), 60));
    assert_eq!(export_read(&receipt), (0, 0, 1, "page_lost".to_owned()));
    assert_eq!(receipt["reason"], "page_lost");
    assert_eq!(receipt["not_assessed"], 60, "no row of half a file counts");
}

#[test]
fn a_url_that_has_expired_is_renewed_once_and_not_in_a_loop() {
    let (_, rows, undisturbed) = pulled(&[], &[]);
    let (ran, with_fault, receipt) = pulled(&["expired-url"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(rows == with_fault);
    let (files, items, _, end) = export_read(&undisturbed);
    assert_eq!(export_read(&receipt), (files, items, 2, end));

    let (ran, rows, receipt) = pulled(&["expired-url*forever"], &[]);
    assert_eq!((ran.code, rows.len()), (Some(4), 60));
    assert_eq!((receipt["reason"].as_str(), export_read(&receipt).2), (Some("link_expired"), 2));
    assert!(ran.stderr.contains("the service says: AuthenticationFailed: "), "{}", ran.stderr);
}

#[test]
fn a_new_generation_is_read_from_its_beginning_once() {
    let (_, rows, _) = pulled(&[], &[]);
    let (ran, with_fault, receipt) = pulled(&["expired-url", "changed-generation"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(rows == with_fault);
    assert!(ran.stderr.contains("The service replaced its export; starting again at the first file"), "{}", ran.stderr);
    assert_eq!(export_read(&receipt).2, 2);
}

#[test]
fn the_limits_of_the_list_do_not_slow_the_other_collections_down() {
    let program = Program::new();
    let builder = Emulator::builder().devices(60).machines_page_size(5);
    let emulator = emulator(builder, &[]);
    let ran = pull(&program, &emulator.emulator.defender_root(), "export", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let receipt = receipt(&program);
    assert!(receipt["calls"].as_u64().unwrap() > 20, "{receipt}");
    // With five calls in any minute, it would take four.
    assert!(receipt["elapsed_ms"].as_u64().unwrap() < 40_000, "{receipt}");
}

/// The list of these files, with a signature in each URL.
fn list(generation: &str, files: &[&str]) -> Response {
    let url = |file: &&str| {
        let url = if file.contains(':') { (*file).to_owned() } else { format!("ORIGIN/{file}") };
        format!("\"{url}?sig={SIGNATURE}\"")
    };
    let urls: Vec<_> = files.iter().map(url).collect();
    ok(format!("{{\"exportFiles\":[{}],\"generatedTime\":\"{generation}\"}}", urls.join(",")))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A row of a device, of some 600 bytes.
fn row(device: &str, number: u32) -> String {
    let name = "n".repeat(300);
    format!(
        "{{\"DeviceId\":\"{device}\",\"ConfigurationId\":\"scid-{number}\",\"IsApplicable\":true,\"IsCompliant\":false,\
         \"ConfigurationName\":\"{name}\",\"OSPlatform\":\"Windows11\",\"OSVersion\":\"10.0.22631.3737\"}}\n"
    )
}

fn expired() -> Response {
    let body = format!(
        "<Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate {SIGNATURE}.</Message></Error>"
    );
    ("403 Forbidden", body.into_bytes(), 1)
}

fn file(name: &str) -> String {
    format!("/{name}?sig={SIGNATURE}")
}

#[test]
fn the_generation_may_change_once_and_not_again() {
    let storage = Storage::start(|target, before| match (target, before) {
        (LIST, 0) => Some(list("2026-11-25T01:00:00Z", &["a1", "a2"])),
        (LIST, 1) => Some(list("2026-11-25T02:00:00Z", &["b1", "b2"])),
        (LIST, _) => Some(list("2026-11-25T03:00:00Z", &["c1", "c2"])),
        // A row of the first generation, which must not count beside those of the second.
        (target, _) if target == file("a1") => Some(ok(gzip(&row("a", 2070)))),
        (target, _) if target == file("b1") => Some(ok(gzip(&row("b", 2090)))),
        (target, _) if target.contains("2?") => Some(expired()),
        _ => None,
    });
    let program = Program::new();
    let ran = pull(&program, &storage.root, "export", &[]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    let receipt = receipt(&program);
    assert_eq!(receipt["reason"], "generation_changed");
    assert_eq!(receipt["generated_at"], "2026-11-25T02:00:00Z");
    assert_eq!(export_read(&receipt), (1, 1, 3, "generation_changed".to_owned()));
    let rows = program.read("d.ndjson.partial");
    let of_second = "\"propertiesRequireAttention\":[\"BitLockerUnencryptedDrives\"]";
    assert_eq!((rows.matches(of_second).count(), rows.matches("Attention\":[]").count()), (1, 2), "{rows}");
    let expected = [LIST.to_owned(), file("a1"), file("a2"), LIST.to_owned(), file("b1"), file("b2"), LIST.to_owned()];
    assert_eq!(storage.requests(), expected);
}

#[test]
fn a_file_that_ends_within_a_row_is_fetched_again_and_nothing_counts_twice() {
    let whole = format!("{}{{\"NotADevice\":1}}\n{}", row("a", 2070), row("b", 2090));
    let cut = whole[..whole.len() - 30].to_owned();
    let storage = Storage::start(move |target, before| match before {
        _ if target == LIST => Some(list("2026-11-25T01:00:00Z", &["f"])),
        0 if target == file("f") => Some(ok(gzip(&cut))),
        _ if target == file("f") => Some(ok(gzip(&whole))),
        _ => None,
    });
    let program = Program::new();
    let ran = pull(&program, &storage.root, "export", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("row 3 of http://") && ran.stderr.contains("is cut off or broken"), "{}", ran.stderr);
    let warning = "row 2 of file 1 is not a configuration of a device: {\"NotADevice\":1}";
    assert_eq!(ran.stderr.matches(warning).count(), 1, "{}", ran.stderr);
    let receipt = receipt(&program);
    assert_eq!((export_read(&receipt).1, receipt["invalid_items"].as_u64()), (3, Some(1)));
}

#[test]
fn a_file_on_a_host_that_is_not_storage_is_refused_before_any_download() {
    for host in ["https://storage.example/f", "https://a.blob.core.windows.net.example/f", "http://192.0.2.1/f"] {
        let storage = Storage::start(move |target, _| (target == LIST).then(|| list("t", &["f", host])));
        let program = Program::new();
        let ran = pull(&program, &storage.root, "export", &[]);
        assert_eq!(ran.code, Some(4), "{host}: {}", ran.stderr);
        assert_eq!(receipt(&program)["reason"], "link_refused", "{host}");
        assert_eq!(storage.requests(), [LIST], "{host}: nothing was downloaded");
    }
}

#[test]
fn neither_a_signature_nor_the_token_goes_where_it_does_not_belong() {
    let storage = Storage::start(|target, _| match target {
        LIST => Some(list("2026-11-25T01:00:00Z", &["a", "b"])),
        target if target == file("a") => Some(ok(gzip(&row("a", 2070)))),
        // It repeats the signature.
        target if target == file("b") => Some(expired()),
        _ => None,
    });
    let program = Program::new();
    let arguments = ["pull", "-vvvv", "--source", "export", "--defender-root", &storage.root, "-o", "d.ndjson"];
    let ran = run(program.command(&arguments).env("RUST_LOG", "trace"));
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("AuthenticationFailed: Server failed to authenticate ***."), "{}", ran.stderr);

    let mut texts = vec![ran.stdout, ran.stderr];
    texts.extend(program.files().iter().map(|name| program.read(name)));
    for text in texts {
        assert!(!text.contains(SIGNATURE) && !text.contains(TOKEN), "{text}");
    }
    for request in storage.whole_requests() {
        let is_of_service = request.starts_with("GET /api/");
        assert_eq!(request.contains(TOKEN), is_of_service, "{request}");
        assert_eq!(request.to_ascii_lowercase().contains("authorization"), is_of_service, "{request}");
    }
}

#[test]
fn an_export_without_files_is_complete_only_without_devices() {
    let run = |machines: Option<&'static str>, more: &[&str]| {
        let storage = Storage::start(move |target, _| match target {
            LIST => Some(list("2026-11-25T01:00:00Z", &[])),
            target if target.starts_with("/api/machines?") => machines.map(ok),
            _ => None,
        });
        let program = Program::new();
        let ran = pull(&program, &storage.root, "export", &[&["--receipt", "d.ndjson.receipt.json"], more].concat());
        (ran, receipt(&program))
    };
    let (ran, receipt) = run(None, &[]);
    assert_eq!((ran.code, receipt["reason"].as_str()), (Some(4), Some("page_lost")));
    let message = "the export has no files, which would mean that no device was assessed; try --source assessments";
    assert!(ran.stderr.contains(message), "{}", ran.stderr);

    let (ran, receipt) = run(Some("{\"value\":[]}"), &[]);
    assert_eq!((ran.code, receipt["outcome"].as_str()), (Some(0), Some("complete")), "{}", ran.stderr);
    let (ran, _) = run(Some("{\"value\":[]}"), &["--no-devices"]);
    assert_eq!(ran.code, Some(4), "it is not known whether there are devices: {}", ran.stderr);
}

#[test]
fn an_answer_of_another_form_is_an_error_that_says_what_to_do() {
    for body in ["{\"value\":[]}", "[]", "{\"exportFiles\":null}"] {
        let storage = Storage::start(move |target, _| (target == LIST).then(|| ok(body)));
        let program = Program::new();
        let ran = pull(&program, &storage.root, "export", &[]);
        assert_eq!(ran.code, Some(4), "{body}: {}", ran.stderr);
        let message = "the answer does not list the files of the export; try --source assessments";
        assert!(ran.stderr.contains(message), "{body}: {}", ran.stderr);
        assert_eq!(receipt(&program)["outcome"], "incomplete");
        assert_eq!(storage.requests(), [LIST], "another attempt would end the same");
    }
}

/// A pull of an export whose file has these rows so many times: what it used, and its receipt.
fn pull_of_rows(rows: &str, times: usize) -> (Used, Value) {
    let member = gzip(rows);
    let storage = Storage::start(move |target, _| match target {
        LIST => Some(list("2026-11-25T01:00:00Z", &["f"])),
        target if target == file("f") => Some(("200 OK", member.clone(), times)),
        _ => None,
    });
    let program = Program::new();
    let arguments = ["pull", "--source", "export", "--defender-root", &storage.root, "-o", "d.ndjson"];
    let used = measured(&mut program.command(&arguments));
    assert_eq!(used.code, Some(0), "{}", used.stderr);
    (used, receipt(&program))
}

#[test]
fn memory_does_not_depend_on_the_size_of_a_file() {
    const MEBIBYTE: usize = 1024 * 1024;
    // Members of gzip one after another are one file (RFC 1952, 2.2).
    let rows: String = ["a", "b", "c"].into_iter().flat_map(|device| (0..800).map(move |at| row(device, at))).collect();
    // A file of 1 GiB takes the same memory, and too long for a test without optimization.
    let times = 160 * MEBIBYTE / rows.len();
    let bytes = rows.len() * times;
    let (used, receipt) = pull_of_rows(&rows, times);
    assert_eq!(receipt["reads"][2]["bytes"].as_u64().unwrap(), bytes as u64);
    assert_eq!(export_read(&receipt).1, (2400 * times) as u64);

    // What a small file takes is mostly the code of the program, which grows with it.
    let (small, _) = pull_of_rows(&rows, 1);
    let more = used.memory.saturating_sub(small.memory);
    assert!(more < 12 * MEBIBYTE as u64, "{more} bytes more than {} for a file of {bytes}", small.memory);
}
