//! `cargo xtask bench assessment`: a pull that folds the rows of an assessment, beside the bare
//! download of its pages.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::contestants::Contestant;
use super::measure::{Measured, Row, Table};
use super::server::Server;
use super::{BenchArgs, Programs, calls_of, quiet, take_turns};

/// The path of the first page. The others end in a number.
const FIRST_PAGE: &str = "api/machines/SecureConfigurationsAssessmentByMachine";

/// The end of a page that has its link, in bytes.
const LONGEST_END: u64 = 4096;

pub(super) fn run(args: &BenchArgs, programs: &Programs) -> anyhow::Result<Table> {
    let pages = Pages::fetch(programs, args.devices)?;
    let server = Server::start(&pages.folder, |origin| pages.link(origin), args.delivery)?;
    let output = programs.scratch.join("assessment.ndjson");

    let mut runs: Vec<(Contestant, Vec<Measured>)> = contestants(programs, &server.origin, &pages, &output)
        .into_iter()
        .filter(|contestant| args.only.as_ref().is_none_or(|only| contestant.name.contains(only.as_str())))
        .map(|contestant| (contestant, Vec::new()))
        .collect();
    take_turns(&mut runs, args.rounds, server.authority.as_deref())?;

    let row = |(contestant, runs): (Contestant, Vec<Measured>)| -> anyhow::Result<Row> {
        let calls = contestant.output.as_deref().map(calls_of).transpose()?.flatten().unwrap_or(pages.number);
        Ok(Row { name: contestant.name, runs, calls: Some(calls) })
    };
    let title = format!(
        "the assessment of {} devices in {} pages ({} MB) from {}",
        args.devices,
        pages.number,
        pages.bytes / 1_000_000,
        server.kind
    );
    let rows = runs.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(Table { title, rows, devices: args.devices, yardsticks: &["bare download"] })
}

fn contestants(programs: &Programs, origin: &str, pages: &Pages, output: &Path) -> Vec<Contestant> {
    let first = format!("{origin}/{FIRST_PAGE}");
    let urls: Vec<_> = (0..pages.number).map(|page| format!("{origin}/{}", path(page))).collect();
    let curl = move || {
        let mut command = quiet(Path::new("curl"), &["--silent", "--fail"]);
        command.args(urls.iter().flat_map(|url| ["--output", "/dev/null", url]));
        command
    };
    let example = programs.examples.join("drain");
    let drain = |arguments: Vec<String>| -> Box<dyn Fn() -> Command> {
        let example = example.clone();
        Box::new(move || quiet(&example, &arguments.iter().map(String::as_str).collect::<Vec<_>>()))
    };

    let endstate = programs.endstate.clone();
    let root = format!("{origin}/api");
    let path = output.to_owned();
    let pull = move || {
        let mut command = quiet(&endstate, &["pull", "--source", "assessments", "--no-devices"]);
        command.args(["--defender-root", &root, "--calls-per-minute", "0", "--calls-per-hour", "0", "-o"]).arg(&path);
        command
    };

    let contestant = |name: &str, command: Box<dyn Fn() -> Command>, output: Option<PathBuf>| Contestant {
        name: name.to_owned(),
        command,
        output,
        is_slow: false,
    };
    vec![
        contestant("bare download (curl)", Box::new(curl), None),
        contestant("bare download (reqwest)", drain(vec![first.clone()]), None),
        contestant("the same, pages kept", drain(vec![first, "keep".to_owned()]), None),
        contestant("endstate pull", Box::new(pull), Some(output.to_owned())),
    ]
}

/// The pages of an assessment as files, with their links last, as the service sends them.
struct Pages {
    folder: PathBuf,
    number: u64,
    bytes: u64,
}

