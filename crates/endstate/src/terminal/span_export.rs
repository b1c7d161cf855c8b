//! Spans of a run, sent to a collector of OpenTelemetry: the command, each pull, and each request.
//!
//! The standard variables say where: `OTEL_EXPORTER_OTLP_ENDPOINT` or
//! `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. Without either, nothing is sent. See the [specification].
//!
//! [specification]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/

use std::env;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use endstate_reqwest::{Origin, redacted};
use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_otlp::{Protocol, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::resource::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use reqwest::redirect::Policy;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use super::output;

/// The variables that say where spans go.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// The variables that choose how spans are written.
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
/// An attempt to send. A collector that does not answer holds the end of a run up no longer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The export of the spans of this run.
pub(crate) struct SpanExport {
    provider: SdkTracerProvider,
    failed: Arc<OnceLock<String>>,
}

impl SpanExport {
    /// Prepares the export of this workspace's spans, if a variable says where they go.
    pub(crate) fn start<S>() -> anyhow::Result<Option<(Self, impl Layer<S> + use<S>)>>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        let says = |name: &str, text: &str| env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case(text));
        let is_disabled = says("OTEL_SDK_DISABLED", "true") || says("OTEL_TRACES_EXPORTER", "none");
        let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let Some(variable) = ENDPOINTS.into_iter().find(is_set).filter(|_| !is_disabled) else { return Ok(None) };

        // The headers of the collector may have a secret, so no redirect is followed.
        let mut client = reqwest::blocking::Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
        let origin = env::var(variable).ok().and_then(|endpoint| Origin::with_plain_http(&endpoint).ok());
        if origin.is_none_or(|origin| origin.is_loopback()) {
            // A proxy would get the headers in clear text.
            client = client.no_proxy();
        }
        let client = client.build().context("cannot set up the export of spans")?;
        let mut exporter = OtlpExporter::builder().with_http().with_http_client(client);
        if !PROTOCOLS.iter().any(|name| env::var_os(name).is_some()) {
            // The default of the specification, and not that of the library.
            exporter = exporter.with_protocol(Protocol::HttpBinary);
        }
        // The cause has the endpoint, and with it perhaps a password.
        let Ok(exporter) = exporter.build() else {
            output::warn(format_args!("no spans are exported: {variable} cannot be used"));
            return Ok(None);
        };
        let failed = Arc::new(OnceLock::new());
        let exporter = RedactingExporter { exporter, failed: Arc::clone(&failed) };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();

        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("endstate"))
            .with_target(false)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        // What is logged within a span is an event of it.
        let wanted = Targets::new()
            .with_target("endstate", LevelFilter::INFO)
            .with_target("endstate_emulator", LevelFilter::OFF);
        Ok(Some((Self { provider, failed }, layer.with_filter(wanted))))
    }

    /// Sends what is left, and says what could not be sent.
    pub(crate) fn end(self) {
        let ended = self.provider.shutdown_with_timeout(TIMEOUT);
        let why = self.failed.get().cloned().or_else(|| ended.err().map(|error| error.to_string()));
        if let Some(why) = why {
            output::warn(format_args!("the collector did not get all spans: {why}"));
        }
    }
}

/// What sends the spans. Variables may name the service otherwise, and add attributes.
fn resource() -> Resource {
    let own = Resource::builder_empty().with_attributes([
        KeyValue::new("service.name", "endstate"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ]);
    let detected = Resource::builder().build();
    let is_named = |key: &str| key != "service.name" || env::var_os("OTEL_SERVICE_NAME").is_some();
    let detected = detected.iter().filter(|(key, _)| is_named(key.as_str()));
    own.with_attributes(detected.map(|(key, value)| KeyValue::new(key.clone(), value.clone()))).build()
}

/// Sends spans without tokens, links and secrets, as logs are written.
#[derive(Debug)]
struct RedactingExporter {
    exporter: OtlpExporter,
    /// Why spans could not be sent the first time.
    failed: Arc<OnceLock<String>>,
}

impl SpanExporter for RedactingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch.into_iter().map(safe).collect()).await;
        if let Err(error) = &result {
            let _ = self.failed.set(redacted(&error.to_string()).into_owned());
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn safe(mut span: SpanData) -> SpanData {
    span.attributes.iter_mut().for_each(redact);
    for event in &mut span.events.events {
        event.name = redacted(&event.name).into_owned().into();
        event.attributes.iter_mut().for_each(redact);
    }
    if let Status::Error { description } = &span.status {
        span.status = Status::error(redacted(description).into_owned());
    }
    span
}

fn redact(attribute: &mut KeyValue) {
    let safe = |text: &StringValue| StringValue::from(redacted(text.as_str()).into_owned());
    match &mut attribute.value {
        Value::String(text) => *text = safe(text),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| *text = safe(text)),
        _ => {}
    }
}
