//! Aligned columns, to be read: widths are fixed, so that a table of any length streams.

use std::io::{self, Write};

use endstate_model::Entity;

use super::RowWriter;
use super::csv::columns;
use crate::row::Row;
use crate::view::number::with_article;

#[derive(Debug, Default)]
pub(crate) struct Table {
    has_head: bool,
}

impl<E: Entity> RowWriter<E> for Table {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_head, true) {
            line(out, columns::<E>().map(|column| (column.name, heading(column.name))))?;
        }
        let Ok(item) = row.item() else {
            return writeln!(out, "{:40}  {}", format!("(not {})", with_article(E::NOUN)), row.raw.compact());
        };
        line(out, columns::<E>().map(|column| (column.name, item.field(column.name).to_string().replace(';', " "))))
    }
}

/// `osVersion` as `OS VERSION`: a capital begins a word.
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

/// Wide enough for what usually stands in a column.
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
