//! `-v`, `--log-format` and `--log-file`: what the crates of this workspace log.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use endstate_reqwest::redacted;
use jiff::Timestamp;
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, uptime};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use super::escape::{escaped_json_lines, escaped_lines};
use super::progress::suspended;
pub(crate) use super::span_export::SpanExport;
use crate::cli::LogFormat;

/// Starts logging; without `-v`, `--log-format` or `--log-file` nothing is written. Returns the
/// export of spans, if a variable wants one.
///
/// Lines are appended to `file`, else they go to stderr. `logs_emulator` is for the command that
/// serves one. Only lines of this workspace pass, at every level: HTTP libraries log bytes, and
/// with them the token.
pub(crate) fn start(
    verbose: u8,
    format: LogFormat,
    file: Option<File>,
    logs_emulator: bool,
) -> anyhow::Result<Option<SpanExport>> {
    let mut layers: Vec<_> = lines(verbose, format, file, logs_emulator).into_iter().collect();
    let (export, spans) = SpanExport::start()?.unzip();
    layers.extend(spans.map(Layer::boxed));
    if !layers.is_empty() {
        tracing_subscriber::registry().with(layers).init();
    }
    Ok(export)
}

/// The lines of the log, if any are wanted.
fn lines(
    verbose: u8,
    format: LogFormat,
    file: Option<File>,
    logs_emulator: bool,
) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
    let is_wanted = file.is_some() || format == LogFormat::Json;
    let level = match verbose.max(u8::from(is_wanted)) {
        0 => return None,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    // The emulator of a demo is not what the user wants to see.
    let emulator = if logs_emulator { LevelFilter::from_level(level) } else { LevelFilter::OFF };
    let own_crates = Targets::new().with_target("endstate", level).with_target("endstate_emulator", emulator);
    // A line would begin with the spans in which it is.
    let own_events =
        filter_fn(move |metadata| metadata.is_event() && own_crates.would_enable(metadata.target(), metadata.level()));

    let file = file.map(Arc::new);
    let has_file = file.is_some();
    let writer = move || LogWriter { format, file: file.clone() };
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false).with_target(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_timer(WallClock)
            .boxed(),
        LogFormat::Text if has_file => lines.with_timer(WallClock).boxed(),
        LogFormat::Text => lines.with_timer(uptime()).boxed(),
    };
    Some(lines.with_filter(own_events.with_max_level_hint(level)).boxed())
}

/// The time of day in UTC, in milliseconds.
struct WallClock;

impl FormatTime for WallClock {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

/// Where lines go: to the file, else to stderr, beside the progress.
struct LogWriter {
    format: LogFormat,
    file: Option<Arc<File>>,
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A line of the log is one write, and ends in a line feed.
        let text = String::from_utf8_lossy(bytes);
        let text = redacted(&text);
        let safe = match self.format {
            LogFormat::Text => escaped_lines(&text),
            LogFormat::Json => escaped_json_lines(&text),
        };
        match &self.file {
            Some(file) => (&**file).write_all(safe.as_bytes())?,
            None => suspended(|| io::stderr().write_all(safe.as_bytes()))?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_ref().map_or_else(|| io::stderr().flush(), |file| (&**file).flush())
    }
}
