//! A history in an object store: Azure's as Azurite has it, and S3 as moto has it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::history::with_pulls;
use super::program::{Program, Ran, run};
use super::python_packages::installed;

/// A store of this machine. It ends with this value.
struct Store {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Store {
    fn start(packages: &Path, arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/history-stores/stores.py");
        let mut command = Command::new("python3");
        command.arg(script).args(arguments).env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let lines = lines.take_while(|line| !line.is_empty());
        let variables: Vec<_> = lines.filter_map(|line| line.split_once('=').map(own)).collect();
        assert!(!variables.is_empty(), "the store did not start");
        Self { process, variables }
    }

    fn command(&self, program: &Program, arguments: &[&str]) -> Command {
        let mut command = program.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(&self, program: &Program, arguments: &[&str]) -> Ran {
        run(&mut self.command(program, arguments))
    }
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

impl Drop for Store {
    fn drop(&mut self) {
        // It ends when its input does, and stops what it has started.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Writers at once, the answers, and what is removed: as in a folder.
fn assert_works(store: &Store, location: &str) {
    let program = with_pulls(&[1, 2, 4]);
    let missing = store.run(&program, &["history", "trend", location]);
    assert!(missing.stderr.contains("is not a history; begin one with"), "{}", missing.stderr);

    let begun = store.run(&program, &["history", "add", location, "day1.ndjson"]);
    assert_eq!(begun.code, Some(0), "{}", begun.stderr);
    let writers = ["day1.ndjson", "day2.ndjson", "day2.ndjson", "day4.ndjson"]
        .map(|file| store.command(&program, &["history", "add", location, file]).spawn().unwrap());
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    program.run(&["history", "add", "lake", "day1.ndjson", "day2.ndjson", "day4.ndjson"]);

    for question in ["trend", "since", "resolved", "flapping", "list"] {
        let csv = |lake: &str| store.run(&program, &["history", question, lake, "--format", "csv"]).stdout;
        assert_eq!(csv(location), csv("lake"), "{question}");
    }
    let verified = store.run(&program, &["history", "verify", location]);
    assert!(verified.stderr.contains("3 pulls with 1,305 states in 3 files, 3 of them"), "{}", verified.stderr);
    let diff = |lake: &str| {
        let [older, newer] = ["2026-11-01", "2026-11-04"].map(|day| format!("{lake}@{day}"));
        store.run(&program, &["diff", &older, &newer, "--format", "csv"]).stdout
    };
    assert!(diff("lake").lines().count() > 10);
    assert_eq!(diff(location), diff("lake"));
    let expired = store.run(&program, &["history", "expire", location, "--keep", "1d"]);
    assert!(expired.stderr.contains("Removed 2 pulls"), "{}", expired.stderr);

    let (_, key) = store.variables.iter().find(|(name, _)| name.contains("KEY")).unwrap();
    let endpoint = if location.starts_with("s3") { "AWS_ENDPOINT_URL" } else { "AZURE_STORAGE_ENDPOINT" };
    let mut elsewhere = store.command(&program, &["history", "list", location]);
    let refused = run(elsewhere.env(endpoint, "http://storage.example/x"));
    assert!(refused.stderr.contains("http://storage.example is plain HTTP to another machine"), "{}", refused.stderr);
    assert!(!refused.stderr.contains(key.as_str()));
}

#[test]
fn a_history_is_in_s3() {
    let Some(packages) = installed("history-stores", &["moto"]) else { return };
    let store = Store::start(&packages, &["s3"]);
    assert_works(&store, "s3://security/history");
}

#[test]
fn a_history_is_in_azure() {
    let Some(packages) = installed("history-stores", &["moto"]) else { return };
    let azurite = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/history-stores/node_modules/.bin/azurite-blob");
    if !azurite.exists() {
        assert!(std::env::var_os("CI").is_none(), "azurite is not installed");
        return;
    }
    let store = Store::start(&packages, &["azure", azurite.to_str().unwrap()]);
    assert_works(&store, "az://security/history");
}
