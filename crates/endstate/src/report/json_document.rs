//! A result as one JSON document: indented, with a line feed at its end.

use std::io::{self, Write};

use endstate_model::UtcTime;
use jiff::Timestamp;
use serde::Serialize;

/// A result, and what every result for programs begins with.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "{R}Document"))]
pub(crate) struct JsonDocument<R> {
    /// The name of its schema in `docs/schemas`, such as `triage`.
    schema: &'static str,
    /// The version of endstate that wrote it.
    version: &'static str,
    /// When endstate wrote it, in UTC. When the devices were pulled is beside their source.
    #[cfg_attr(test, schemars(with = "String"))]
    generated_at: UtcTime,
    #[serde(flatten)]
    result: R,
}

impl<R> JsonDocument<R> {
    fn new(schema: &'static str, result: R) -> Self {
        let generated_at = UtcTime::from_second(Timestamp::now().as_second());
        Self { schema, version: env!("CARGO_PKG_VERSION"), generated_at, result }
    }
}

/// The text of a result with this schema.
pub(crate) fn text(schema: &'static str, result: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&JsonDocument::new(schema, result))? + "\n")
}

/// Writes a result with this schema, of which never the whole text is in memory.
pub(crate) fn write(schema: &'static str, result: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &JsonDocument::new(schema, result))?;
    out.write_all(b"\n")
}
