//! `endstate serve`: what it serves, and what it does when pulls fail and signals come.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use endstate_emulator::{CallLimits, Emulator, EmulatorBuilder};

use super::program::{Program, TOKEN, signal};
use super::selection::lint;
use super::server::RunningEmulator;

/// A service that runs until this value is dropped.
pub(super) struct Service {
    child: Child,
    /// What it writes to stderr, by lines.
    lines: Receiver<String>,
    /// The line that says where it listens.
    listening: String,
    pub(super) address: String,
}

impl Service {
    pub(super) fn start(program: &Program, arguments: &[&str]) -> Self {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Self::of(program.start(&arguments))
    }

    /// A service that was just started.
    fn of(mut child: Child) -> Self {
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|line| sender.send(line + "\n")).ok();
        });
        let mut service = Self { child, lines, listening: String::new(), address: String::new() };
        service.listening = service.line_with("Listening on http://");
        service.address = service.listening.split(['/', ':']).skip(3).take(2).collect::<Vec<_>>().join(":");
        service
    }

    /// Waits for a line with this text.
    pub(super) fn line_with(&self, text: &str) -> String {
        let mut before = String::new();
        loop {
            // So long that only a service that hangs needs it.
            let line = self.lines.recv_timeout(Duration::from_secs(120));
            let line = line.unwrap_or_else(|_| panic!("no line has {text:?}: {before}"));
            if line.contains(text) {
                return line;
            }
            before.push_str(&line);
        }
    }

    /// Waits for the end of a pull.
    pub(super) fn ended_pull(&self) -> String {
        self.line_with(" s)\n")
    }

    /// The status and the body at a path.
    fn get(&self, path: &str) -> (u16, String) {
        get(&self.address, &self.address, path)
    }

    pub(super) fn metrics(&self) -> String {
        let (status, metrics) = self.get("/metrics");
        assert_eq!(status, 200);
        metrics
    }

    /// Sends a signal, and waits for the end.
    fn end(mut self, with: &str) -> (Option<i32>, String) {
        signal(&self.child, with);
        let rest = self.lines.iter().collect();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status and the body at a path, for a browser that calls the server `host`.
fn get(address: &str, host: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("\r\ncache-control: no-store"), "{head}");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The value of a metric, with its labels.
fn value(metrics: &str, name: &str) -> Option<String> {
    metrics.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(' ')?.to_owned()))
}

#[test]
fn a_service_serves_metrics_the_report_and_its_health() {
    let program = Program::new();
    let service = Service::start(&program, &["--demo"]);
    let ended = service.ended_pull();
    // The page shows both lines, with a time, a port and a duration of its own.
    let page = include_str!("../../../../docs/monitoring.md");
    let port = service.address.split(':').next_back().unwrap();
    assert!(page.contains(&service.listening.replace(port, "9464")), "{}", service.listening);
    let (_, ended) = ended.split_once("Z ").unwrap();
    let (ended, _) = ended.rsplit_once(" (").unwrap();
    assert!(page.contains(&format!("2026-11-24T06:00:00Z {ended} (")), "{ended}");

    let metrics = service.metrics();
    lint(&program, &metrics);
    let is = |name: &str, expected: &str| assert_eq!(value(&metrics, name).as_deref(), Some(expected), "{name}");
    is("endstate_devices", "435");
    is("endstate_pull_success", "1");
    is("endstate_outcome{reason=\"complete\"}", "1");
    is("endstate_outcome{reason=\"page_lost\"}", "0");
    is("endstate_pulls_total", "1");
    is("endstate_pull_interval_seconds", "3600");

    assert_eq!(service.get("/healthz"), (200, "ok\n".to_owned()));
    let (status, report) = service.get("/report");
    assert!(status == 200 && report.contains("Content-Security-Policy") && report.contains("ws-0127"), "{status}");
    assert!(service.get("/").1.contains("<a href=\"/report\">"), "{}", service.get("/").1);
    assert_eq!(service.get("/report/none").0, 404);
    let (code, rest) = service.end("-TERM");
    assert_eq!((code, rest.as_str()), (Some(0), "Ending\n"));
}

#[test]
fn a_page_of_the_web_cannot_read_the_service_through_a_browser() {
    let program = Program::new();
    let service = Service::start(&program, &["--demo", "--host-name", "Endstate.contoso.example"]);
    let of = |host: &str| get(&service.address, host, "/metrics").0;
    assert_eq!(of("rebound.example"), 421);
    assert_eq!(of("rebound.example:9464"), 421);
    for host in ["localhost:9464", "[::1]:9464", "10.0.0.7", "endstate.contoso.example:80"] {
        assert_eq!(of(host), 200, "{host}");
    }
}

