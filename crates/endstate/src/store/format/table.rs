//! Aligned columns for people to read. Widths are fixed, so a table of any length streams.

use std::io::{self, Write};

use endstate_model::{Entity, Field, FieldKind, FieldValue};

use super::csv::columns;
use super::row_writer::RowWriter;
use crate::rows::Row;
use crate::terminal::escape::{escaped, shortened};
use crate::terminal::number::with_article;

#[derive(Debug)]
pub(crate) struct Table {
    pub(super) has_head: bool,
    /// Whether the first column is the tenant.
    pub(super) has_tenant: bool,
}

impl<E: Entity> RowWriter<E> for Table {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_head, true) {
            let tenant = self.has_tenant.then(|| ("tenant", heading("tenant")));
            let names = shown_columns::<E>(row.is_current).map(|column| (column.name, heading(column.name)));
            line(out, tenant.into_iter().chain(names))?;
        }
        let tenant = self.has_tenant.then(|| ("tenant", escaped(row.tenant.unwrap_or_default()).into_owned()));
        let Ok(item) = row.item() else {
            let tenant = tenant.map(|(name, tenant)| format!("{tenant:width$}  ", width = width(name)));
            let what = format!("(not {})", with_article(E::NOUN));
            return writeln!(
                out,
                "{}{what:40}  {}",
                tenant.unwrap_or_default(),
                escaped(&shortened(&row.raw.compact()))
            );
        };

        let cells = shown_columns::<E>(row.is_current).map(|column| {
            let cell = match item.field(column.name) {
                FieldValue::Missing if column.kind == FieldKind::List => "(not known)".to_owned(),
                value => escaped(&shortened(&value.to_string())).replace(';', " "),
            };
            (column.name, cell)
        });
        line(out, tenant.into_iter().chain(cells))
    }
}

/// The columns, in the order of the document. Of today's fields, those that a person reads first:
/// the device's name and group lead.
fn shown_columns<E: Entity>(is_current: bool) -> impl Iterator<Item = &'static Field> {
    const FIRST: &[&str] = &["name", "group"];
    const LAST: &[&str] = &["currentControls", "assessed", "lastSeen"];
    let named = move |names: &'static [&'static str]| {
        let current = names.iter().filter(move |_| is_current);
        current.filter_map(|name| E::FIELDS.iter().find(|field| field.name == *name && field.is_current))
    };
    named(FIRST).chain(columns::<E>(false)).chain(named(LAST))
}

/// `osVersion` as `OS VERSION`: a capital letter begins a word.
fn heading(name: &str) -> String {
    let mut heading = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            heading.push(' ');
        }
        heading.push(letter.to_ascii_uppercase());
    }
    heading
}

fn line<'n>(out: &mut dyn Write, cells: impl Iterator<Item = (&'n str, String)>) -> io::Result<()> {
    let cells: Vec<_> = cells.map(|(name, cell)| format!("{cell:width$}", width = width(name))).collect();
    writeln!(out, "{}", cells.join("  ").trim_end())
}

/// The usual width of a column.
fn width(name: &str) -> usize {
    match name {
        "id" => 40,
        "osVersion" => 52,
        "build" | "revision" | "kbId" | "severity" | "ungrouped" => 9,
        "architecture" => 12,
        "cveId" => 16,
        _ => 24,
    }
}
