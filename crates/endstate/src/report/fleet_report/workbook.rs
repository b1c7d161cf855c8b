//! The report as a workbook: a sheet each for the summary, devices, properties and updates.
//!
//! Every text is written as text, also a name that looks like a formula. Rows are written
//! one at a time, to a temporary file, so a large fleet needs little memory.

use anyhow::{Context, ensure};
use endstate_model::{AttentionProperty, DeviceId};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::FleetReport;
use super::device_list::DeviceList;
use crate::exit::UsageError;
use crate::report::explanation::PropertyExplanation;
use crate::report::portal::device_url;
use crate::terminal::escape::escaped;
use crate::terminal::number::grouped;

/// The rows of a sheet, without its head.
const MAX_ROWS: usize = 1_048_575;

/// The letters of a cell. A longer text is cut, and ends with three dots.
const MAX_LETTERS: usize = 32_767;

/// A value of a cell.
enum Value {
    Text(String),
    Count(u64),
    /// From 0 to 1.
    Share(f64),
    /// In Unix time.
    Time(i64),
    Nothing,
}

/// A sheet that is written from its top.
struct Sheet<'w> {
    worksheet: &'w mut Worksheet,
    formats: &'w Formats,
    row: u32,
}

struct Formats {
    head: Format,
    share: Format,
    time: Format,
}

impl<'w> Sheet<'w> {
    /// A sheet with a head that stays in sight. The numbers are the widths of columns, in letters.
    fn new(
        workbook: &'w mut Workbook,
        formats: &'w Formats,
        name: &str,
        columns: &[(&str, u8)],
    ) -> Result<Self, XlsxError> {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, (title, width)) in (0..).zip(columns) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, *title, &formats.head)?;
        }
        Ok(Self { worksheet: sheet, formats, row: 1 })
    }

    fn row(&mut self, values: impl IntoIterator<Item = Value>) -> Result<(), XlsxError> {
        for (column, value) in (0..).zip(values) {
            let (sheet, row) = (&mut *self.worksheet, self.row);
            match value {
                Value::Text(text) => sheet.write_string(row, column, cut(&text))?,
                #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
                Value::Count(count) => sheet.write_number(row, column, count as f64)?,
                Value::Share(share) => sheet.write_number_with_format(row, column, share, &self.formats.share)?,
                Value::Time(second) => match ExcelDateTime::from_timestamp(second) {
                    Ok(time) => sheet.write_datetime_with_format(row, column, &time, &self.formats.time)?,
                    // A time that Excel does not have.
                    Err(_) => sheet,
                },
                Value::Nothing => sheet,
            };
        }
        self.row += 1;
        Ok(())
    }

    /// Adds filters to the columns.
    fn end(self, columns: usize) -> Result<(), XlsxError> {
        let last = u16::try_from(columns.saturating_sub(1)).unwrap_or_default();
        self.worksheet.autofilter(0, 0, self.row.saturating_sub(1), last).map(|_| ())
    }
}

fn cut(text: &str) -> String {
    // Excel counts in UTF-16.
    if text.encode_utf16().count() <= MAX_LETTERS {
        return text.to_owned();
    }
    text.chars().take(MAX_LETTERS / 2 - 3).chain("...".chars()).collect()
}

fn text(text: &str) -> Value {
    Value::Text(escaped(text).into_owned())
}

/// The file.
pub(super) fn workbook(report: &FleetReport<'_>) -> anyhow::Result<Vec<u8>> {
    let devices = report.devices.devices.len();
    ensure!(
        devices <= MAX_ROWS,
        UsageError::new(format!(
            "a sheet has at most {} rows, and the report has {} devices; choose some with --where, or --format html",
            grouped(MAX_ROWS as u64),
            grouped(devices as u64)
        ))
    );
    written(report).context("cannot write the workbook")
}

fn written(report: &FleetReport<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let formats = Formats {
        head: Format::new().set_bold(),
        share: Format::new().set_num_format("0.0%"),
        time: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
    };
    summary(report, Sheet::new(&mut workbook, &formats, "Summary", &[("", 24), ("", 100)])?)?;
    devices(report, &mut workbook, &formats)?;
    properties(report, &mut workbook, &formats)?;
    updates(report, &mut workbook, &formats)?;
    workbook.save_to_buffer()
}

