//! A list of devices, in each format.

use std::cmp::{Ordering, Reverse};
use std::io::{self, Write};
use std::sync::LazyLock;

use endstate_model::nearest_name;
use endstate_model::{AttentionProperty, Entity, FieldKind, FieldValue, MachineSecurityState};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::device_name::name_of;
use super::document::{Document, Section, Style};
use super::html;
use super::json_document;
use super::portal::device_url;
use super::pull_output::PullOutput;
use super::table::{Cell, Column, ResultTable};
use super::table_stream::TableStream;
use crate::cli::ListFormat;
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::{counted, grouped};
use crate::terminal::program_output::ProgramOutput;

/// A device, and where it was read.
#[derive(Debug)]
pub(crate) struct ListedDevice {
    pub(crate) state: MachineSecurityState,
    /// The name of its tenant, if there are several.
    pub(crate) tenant: Option<String>,
    /// The place of its pull among those that were read.
    pub(crate) pull: usize,
}

/// A list of devices.
#[derive(Debug)]
pub(crate) struct Listing<'l> {
    pub(crate) devices: &'l [ListedDevice],
    pub(crate) pulls: &'l [PullInfo],
    /// Empty for the usual ones.
    pub(crate) columns: Vec<ListColumn>,
    /// Devices to list, also those that are too many for people.
    pub(crate) listed: u64,
    /// Devices that match the condition, also those beyond the limit.
    pub(crate) matching: u64,
    pub(crate) total: u64,
    pub(crate) condition: Option<&'l str>,
    pub(crate) guard: FormulaGuard,
}

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListColumn {
    /// A field of the state or of its device.
    Field(&'static str),
    /// The name of its tenant.
    Tenant,
    /// Build and revision.
    Version,
    /// The page of the device in the Microsoft Defender portal.
    PortalUrl,
}

/// The columns of a list for people.
const USUAL: &[ListColumn] = &[
    ListColumn::Field("name"),
    ListColumn::Field("id"),
    ListColumn::Field("group"),
    ListColumn::Field("platform"),
    ListColumn::Version,
    ListColumn::Field("lastSeen"),
    ListColumn::Field("property"),
];

impl ListColumn {
    fn all() -> impl Iterator<Item = Self> {
        let fields = MachineSecurityState::FIELDS.iter().map(|field| Self::Field(field.name));
        fields.chain([Self::Tenant, Self::Version, Self::PortalUrl])
    }

    fn name(self) -> &'static str {
        match self {
            Self::Field(name) => name,
            Self::Tenant => "tenant",
            Self::Version => "version",
            Self::PortalUrl => "portalUrl",
        }
    }

    /// The column with this name, without regard to case.
    pub(crate) fn from_name(name: &str) -> Result<Self, String> {
        let found = Self::all().find(|column| column.name().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| match nearest_name(name, Self::all().map(Self::name)) {
            Some(nearest) => format!("unknown column '{name}'; did you mean '{nearest}'?"),
            None => format!("unknown column '{name}'; --columns help lists them"),
        })
    }

    /// The names of all columns, a line each.
    pub(crate) fn help() -> String {
        Self::all().map(Self::name).collect::<Vec<_>>().join("\n") + "\n"
    }

    /// The title for people: `lastSeen` as `LAST SEEN`.
    fn column(self) -> Column {
        let title = match self.name() {
            "name" => "DEVICE",
            "tenant" => "TENANT",
            "id" => "ID",
            "group" => "GROUP",
            "platform" => "PLATFORM",
            "version" => "VERSION",
            "lastSeen" => "LAST SEEN",
            "property" => "REQUIRES ATTENTION",
            "portalUrl" => "PORTAL",
            name => name,
        };
        let column = Column::text(title, self.name());
        match self.name() {
            "id" => column.gives_way(0),
            "platform" => column.gives_way(1),
            "group" => column.gives_way(3),
            "version" | "lastSeen" => column.gives_way(2),
            _ => column,
        }
    }

    /// What devices are sorted by.
    fn sort_value(self, device: &ListedDevice) -> FieldValue<'_> {
        let state = &device.state;
        match self {
            Self::Field("risk" | "exposure" | "value") => rank(state.field(self.name())),
            Self::Field(name) => state.field(name),
            Self::Tenant => device.tenant.as_deref().map_or(FieldValue::Missing, |name| FieldValue::Text(name.into())),
            Self::Version => state.build.map_or(FieldValue::Missing, |build| {
                FieldValue::Number(u64::from(build) << 32 | u64::from(state.revision.unwrap_or_default()))
            }),
            Self::PortalUrl => FieldValue::Missing,
        }
    }

    fn cell(self, device: &ListedDevice, pulls: &[PullInfo]) -> Cell {
        let state = &device.state;
        let url = || pulls.get(device.pull).and_then(|pull| device_url(pull, &state.id));
        match self {
            Self::Tenant => Cell::optional(device.tenant.as_ref()),
            Self::Version => Cell::text(version(state)),
            Self::PortalUrl => url().map_or(Cell::Nothing, |url| Cell::Link(url.clone(), url)),
            Self::Field("name") => match name_of(state.device.as_deref()) {
                Some(name) => url().map_or_else(|| Cell::text(name), |url| Cell::Link(name.to_owned(), url)),
                // Only people get the id in its place.
                None => Cell::Named(state.id.to_string(), Value::Null),
            },
            Self::Field("property") => attention(state),
            Self::Field(name) => match state.field(name) {
                FieldValue::Missing if is_list(name) => Cell::UnknownList(""),
                FieldValue::Missing => Cell::Nothing,
                FieldValue::Number(number) => Cell::Named(number.to_string(), number.into()),
                FieldValue::Boolean(truth) => Cell::Named(truth.to_string(), truth.into()),
                FieldValue::List(texts) => Cell::list(texts),
                value => Cell::text(value.to_string()),
            },
        }
    }
}

