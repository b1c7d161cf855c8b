//! A list of devices for programs, of which each row is written when it is read.

use std::io::{self, Write};

use super::listing::{ListedDevice, Listing};
use super::table::Cell;
use super::table_stream::CsvRows;

/// Writes devices as they are read.
pub(crate) struct ListRows<'l> {
    /// What is known before the devices are.
    listing: Listing<'l>,
    format: RowFormat,
    /// How many devices are left to write.
    left: usize,
}

/// A format with rows of their own.
#[derive(Debug)]
enum RowFormat {
    Ndjson,
    /// The table once its first device is known, and whether that has a tenant.
    Csv(Option<Box<(CsvRows, bool)>>),
}

impl<'l> ListRows<'l> {
    pub(crate) fn ndjson(listing: Listing<'l>, limit: usize) -> Self {
        Self { listing, format: RowFormat::Ndjson, left: limit }
    }

    pub(crate) fn csv(listing: Listing<'l>, limit: usize) -> Self {
        Self { listing, format: RowFormat::Csv(None), left: limit }
    }

    /// Whether the limit is reached.
    pub(crate) fn are_all_written(&self) -> bool {
        self.left == 0
    }

    /// Refuses a device that does not fit into the table that was begun.
    pub(crate) fn check(&self, device: &ListedDevice) -> io::Result<()> {
        match &self.format {
            RowFormat::Csv(Some(begun)) if !begun.1 && device.tenant.is_some() => {
                let message =
                    "the first devices name no tenant, and later ones do; add --sort id, or use --format ndjson";
                Err(io::Error::new(io::ErrorKind::InvalidInput, message))
            }
            _ => Ok(()),
        }
    }

    /// Writes a device. The limit counts down.
    pub(crate) fn device(&mut self, device: &ListedDevice, out: &mut dyn Write) -> io::Result<()> {
        self.left = self.left.saturating_sub(1);
        match &mut self.format {
            RowFormat::Ndjson => {
                serde_json::to_writer(&mut *out, &self.listing.object(device))?;
                out.write_all(b"\n")
            }
            RowFormat::Csv(table) => {
                let (table, has_tenants) = &mut *begun(
                    table,
                    &self.listing,
                    device.tenant.is_some() && !self.listing.has_tenant_column(),
                    out,
                )?;
                let cells: Vec<Cell> = self.listing.cells(device, *has_tenants).collect();
                table.row(&cells, out)
            }
        }
    }

    /// Ends the list. A table without devices has a head.
    pub(crate) fn end(mut self, out: &mut dyn Write) -> io::Result<()> {
        match &mut self.format {
            RowFormat::Csv(table) => begun(table, &self.listing, false, out).map(drop),
            RowFormat::Ndjson => Ok(()),
        }
    }
}

/// The table, of which the head is written.
fn begun<'t>(
    table: &'t mut Option<Box<(CsvRows, bool)>>,
    listing: &Listing<'_>,
    has_tenants: bool,
    out: &mut dyn Write,
) -> io::Result<&'t mut (CsvRows, bool)> {
    let begun = if let Some(begun) = table.take() {
        begun
    } else {
        let mut rows = CsvRows::new(listing.table_columns(has_tenants).collect(), listing.guard);
        rows.head(out)?;
        Box::new((rows, has_tenants))
    };
    Ok(table.insert(begun))
}
