//! Spans of a run at a collector of OpenTelemetry.

use std::collections::BTreeMap;

use serde_json::Value;

use super::program::{Program, TOKEN, run};
use super::server::FixedServer;
use super::webhook_server::Receiving;

/// The spans of requests to a collector, by id.
fn spans(posts: &[(String, Value)]) -> BTreeMap<String, Value> {
    let scopes = posts.iter().flat_map(|(_, body)| body["resourceSpans"].as_array().unwrap());
    let scopes = scopes.flat_map(|resource| resource["scopeSpans"].as_array().unwrap());
    let spans = scopes.flat_map(|scope| scope["spans"].as_array().unwrap());
    spans.map(|span| (span["spanId"].as_str().unwrap().to_owned(), span.clone())).collect()
}

/// The only span with this name.
fn named<'s>(spans: &'s BTreeMap<String, Value>, name: &str) -> &'s Value {
    let mut found = spans.values().filter(|span| span["name"] == name);
    let (first, more) = (found.next(), found.next());
    assert!(more.is_none(), "{name}");
    first.unwrap_or_else(|| panic!("no span {name}: {spans:?}"))
}

fn attribute<'s>(span: &'s Value, name: &str) -> &'s Value {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == name);
    found.map_or(&Value::Null, |attribute| attribute["value"].as_object().unwrap().values().next().unwrap())
}

const PAGES: [&str; 2] = [
    r#"{"@odata.nextLink":"NEXT","value":[{"id":"a"}]}"#,
    // The link of the last page leads nowhere.
    r#"{"@odata.nextLink":"NEXT","value":[{"id":"b"}]}"#,
];

#[test]
fn a_collector_gets_the_command_its_pull_and_each_request_without_secrets() {
    let (program, server, collector) = (Program::new(), FixedServer::pages(&PAGES), Receiving::start(&[]));
    let mut command = program.command(&["pull", "--service-root", &server.root, "-o", "d.ndjson"]);
    command.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &collector.address);
    command.env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json").env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret");
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);

    let posts = collector.posted();
    assert!(posts.iter().all(|(head, _)| head.to_lowercase().contains("x-key: s3cret")), "{posts:?}");
    let text: String = posts.iter().map(|(_, body)| body.to_string()).collect();
    assert!(!text.contains(TOKEN) && !text.contains("hidden") && !text.contains("s3cret"), "{text}");
    let spans = spans(&posts);
    let (root, pull) = (named(&spans, "endstate pull"), named(&spans, "pull"));
    assert_eq!(pull["parentSpanId"], root["spanId"]);
    assert_eq!(attribute(pull, "endstate.outcome"), "incomplete");
    assert_eq!(attribute(pull, "endstate.reason"), "link_expired");
    assert_eq!(attribute(pull, "endstate.pages"), "2");

    let requests: Vec<_> = spans.values().filter(|span| span["name"] == "GET").collect();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!((&request["parentSpanId"], &request["traceId"]), (&pull["spanId"], &pull["traceId"]));
        let url = attribute(request, "url.full").as_str().unwrap();
        assert!(url.starts_with("http://127.0.0.1:") && (!url.contains('?') || url.ends_with("?[redacted]")), "{url}");
        assert!(attribute(request, "endstate.correlation_id").is_string());
        assert_eq!(request["events"][0]["name"], "answered");
    }
    let statuses = requests.iter().map(|request| attribute(request, "http.response.status_code").as_str().unwrap());
    let mut statuses: Vec<_> = statuses.collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["200", "200", "404"]);
    let resource = posts[0].1["resourceSpans"][0]["resource"].clone();
    assert_eq!(attribute(&resource, "service.name"), "endstate");
}

#[test]
fn each_source_has_its_requests_within_its_pull() {
    for source in ["preview", "hunting", "assessments", "export"] {
        let (program, collector) = (Program::new(), Receiving::start(&[]));
        let mut command = program.command(&["pull", "--demo", "--no-devices", "--source", source, "-o", "d.ndjson"]);
        command.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &collector.address);
        let ran = run(command.env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let spans = spans(&collector.posted());
        let pull = named(&spans, "pull");
        assert_eq!(attribute(pull, "endstate.source"), source);
        let pages = pull["attributes"].as_array().unwrap().iter().find(|one| one["key"] == "endstate.pages").unwrap();
        assert!(pages["value"]["intValue"].is_string() || pages["value"]["intValue"].is_i64(), "{pages}");

        let mut requests = spans.values().filter(|span| attribute(span, "http.request.method").is_string()).peekable();
        assert!(requests.peek().is_some(), "{source}");
        for request in requests {
            assert_eq!(request["parentSpanId"], pull["spanId"], "{source}: {request}");
        }
    }
}

#[test]
fn the_standard_variables_choose_the_collector_and_its_absence_fails_no_run() {
    let (program, server) = (Program::new(), FixedServer::pages(&[]));
    let collector = server.root.trim_end_matches("/testwdatppreview");
    let triage = |variables: &[(&str, &str)]| {
        let mut command = program.command(&["triage", "--demo", "--limit", "0", "--by", "tenant"]);
        run(command.envs(variables.iter().copied()))
    };
    let asked = || server.requests().iter().filter(|head| head.starts_with("POST /v1/traces ")).count();
    assert_eq!((triage(&[]).code, asked()), (Some(0), 0), "without a variable nothing is sent");
    let none = triage(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector), ("OTEL_TRACES_EXPORTER", "none")]);
    assert_eq!((none.code, asked()), (Some(0), 0));
    let disabled = triage(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector), ("OTEL_SDK_DISABLED", "true")]);
    assert_eq!((disabled.code, asked()), (Some(0), 0));

    // The server has no such path.
    let refused = triage(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector)]);
    assert_eq!((refused.code, asked() > 0), (Some(0), true));
    assert!(refused.stderr.contains("warning: the collector did not get all spans: "), "{}", refused.stderr);
    let heads = server.requests().join("").to_lowercase();
    assert!(heads.contains("content-type: application/x-protobuf"), "{heads}");
    let absent = triage(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    assert!(absent.code == Some(0) && absent.stderr.contains("did not get all spans"), "{}", absent.stderr);

    let wrong = triage(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "user:s3cret@x y")]);
    assert_eq!(wrong.code, Some(0));
    assert!(wrong.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used"), "{}", wrong.stderr);
    assert!(!wrong.stderr.contains("s3cret"), "{}", wrong.stderr);

    // The headers of a collector on this machine are not for a proxy.
    let before = asked();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector), ("http_proxy", "http://127.0.0.1:9")];
    assert_eq!((triage(&variables).code, asked() > before), (Some(0), true));
}
