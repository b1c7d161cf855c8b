//! Everything that is known of one device.

use std::borrow::Cow;
use std::cmp::Reverse;

use endstate_model::{
    Assessment, AttentionProperties, AttentionProperty, Category, Entity, FieldValue, MachineSecurityState,
    WindowsRelease,
};
use serde::Serialize;

use super::document::{Document, Section, Style};
use super::explanation::PropertyExplanation;
use super::json_document;
use super::listing::ListedDevice;
use super::portal::device_url;
use super::pull_output::PullOutput;
use super::table::{Cell, Column, ResultTable};
use crate::cli::ShowFormat;
use crate::store::pull_info::PullInfo;
use crate::terminal::output;

/// A device, and the pull that has it.
#[derive(Debug)]
pub(crate) struct DevicePage<'d> {
    pub(crate) device: &'d ListedDevice,
    pub(crate) pull: &'d PullInfo,
}

/// The fields for people, in order, with their titles.
const FIELDS: &[(&str, &str)] = &[
    ("id", "Device id"),
    ("group", "Device group"),
    ("tags", "Tags"),
    ("users", "Signed-in users"),
    ("platform", "Operating system"),
    ("osVersion", "Version"),
    ("build", "Build"),
    ("revision", "Revision"),
    ("release", "Release"),
    ("architecture", "Architecture"),
    ("lastSeen", "Last seen"),
    ("onboarding", "Onboarding"),
    ("health", "Sensor health"),
    ("risk", "Risk score"),
    ("exposure", "Exposure level"),
    ("value", "Device value"),
    ("entraDeviceId", "Entra device id"),
    ("managedBy", "Managed by"),
    ("mergedInto", "Merged into"),
    ("excluded", "Excluded"),
    ("assessed", "Assessed"),
    ("source", "Source"),
];

impl DevicePage<'_> {
    /// The pages of one or more devices with the same name.
    pub(crate) fn render_all(pages: &[Self], format: ShowFormat) -> anyhow::Result<String> {
        Ok(match format {
            ShowFormat::Json => output::for_programs(json_document::text(
                "show",
                &DevicesOutput { devices: pages.iter().map(Self::output).collect() },
            )?),
            ShowFormat::Table => pages.iter().map(|page| page.document(Style::Plain)).collect::<Vec<_>>().join("\n"),
            ShowFormat::Markdown => {
                pages.iter().map(|page| page.document(Style::Markdown)).collect::<Vec<_>>().join("\n")
            }
        })
    }

    fn state(&self) -> &MachineSecurityState {
        &self.device.state
    }

    fn title(&self) -> String {
        let name = self.state().device.as_ref().and_then(|device| device.name.as_deref());
        name.map_or_else(|| self.state().id.to_string(), ToOwned::to_owned)
    }

    fn document(&self, style: Style) -> String {
        let facts = self.facts();
        let attention = self.attention();
        let state = self.state();
        let mut sections = vec![Section::untitled(&facts)];
        sections.push(Section::titled("Requires attention", &attention));
        let not_known = self.names_of("NOT KNOWN", |assessment| &assessment.not_known);
        let not_applicable = self.names_of("NOT APPLICABLE", |assessment| &assessment.not_applicable);
        sections.push(Section::untitled(&not_known));
        sections.push(Section::untitled(&not_applicable));

        let verdict = match (state.properties_require_attention.needs_attention(), state.is_known()) {
            (true, _) => "needs attention",
            (false, true) => "OK",
            (false, false) => "not known whether it needs attention",
        };
        let summary = vec![format!("{}: {verdict}", self.title())];
        Document { title: "Device", summary, sections, pulls: vec![self.pull] }.render(style)
    }

    fn facts(&self) -> ResultTable {
        let mut table = ResultTable::new([Column::shown("FIELD"), Column::shown("VALUE").wraps()]);
        for (field, title) in FIELDS {
            let value = match self.state().field(field) {
                FieldValue::Missing => continue,
                FieldValue::List(texts) if texts.is_empty() => continue,
                FieldValue::List(texts) => texts.join(", "),
                value => value.to_string(),
            };
            table.row([Cell::text(*title), Cell::text(value)]);
        }
        if let Some(tenant) = &self.device.tenant {
            table.row([Cell::text("Tenant"), Cell::text(tenant)]);
        }
        if let Some(url) = device_url(self.pull, &self.state().id) {
            table.row([Cell::text("Portal"), Cell::Link(url.clone(), url)]);
        }
        table
    }

    /// The properties that require attention, the worst first, and what to do.
    fn attention(&self) -> ResultTable {
        let mut properties: Vec<_> = self.state().properties_require_attention.iter().collect();
        properties.sort_by_key(|property| Reverse(property.weight()));
        let mut table = ResultTable::new([
            Column::shown("PROPERTY"),
            Column::shown("CATEGORY").gives_way(1),
            Column::shown("WHAT TO DO").wraps(),
        ]);
        for property in properties {
            let action = PropertyExplanation::new(property).map_or("", |explanation| explanation.action);
            table.row([Cell::text(property.as_str()), Cell::text(property.category().as_str()), Cell::text(action)]);
        }
        table
    }

    /// A set of properties, a line for each category.
    fn names_of(&self, title: &'static str, set: fn(&Assessment) -> &AttentionProperties) -> ResultTable {
        let mut table = ResultTable::new([Column::shown(title), Column::shown("PROPERTIES").wraps()]);
        let Some(assessment) = &self.state().assessment else { return table };
        let set = set(assessment);
        for category in Category::ALL {
            let of_category = set.iter().filter(|property| property.category() == category);
            let names: Vec<_> = of_category.map(AttentionProperty::as_str).collect();
            if !names.is_empty() {
                table.row([Cell::text(category.as_str()), Cell::text(names.join(", "))]);
            }
        }
        table
    }

    fn output(&self) -> DeviceOutput<'_> {
        let state = self.state();
        DeviceOutput {
            tenant: self.device.tenant.as_deref(),
            state,
            release: state.build.map(WindowsRelease::name_of_build).map(Cow::into_owned),
            is_known: state.is_known(),
            portal_url: device_url(self.pull, &state.id),
            pull: PullOutput::new(self.pull),
        }
    }
}

/// The devices of a name, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DevicesOutput<'d> {
    devices: Vec<DeviceOutput<'d>>,
}

/// A device, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceOutput<'d> {
    /// Its tenant, of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'d str>,
    #[serde(flatten)]
    state: &'d MachineSecurityState,
    /// The name of its release of Windows.
    release: Option<String>,
    /// Whether every documented property is known.
    is_known: bool,
    portal_url: Option<String>,
    /// The pull that it comes from.
    pull: PullOutput<'d>,
}
