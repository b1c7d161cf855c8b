//! The programs that `cargo xtask bench` compares. Each reads the whole collection.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Programs, quiet};

/// A program to measure.
pub(super) struct Contestant {
    pub(super) name: String,
    pub(super) command: Box<dyn Fn() -> Command>,
    /// The NDJSON file that it writes, which is compared with the others.
    pub(super) output: Option<PathBuf>,
    /// Whether one run is enough.
    pub(super) is_slow: bool,
}

/// A download that is kept: on the disk before it gets its name. `$1` is the file, and the URLs
/// follow.
const DURABLE_DOWNLOAD: &str = r#"file="$1"; shift; curl --silent --fail "$@" > "$file.partial" && sync "$file.partial" && mv "$file.partial" "$file""#;

/// Returns the workspace's programs, and those of others that are installed.
pub(super) fn contestants(programs: &Programs, root: &str, outputs: &Path, pages: u64) -> Vec<Contestant> {
    let first = format!("{root}/machinesecuritystates");
    let mut all = Vec::new();
    let mut add = |name: &str, is_slow: bool, output: Option<PathBuf>, command: Box<dyn Fn() -> Command>| {
        all.push(Contestant { name: name.to_owned(), command, output, is_slow });
    };

    if is_installed("curl", &["--version"]) {
        let mut urls = vec![first.clone()];
        urls.extend((1..pages).map(|page| format!("{first}-{page}")));
        let all_urls = urls.clone();
        let curl = move || {
            let mut command = quiet(Path::new("curl"), &["--silent", "--fail"]);
            command.args(urls.iter().flat_map(|url| ["--output", "/dev/null", url]));
            command
        };
        add("bare download (curl)", false, None, Box::new(curl));
        let kept = outputs.join("download").display().to_string();
        let durable = move || {
            let mut command = quiet(Path::new("sh"), &["-c", DURABLE_DOWNLOAD, "sh", &kept]);
            command.args(&all_urls);
            command
        };
        add("durable download", false, None, Box::new(durable));
    }

    let example = |name: &str, arguments: Vec<String>| {
        let program = programs.examples.join(name);
        Box::new(move || quiet(&program, &arguments.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    add("bare download (reqwest)", false, None, example("drain", vec![first.clone()]));

    let output = |name: &str| outputs.join(format!("{name}.ndjson"));
    let to = |path: &Path| path.display().to_string();
    let path = output("loop");
    add(
        "straightforward loop",
        false,
        Some(path.clone()),
        example("straightforward_loop", vec![first.clone(), to(&path)]),
    );

    let ours = |more: Vec<String>| {
        let program = programs.endstate.clone();
        let root = root.to_owned();
        Box::new(move || {
            let mut command = quiet(&program, &[]);
            command.args(&more).args(["--service-root", &root, "--calls-per-minute", "0", "--calls-per-hour", "0"]);
            command
        })
    };
    let path = output("endstate");
    add("endstate pull", false, Some(path.clone()), ours(vec!["pull".into(), "-o".into(), to(&path)]));
    let path = output("endstate-sequential");
    let sequential = vec!["pull".into(), "--ahead".into(), "0".into(), "-o".into(), to(&path)];
    add("endstate pull --ahead 0", false, Some(path), ours(sequential));
    let to_stdout = ours(vec!["pull".into()]);
    let to_a_pipe = move || {
        let mut command = to_stdout();
        command.stdout(Stdio::piped());
        command
    };
    add("endstate pull to a pipe", false, None, Box::new(to_a_pipe));
    add("endstate triage", false, None, ours(vec!["triage".into()]));

    if is_installed("python3", &["-c", "import requests"]) {
        let script = peer("requests_loop.py");
        let path = output("requests");
        let arguments = [to(&script), first.clone(), to(&path)];
        let command = move || quiet(Path::new("python3"), &arguments.each_ref().map(String::as_str));
        add("python requests", true, Some(path), Box::new(command));
    }
    // Built on request only: the workspace does not depend on what it is compared with.
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benchmarks/azure_core/target/release/azure_core_pager");
    if built.exists() {
        let path = output("azure-core");
        let arguments = [first.clone(), to(&path)];
        let command = move || quiet(&built, &arguments.each_ref().map(String::as_str));
        add("azure_core's pager", false, Some(path), Box::new(command));
    }
    if is_installed("curl", &["--version"]) && is_installed("jq", &["--version"]) {
        let script = peer("curl_jq.sh");
        let path = output("curl-jq");
        let arguments = [to(&script), first.clone(), to(&path)];
        let command = move || quiet(Path::new("sh"), &arguments.each_ref().map(String::as_str));
        add("curl and jq", true, Some(path), Box::new(command));
    }
    if is_installed("node", &["--input-type=module", "-e", "import '@microsoft/microsoft-graph-client'"]) {
        let script = peer("graph_client.mjs");
        let path = output("graph-client");
        let arguments = [to(&script), first, to(&path)];
        let command = move || quiet(Path::new("node"), &arguments.each_ref().map(String::as_str));
        add("Microsoft's Graph client", true, Some(path), Box::new(command));
    }

    all
}

/// Returns the number of rows in an NDJSON file, and a digest of their bytes.
pub(super) fn digest_of_bytes(path: &Path) -> anyhow::Result<(u64, u64)> {
    let mut hasher = DefaultHasher::new();
    let mut rows = 0;
    let mut line = Vec::new();
    let mut file = BufReader::new(File::open(path)?);
    while file.read_until(b'\n', &mut line)? > 0 {
        hasher.write(&line);
        rows += 1;
        line.clear();
    }
    Ok((rows, hasher.finish()))
}

/// Returns a digest of the items in an NDJSON file that does not depend on how they are written.
pub(super) fn digest_of_items(path: &Path) -> anyhow::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for line in BufReader::new(File::open(path)?).lines() {
        // A `Value` stores its keys sorted, so the text is sorted too.
        let item: Value = serde_json::from_str(&line?)?;
        item.to_string().hash(&mut hasher);
    }
    Ok(hasher.finish())
}

pub(super) fn peer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

pub(super) fn is_installed(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    // Node.js searches for packages from the folder of the script; run `npm install` there.
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
