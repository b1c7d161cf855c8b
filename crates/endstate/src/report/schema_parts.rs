//! Parts of the schemas of results that no type of the result describes.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::table::ResultTable;
use super::table_stream::TableStream;

/// A device state: the documented fields, and those that the source or the join adds.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct DeviceState {
    /// The device's id.
    id: String,
    /// The build of the operating system.
    build: Option<u32>,
    /// The revision of the build.
    revision: Option<u32>,
    architecture: Option<String>,
    /// Such as `10.0.14393.576.amd64fre.rs1_release.161208-2252`.
    os_version: Option<String>,
    /// The properties that require attention; null if they are not known.
    properties_require_attention: Option<Vec<String>>,
}

/// Each row is an object with the same members.
impl JsonSchema for ResultTable {
    fn schema_name() -> Cow<'static, str> {
        "Rows".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Map<String, Value>>::json_schema(generator)
    }
}

impl JsonSchema for TableStream<'_> {
    fn schema_name() -> Cow<'static, str> {
        ResultTable::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ResultTable::json_schema(generator)
    }
}
