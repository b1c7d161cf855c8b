//! The alerts and the dashboard of the documentation, with a service and a Prometheus server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::program::Program;
use super::serve::Service;

/// The files of the documentation.
const ALERTS: &str = include_str!("../../../../docs/monitoring/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../docs/monitoring/grafana.json");

#[test]
fn every_metric_of_the_alerts_and_the_dashboard_exists() {
    let program = Program::new();
    let service = Service::start(&program, &["--demo", "--source", "hunting"]);
    service.ended_pull();
    let metrics = service.metrics();
    let is_of_name = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    let mut named: Vec<_> = [ALERTS, DASHBOARD]
        .iter()
        .flat_map(|text| text.split(is_of_name))
        .filter(|word| word.starts_with("endstate_"))
        .collect();
    named.sort_unstable();
    named.dedup();
    assert!(named.len() > 12, "{named:?}");
    for name in named {
        assert!(metrics.contains(&format!("# TYPE {name} ")), "{name} is no metric");
    }
}

#[test]
fn the_alerts_fire_when_they_should() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/monitoring");
    let mut command = Command::new("promtool");
    let Ok(ran) = command.args(["test", "rules", "alerts-test.yml"]).current_dir(folder).output() else {
        assert!(std::env::var_os("CI").is_none(), "promtool is not installed");
        return;
    };
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn a_prometheus_server_scrapes_the_service_and_evaluates_the_alerts() {
    let program = Program::new();
    let service = Service::start(&program, &["--demo"]);
    service.ended_pull();
    program.write("alerts.yml", ALERTS);
    let address = &service.address;
    let config = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [alerts.yml]\nscrape_configs:\n  - \
         job_name: endstate\n    static_configs: [{{ targets: ['{address}'] }}]\n"
    );
    program.write("prometheus.yml", &config);
    let mut command = Command::new("prometheus");
    command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0"]);
    let started = command.current_dir(program.path("")).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        assert!(std::env::var_os("CI").is_none(), "Prometheus is not installed");
        return;
    };
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    let port = loop {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "Prometheus has ended");
        if let Some((_, rest)) = line.split_once("msg=\"Listening on\" address=127.0.0.1:") {
            break rest.split_whitespace().next().unwrap().to_owned();
        }
    };
    // The server must never wait for a reader of its log.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));

    let prometheus = format!("127.0.0.1:{port}");
    let query = "/api/v1/query?query=ALERTS%7Balertname%3D%22EndstateSensorOff%22%7D";
    let fires = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        plain_get(&prometheus, query).contains("EndstateSensorOff")
    });
    let up = plain_get(&prometheus, "/api/v1/query?query=endstate_devices");
    let rules = plain_get(&prometheus, "/api/v1/rules");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(fires && up.contains("\"435\""), "{up}");
    assert!(rules.contains("EndstateSensorOff") && !rules.contains("\"health\":\"err\""), "{rules}");
}

/// The response of another server.
fn plain_get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}