/// A tenant without a limit of calls.
fn tenant(devices: u64) -> RunningEmulator {
    RunningEmulator::start(unlimited().devices(devices))
}

fn unlimited() -> EmulatorBuilder {
    Emulator::builder().limits(CallLimits::NONE)
}

const NO_LIMITS: [&str; 6] = ["--source", "preview", "--calls-per-minute", "0", "--calls-per-hour", "0"];

#[test]
fn a_failed_pull_keeps_the_last_complete_result_and_says_so() {
    let program = Program::new();
    let emulator = tenant(40);
    let root = emulator.root();
    let arguments = ["--every", "100ms", "--service-root", &root, "--retries", "0"];
    let service = Service::start(&program, &[&arguments[..], &NO_LIMITS].concat());
    assert!(service.ended_pull().contains(" complete: all 40 devices "));
    drop(emulator);
    service.line_with("error: ");
    while service.ended_pull().contains(" complete: ") {}

    let metrics = service.metrics();
    let is = |name: &str, expected: &str| assert_eq!(value(&metrics, name).as_deref(), Some(expected), "{metrics}");
    is("endstate_devices", "39");
    is("endstate_pull_success", "0");
    is("endstate_outcome{reason=\"complete\"}", "0");
    is("endstate_outcome{reason=\"page_lost\"}", "1");
    assert!(value(&metrics, "endstate_pull_failures_total").unwrap().parse::<u32>().unwrap() > 0);
    assert_eq!(service.get("/report").0, 200);
    assert!(service.get("/").1.contains("<strong>"), "the page marks the failed pull");
}

#[test]
fn without_a_complete_pull_there_is_no_result_and_no_device() {
    let program = Program::new();
    let service = Service::start(&program, &["--service-root", "http://127.0.0.1:1/x", "--source", "preview"]);
    service.ended_pull();
    let metrics = service.metrics();
    assert!(!metrics.contains("endstate_devices"), "no device is not zero devices: {metrics}");
    assert_eq!(value(&metrics, "endstate_pull_success").as_deref(), Some("0"));
    assert_eq!(service.get("/healthz"), (503, "no complete pull yet\n".to_owned()));
    assert_eq!(service.get("/report").0, 503);
}

#[test]
fn a_hang_up_reads_the_profiles_again() {
    let program = Program::new();
    let [contoso, fabrikam] = [20, 30].map(tenant);
    let profile = |name: &str, emulator: &RunningEmulator| {
        let root = emulator.root();
        format!("[profile.{name}]\nservice-root = \"{root}\"\nsource = \"preview\"\ntoken-env = \"TOKEN_{name}\"\n")
    };
    let both = profile("contoso", &contoso) + &profile("fabrikam", &fabrikam);
    program.write("config.toml", &both);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--all-profiles", "--config", "config.toml"];
    let mut command = program.command(&arguments);
    command
        .env_remove("ENDSTATE_TOKEN")
        .envs(["TOKEN_contoso", "TOKEN_fabrikam", "TOKEN_new"].map(|name| (name, TOKEN)));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let service = Service::of(child);
    service.ended_pull();
    service.ended_pull();
    assert_eq!(value(&service.metrics(), "endstate_pulls_total{tenant=\"contoso\"}").as_deref(), Some("1"));
    assert!(service.get("/").1.contains("<a href=\"/report/fabrikam\">fabrikam</a>"), "{}", service.get("/").1);
    assert_eq!(service.get("/report/fabrikam").0, 200);

    program.write("config.toml", "[profile.contoso]\ncloud = \"moon\"\n");
    signal(&service.child, "-HUP");
    service.line_with("The service continues with the configuration that it has.");
    let metrics = service.metrics();
    assert_eq!(value(&metrics, "endstate_config_reload_success").as_deref(), Some("0"));
    assert_eq!(value(&metrics, "endstate_devices{tenant=\"fabrikam\"}").as_deref(), Some("29"), "{metrics}");

    program.write("config.toml", &(profile("contoso", &contoso) + &profile("new", &fabrikam)));
    signal(&service.child, "-HUP");
    service.ended_pull();
    let metrics = service.metrics();
    assert_eq!(value(&metrics, "endstate_config_reload_success").as_deref(), Some("1"));
    assert!(!metrics.contains("fabrikam") && metrics.contains("endstate_pulls_total{tenant=\"new\"} 1"), "{metrics}");
    let contoso = value(&metrics, "endstate_pulls_total{tenant=\"contoso\"}");
    assert_eq!(contoso.as_deref(), Some("1"), "its settings are the same, so it continues");
}