fn is_list(field: &str) -> bool {
    static LISTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let lists = MachineSecurityState::FIELDS.iter().filter(|field| field.kind == FieldKind::List);
        lists.map(|field| field.name).collect()
    });
    LISTS.contains(&field)
}

/// The properties that require attention, the worst first: a narrow table shows only the first few.
fn attention(state: &MachineSecurityState) -> Cell {
    let mut properties: Vec<_> = state.properties_require_attention.iter().collect();
    properties.sort_by_key(|property| Reverse(property.weight()));
    if properties.is_empty() && !state.is_known() {
        return Cell::UnknownList("(not known)");
    }
    Cell::list(properties.into_iter().map(AttentionProperty::as_str))
}

/// The order of two devices by a column. Without a value, a device comes last in either direction.
pub(crate) fn compare(left: &ListedDevice, right: &ListedDevice, column: &ListColumn, is_reverse: bool) -> Ordering {
    let (left, right) = (column.sort_value(left), column.sort_value(right));
    let missing = |value: &FieldValue<'_>| matches!(value, FieldValue::Missing);
    if missing(&left) || missing(&right) {
        return missing(&left).cmp(&missing(&right));
    }
    let order = match (&left, &right) {
        (FieldValue::Number(left), FieldValue::Number(right)) => left.cmp(right),
        (FieldValue::Time(left), FieldValue::Time(right)) => left.cmp(right),
        (FieldValue::List(left), FieldValue::List(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
        (left, right) => left.to_string().to_lowercase().cmp(&right.to_string().to_lowercase()),
    };
    if is_reverse { order.reverse() } else { order }
}

/// The place of a level in its order, if it is one.
fn rank(level: FieldValue<'_>) -> FieldValue<'_> {
    const LEVELS: [&str; 6] = ["none", "informational", "low", "normal", "medium", "high"];
    let text = level.to_string().to_lowercase();
    LEVELS.iter().position(|level| *level == text).map_or(level, |place| FieldValue::Number(place as u64))
}

fn version(state: &MachineSecurityState) -> String {
    endstate_analysis::Version::from_state(state).to_string()
}

impl Listing<'_> {
    /// Writes the list. For programs but browsers, each device is written on its own.
    pub(crate) fn write(&self, format: ListFormat, out: &mut dyn Write) -> io::Result<()> {
        let document = |table: &ResultTable, style| {
            let sections = vec![Section::untitled(table).of_rows(self.listed)];
            let pulls = self.pulls.iter().collect();
            Document { title: "Devices", summary: vec![self.summary()], sections, pulls }.render(style)
        };

        let mut for_programs = ProgramOutput::new(&mut *out);
        match format {
            ListFormat::Table => return out.write_all(document(&self.table(), Style::Plain).as_bytes()),
            ListFormat::Markdown => return out.write_all(document(&self.table(), Style::Markdown).as_bytes()),
            ListFormat::Html => {
                let pulls = self.pulls.iter().map(|pull| pull.completeness.line());
                let lines: Vec<_> = [self.summary()].into_iter().chain(pulls).collect();
                let page = html::page("Devices", &lines, self.table().first(usize::MAX));
                for_programs.write_all(page.as_bytes())?;
            }
            ListFormat::Csv => {
                let has_tenants = self.has_tenants();
                let rows = self.devices.iter().map(|device| self.cells(device, has_tenants).collect());
                TableStream::new(self.table_columns(has_tenants), rows).csv(self.guard, &mut for_programs)?;
            }
            ListFormat::Ndjson => {
                for device in self.devices {
                    serde_json::to_writer(&mut for_programs, &self.object(device))?;
                    for_programs.write_all(b"\n")?;
                }
            }
            ListFormat::Json => {
                json_document::write("list", &ListOutput::new(self), &mut for_programs)?;
            }
        }
        for_programs.finish()
    }

    fn summary(&self) -> String {
        let of = if self.listed < self.matching { format!("{} of ", grouped(self.listed)) } else { String::new() };
        match self.condition {
            Some(condition) => {
                let total = counted(self.total, "device");
                format!("{of}{} of {total} where {condition}", grouped(self.matching))
            }
            None => format!("{of}{}", counted(self.matching, "device")),
        }
    }

    fn shown_columns(&self) -> &[ListColumn] {
        if self.columns.is_empty() { USUAL } else { &self.columns }
    }

    /// Whether the tenant is one of the chosen columns.
    pub(super) fn has_tenant_column(&self) -> bool {
        self.columns.contains(&ListColumn::Tenant)
    }

    /// Whether a first column has the tenant.
    fn has_tenants(&self) -> bool {
        !self.has_tenant_column() && self.devices.iter().any(|device| device.tenant.is_some())
    }

    fn table(&self) -> ResultTable {
        let has_tenants = self.has_tenants();
        let mut table = ResultTable::new(self.table_columns(has_tenants));
        for device in self.devices {
            table.row(self.cells(device, has_tenants));
        }
        table
    }

    pub(super) fn table_columns(&self, has_tenants: bool) -> impl Iterator<Item = Column> {
        let tenant = has_tenants.then_some(Column::text("TENANT", "tenant"));
        tenant.into_iter().chain(self.shown_columns().iter().map(|column| column.column()))
    }

    pub(super) fn cells(&self, device: &ListedDevice, has_tenants: bool) -> impl Iterator<Item = Cell> {
        let tenant = has_tenants.then(|| Cell::optional(device.tenant.as_ref()));
        tenant.into_iter().chain(self.shown_columns().iter().map(|column| column.cell(device, self.pulls)))
    }

    /// A device as JSON: its whole state, or the chosen columns.
    pub(super) fn object<'d>(&'d self, device: &'d ListedDevice) -> DeviceObject<'d> {
        DeviceObject { list: self, device }
    }
}

/// A device of a list, as an object.
pub(super) struct DeviceObject<'d> {
    list: &'d Listing<'d>,
    device: &'d ListedDevice,
}

/// The whole of a device.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WholeDevice<'d> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'d str>,
    #[serde(flatten)]
    state: &'d MachineSecurityState,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_url: Option<String>,
}