impl Pages {
    /// Fetches the pages from the emulator, unless an earlier run already did.
    fn fetch(programs: &Programs, devices: u64) -> anyhow::Result<Self> {
        let folder = programs.scratch.join(format!("assessment-{devices}"));
        let done = folder.join("done");
        if !done.exists() {
            eprintln!("fetching the assessment of {devices} devices");
            fs::create_dir_all(folder.join("api/machines"))?;
            fs::write(folder.join("api/deviceavinfo"), "{\"value\":[]}")?;
            let emulator = RunningEmulator::start(programs, devices)?;
            let mut next = Some(format!("{}/{}?pageSize=50000", emulator.origin, FIRST_PAGE));
            let mut number = 0;
            while let Some(url) = next {
                let file = folder.join(path(number));
                emulator.fetch(&url, &file)?;
                next = unlink(&file)?;
                number += 1;
            }
            fs::write(&done, number.to_string())?;
        }

        let number = fs::read_to_string(&done)?.parse()?;
        let lengths = (0..number).map(|page| Ok(fs::metadata(folder.join(path(page)))?.len()));
        let bytes = lengths.sum::<anyhow::Result<u64>>()?;
        Ok(Self { folder, number, bytes })
    }

    /// Writes the ends of all pages for a server at this origin.
    fn link(&self, origin: &str) -> anyhow::Result<()> {
        for page in 0..self.number {
            let file = self.folder.join(path(page));
            unlink(&file)?;
            let link = format!(",\"@odata.nextLink\":\"{origin}/{}\"", path(page + 1));
            let end = if page + 1 < self.number { &*link } else { "" };
            OpenOptions::new().append(true).open(&file)?.write_all(format!("{end}}}").as_bytes())?;
        }
        Ok(())
    }
}

/// The path of a page.
fn path(page: u64) -> String {
    if page == 0 { FIRST_PAGE.to_owned() } else { format!("{FIRST_PAGE}-{page}") }
}

/// Cuts off what follows the rows of a page. Returns the link that was there.
fn unlink(page: &Path) -> anyhow::Result<Option<String>> {
    let mut file = OpenOptions::new().read(true).write(true).open(page)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LONGEST_END);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;

    let rows = end.iter().rposition(|byte| *byte == b']').context("a page without an array")? + 1;
    file.set_len(start + u64::try_from(rows)?)?;
    let rest = String::from_utf8_lossy(&end[rows..]).into_owned();
    Ok(rest.split('"').nth(3).map(ToOwned::to_owned))
}

/// An emulator in a process of its own. Dropping it stops it.
struct RunningEmulator {
    process: Child,
    origin: String,
    token: String,
}

impl RunningEmulator {
    fn start(programs: &Programs, devices: u64) -> anyhow::Result<Self> {
        let ready = programs.scratch.join("ready");
        let _ = fs::remove_file(&ready);
        let devices = devices.to_string();
        let mut command = quiet(&programs.endstate, &["emulate", "--devices", &devices, "--ready-file"]);
        command.arg(&ready).args(["--calls-per-minute", "0", "--calls-per-hour", "0"]);
        let mut emulator = Self { process: command.spawn()?, origin: String::new(), token: String::new() };

        for _ in 0..1000 {
            if emulator.process.try_wait()?.is_some() {
                break;
            }
            let text = fs::read_to_string(&ready).unwrap_or_default();
            let value =
                |name: &str| text.split_once(name).and_then(|(_, rest)| rest.lines().next()).map(ToOwned::to_owned);
            if let (Some(token), Some(root)) = (value("ENDSTATE_TOKEN="), value("ENDSTATE_DEFENDER_ROOT=")) {
                emulator.token = token;
                root.trim_end_matches("/api").clone_into(&mut emulator.origin);
                return Ok(emulator);
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("the emulator did not start")
    }

    fn fetch(&self, url: &str, to: &Path) -> anyhow::Result<()> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--header", &format!("Authorization: Bearer {}", self.token), url]);
        let status = curl.stdout(Stdio::from(File::create(to)?)).status().context("curl is needed")?;
        ensure!(status.success(), "the emulator refused {url}");
        Ok(())
    }
}

impl Drop for RunningEmulator {
    fn drop(&mut self) {
        // An error means that it has already stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