#[test]
fn a_service_ends_at_once_also_within_a_pull() {
    let program = Program::new();
    let emulator = RunningEmulator::start(unlimited().devices(300).faults(["drip@2=5".parse().unwrap()]));
    let root = emulator.root();
    let service = Service::start(&program, &[&["--service-root", &root][..], &NO_LIMITS].concat());
    let (code, rest) = service.end("-INT");
    assert_eq!((code, rest.as_str()), (Some(0), "Ending\n"));
}

/// The resident memory of a process, in kB.
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_stays_flat_over_a_thousand_pulls() {
    let program = Program::new();
    let emulator = tenant(20);
    let root = emulator.root();
    let arguments = ["--every", "1ms", "--service-root", &root];
    let service = Service::start(&program, &[&arguments[..], &NO_LIMITS].concat());
    (0..200).for_each(|_| drop(service.ended_pull()));
    let early = resident(&service.child);
    (0..800).for_each(|_| drop(service.ended_pull()));
    let late = resident(&service.child);
    assert!(late < early + early / 10, "{early} kB after 200 pulls, {late} kB after 1,000");
}

#[test]
fn a_secret_that_the_service_sends_back_is_not_served() {
    let program = Program::new();
    let body = format!("{{\"value\":[{{\"id\":\"a\",\"propertiesRequireAttention\":[\"Echo {TOKEN}\"]}}]}}");
    let server = super::server::FixedServer::pages(&[&body]);
    let service = Service::start(&program, &["--source", "preview", "--service-root", &server.root]);
    service.ended_pull();
    for path in ["/metrics", "/report", "/"] {
        let (status, text) = service.get(path);
        assert!(status == 200 && !text.contains(TOKEN), "{path}: {text}");
    }
}

#[test]
fn a_slow_tenant_does_not_hold_up_another_one() {
    let program = Program::new();
    let quick = tenant(20);
    let slow = RunningEmulator::start(unlimited().devices(300).faults(["drip@2=60".parse().unwrap()]));
    let profile = |name: &str, root: String| {
        let limits = "calls-per-minute = 0\ncalls-per-hour = 0\n";
        let token = format!("token-command = \"echo {TOKEN} {name} | cut -d' ' -f1\"\n");
        format!("[profile.{name}]\nservice-root = \"{root}\"\nsource = \"preview\"\n{limits}{token}")
    };
    program.write("config.toml", &(profile("quick", quick.root()) + &profile("slow", slow.root())));
    let arguments = ["--every", "50ms", "--all-profiles", "--config", "config.toml"];
    let service = Service::start(&program, &arguments);
    (0..5).for_each(|_| assert!(service.ended_pull().contains(" quick: complete: ")));
    signal(&service.child, "-HUP");
    service.line_with("Read the configuration again");
    (0..3).for_each(|_| drop(service.ended_pull()));
    let pulls = value(&service.metrics(), "endstate_pulls_total{tenant=\"quick\"}").unwrap();
    assert!(pulls.parse::<u32>().unwrap() >= 8, "a reload keeps what runs: {pulls}");
}

#[test]
fn clients_that_send_nothing_do_not_use_the_server_up() {
    let program = Program::new();
    let service = Service::start(&program, &["--demo"]);
    service.ended_pull();
    let silent: Vec<_> = (0..80)
        .map(|_| {
            let mut stream = TcpStream::connect(&service.address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
            stream
        })
        .collect();
    // After ten seconds, the server closes them.
    assert_eq!(service.get("/healthz").0, 200);
    drop(silent);
}

#[test]
fn an_address_that_is_taken_is_an_error_before_the_first_request() {
    let program = Program::new();
    let emulator = tenant(20);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let root = emulator.root();
    let ran = program.run(&[&["serve", "--listen", &address, "--service-root", &root][..], &NO_LIMITS].concat());
    assert_eq!(ran.code, Some(1));
    let error = format!("error: cannot listen on {address}; choose another address with --listen\n");
    assert!(ran.stderr.starts_with(&error), "{}", ran.stderr);
    assert_eq!(emulator.emulator.calls(), 0);
}