impl Serialize for DeviceObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { list, device } = self;
        let tenant = device.tenant.as_deref();
        if list.columns.is_empty() {
            let url = list.pulls.get(device.pull).and_then(|pull| device_url(pull, &device.state.id));
            return WholeDevice { tenant, state: &device.state, portal_url: url }.serialize(serializer);
        }

        let mut object = serializer.serialize_map(None)?;
        if let Some(tenant) = tenant.filter(|_| !list.has_tenant_column()) {
            object.serialize_entry("tenant", tenant)?;
        }
        for column in &list.columns {
            object.serialize_entry(column.name(), &column.cell(device, list.pulls))?;
        }
        object.end()
    }
}

/// A list, for programs. Its devices are written one at a time.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ListOutput<'l> {
    pulls: Vec<PullOutput<'l>>,
    /// The condition of `--where`.
    #[serde(rename = "where")]
    condition: Option<&'l str>,
    /// Devices that match it.
    matching: u64,
    total_devices: u64,
    /// The states, or the chosen columns.
    #[cfg_attr(test, schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>"))]
    devices: Devices<'l>,
}

impl<'l> ListOutput<'l> {
    fn new(list: &'l Listing<'l>) -> Self {
        Self {
            pulls: list.pulls.iter().map(PullOutput::new).collect(),
            condition: list.condition,
            matching: list.matching,
            total_devices: list.total,
            devices: Devices(list),
        }
    }
}

struct Devices<'l>(&'l Listing<'l>);

impl Serialize for Devices<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.devices.iter().map(|device| self.0.object(device)))
    }
}
