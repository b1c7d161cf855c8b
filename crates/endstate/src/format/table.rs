//! Aligned columns, to be read: widths are fixed, so that a table of any length streams.

use std::io::{self, Write};

use super::RowWriter;
use crate::row::Row;

#[derive(Debug, Default)]
pub(crate) struct Table {
    has_head: bool,
}

impl RowWriter for Table {
    fn row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_head, true) {
            line(out, "DEVICE", "VERSION", "ARCHITECTURE", "REQUIRES ATTENTION")?;
        }
        let Ok(state) = &row.state else {
            return writeln!(out, "{:40}  {}", "(not a device state)", row.raw.compact());
        };
        let number = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        let version = format!("{}.{}", number(state.build), number(state.revision));
        let architecture = state.architecture.as_ref().map_or("?", |architecture| architecture.as_str());
        let properties: Vec<_> = state.properties_require_attention.iter().map(ToString::to_string).collect();
        line(out, &state.id.to_string(), &version, architecture, &properties.join(" "))
    }
}

fn line(out: &mut dyn Write, device: &str, version: &str, architecture: &str, properties: &str) -> io::Result<()> {
    let line = format!("{device:40}  {version:12}  {architecture:12}  {properties}");
    writeln!(out, "{}", line.trim_end())
}
