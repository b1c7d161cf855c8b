//! Parts of the schemas of results that no type of the result describes.

use schemars::JsonSchema;

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
