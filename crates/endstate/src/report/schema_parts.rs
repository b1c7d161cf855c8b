//! Parts of the schemas of results that no type of the result describes.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::table::ResultTable;
use super::table_stream::TableStream;

/// How a pull ended.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct OutcomeFields {
    /// `complete`, `incomplete` or `unknown`.
    outcome: String,
    /// Why it is incomplete, such as `page_lost`, or unknown, such as `no_receipt`; null if it is
    /// complete.
    reason: Option<String>,
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