fn summary(report: &FleetReport<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    let info = report.info;
    let optional = |value: Option<&String>| value.map_or(Value::Nothing, |value| text(value));
    let triage = report.triage;
    let rows = [
        ("Outcome", text(&info.completeness.line())),
        ("Source", text(&info.name)),
        ("Profile", optional(info.profile.as_ref())),
        ("Tenant", optional(info.tenant.as_ref())),
        ("Pulled", optional(info.started_at.as_ref())),
        ("Devices", Value::Count(triage.devices)),
        ("Need attention", Value::Count(triage.need_attention)),
        ("OK", Value::Count(triage.ok())),
        ("Not known", Value::Count(triage.not_known)),
        ("Share", Value::Share(triage.share_needing_attention())),
    ];

    for (name, value) in rows {
        sheet.row([text(name), value])?;
    }
    for line in report.summary() {
        sheet.row([Value::Nothing, text(&line)])?;
    }
    for tenant in report.tenants {
        sheet.row([text(tenant.name.as_deref().unwrap_or_default()), text(&tenant.info.completeness.line())])?;
    }
    Ok(())
}

fn devices(report: &FleetReport<'_>, workbook: &mut Workbook, formats: &Formats) -> Result<(), XlsxError> {
    let columns = [
        ("Device", 32),
        ("Id", 42),
        ("Tenant", 16),
        ("Group", 16),
        ("Users", 20),
        ("Last seen (UTC)", 16),
        ("Version", 14),
        ("Status", 12),
        ("Requires attention", 60),
        ("Not known", 30),
        ("Missing updates", 24),
        ("Defender portal", 40),
    ];

    let mut sheet = Sheet::new(workbook, formats, "Devices", &columns)?;
    let info_of = |name: &str| {
        let tenant = report.tenants.iter().find(|tenant| tenant.name.as_deref() == Some(name));
        tenant.map_or(report.info, |tenant| &tenant.info)
    };
    for device in &report.devices.devices {
        let fields = report.devices.fields(device);
        let id = DeviceList::id_of(device);
        let portal = device_url(info_of(fields.tenant), &DeviceId::from(id));
        sheet.row([
            Value::Text(fields.name),
            text(id),
            text(fields.tenant),
            text(fields.group),
            text(DeviceList::owner_of(device)),
            fields.seen_second.map_or(Value::Nothing, Value::Time),
            text(fields.version),
            text(fields.status),
            Value::Text(fields.requires_attention),
            Value::Text(fields.not_known),
            Value::Text(fields.missing_updates),
            portal.map_or(Value::Nothing, Value::Text),
        ])?;
    }
    sheet.end(columns.len())
}

fn properties(report: &FleetReport<'_>, workbook: &mut Workbook, formats: &Formats) -> Result<(), XlsxError> {
    let columns = [
        ("Category", 20),
        ("Property", 44),
        ("Name", 36),
        ("Devices", 10),
        ("Share", 10),
        ("Not known on", 14),
        ("Urgency", 10),
        ("Meaning", 60),
        ("To do", 60),
    ];

    let mut sheet = Sheet::new(workbook, formats, "Properties", &columns)?;
    let triage = report.triage;
    let rows = triage.by_property.iter().map(|row| (&row.key, row.devices, row.share_of(triage.devices)));
    // A property that is known of no device is no row of the triage.
    let unknown = AttentionProperty::KNOWN.iter().filter(|property| {
        triage.not_known_of(property) > 0 && triage.by_property.iter().all(|row| row.key != **property)
    });
    for (property, devices, share) in rows.chain(unknown.map(|property| (property, 0, 0.0))) {
        let (meaning, action) = PropertyExplanation::new(property)
            .map_or(("", ""), |explanation| (explanation.meaning, explanation.action));
        sheet.row([
            text(property.category().as_str()),
            text(property.as_str()),
            text(property.display_name()),
            Value::Count(devices),
            Value::Share(share),
            Value::Count(triage.not_known_of(property)),
            Value::Count(property.weight().into()),
            text(meaning),
            text(action),
        ])?;
    }
    sheet.end(columns.len())
}

fn updates(report: &FleetReport<'_>, workbook: &mut Workbook, formats: &Formats) -> Result<(), XlsxError> {
    let columns = [("Update", 16), ("Devices", 10), ("Newest on", 12)];
    let mut sheet = Sheet::new(workbook, formats, "Updates", &columns)?;
    for row in &report.missing.by_kb {
        sheet.row([text(&row.name), Value::Count(row.devices), Value::Count(row.newest_on)])?;
    }
    sheet.end(columns.len())
}
