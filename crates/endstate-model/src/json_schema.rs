//! The JSON Schemas of the values, as they are serialized.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    Architecture, AttentionProperties, AttentionProperty, Category, Date, Device, DeviceId, MachineSecurityState,
    OsVersion, Severity, StateSource, UtcTime,
};

/// The schema of a value that is written as a text, with what the text is.
macro_rules! text {
    ($($type:ident: $description:literal $(, $format:literal)?;)*) => {$(
        #[doc = $description]
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $description $(, "format": $format)? })
            }
        }
    )*};
}

text! {
    Architecture: "An architecture, such as Amd64.";
    AttentionProperty: "A property, such as `AntivirusOff`. A later version may know more.";
    Date: "A day, such as 2026-11-24.", "date";
    DeviceId: "The id of a device.";
    OsVersion: "A version, such as 10.0.14393.576.amd64fre.rs1_release.161208-2252.";
    Severity: "A severity, such as Critical.";
    StateSource: "The source of a state: preview, assessments, hunting or export.";
    UtcTime: "A moment in UTC.", "date-time";
}

/// One of the names.
impl JsonSchema for Category {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Category".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
}

/// An array of texts, or null if nothing is known.
impl JsonSchema for AttentionProperties {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AttentionProperties".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<Vec<AttentionProperty>>::json_schema(generator)
    }
}

/// The documented members, and those that a source of today adds.
impl JsonSchema for MachineSecurityState {
    fn schema_name() -> Cow<'static, str> {
        "MachineSecurityState".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Members::json_schema(generator)
    }
}

/// The security state of a device.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct Members {
    id: DeviceId,
    /// The build of the operating system.
    build: Option<u32>,
    /// The revision of the build.
    revision: Option<u32>,
    architecture: Option<Architecture>,
    os_version: Option<OsVersion>,
    /// The properties that require attention; null if they are not known.
    properties_require_attention: AttentionProperties,
    /// Properties that the source cannot say, or has no row for. This member and those that follow
    /// are there if the state is from a source of today.
    #[schemars(skip_serializing_if = "Option::is_none")]
    not_known_properties: Option<Vec<AttentionProperty>>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    not_applicable_properties: Option<Vec<AttentionProperty>>,
    /// The controls of today that require attention.
    #[schemars(skip_serializing_if = "Option::is_none")]
    current_controls: Option<Vec<AttentionProperty>>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    not_known_controls: Option<Vec<AttentionProperty>>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    not_applicable_controls: Option<Vec<AttentionProperty>>,
    /// The numbers of the updates that the device lacks, the newest first; absent if they are not
    /// known.
    #[schemars(skip_serializing_if = "Option::is_none")]
    missing_kbs: Option<Vec<String>>,
    /// Whether Defender has assessed the device.
    #[schemars(skip_serializing_if = "Option::is_none")]
    assessed: Option<bool>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    source: Option<StateSource>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
}
