//! What a JSON object in a file is: an item, or something else that people give in its place.

use std::path::Path;

use anyhow::{anyhow, bail};
use endstate_odata::{Error, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A JSON object of a file.
pub(super) enum Document<'d> {
    Item,
    /// A page as the service sent it, such as one that curl saved.
    Page(Page<'d>),
}

/// Members that tell documents apart. An item has none of them.
#[derive(Deserialize)]
struct Members<'d> {
    #[serde(borrow)]
    value: Option<&'d RawValue>,
    #[serde(borrow)]
    error: Option<&'d RawValue>,
    #[serde(borrow)]
    retry_budget: Option<&'d RawValue>,
    #[serde(borrow)]
    checkpoint: Option<&'d RawValue>,
    /// Of a receipt: the file that it describes.
    #[serde(default)]
    output: Option<serde_json::Value>,
}

impl<'d> Document<'d> {
    /// Recognizes a document. It is an error if it has no items.
    pub(super) fn recognize(text: &'d str, path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let Ok(members) = serde_json::from_str::<Members<'_>>(text) else { return Ok(Self::Item) };
        if members.retry_budget.is_some() {
            let file = members.output.as_ref().and_then(serde_json::Value::as_str);
            let next = file.map_or("name the file of rows beside it".to_owned(), |file| format!("read {file}"));
            bail!("{shown} is a receipt, not the rows that it describes; {next}");
        }
        if members.checkpoint.is_some() {
            bail!("{shown} is a checkpoint, not rows; read the file beside it that ends in .partial");
        }
        let has_array = members.value.is_some_and(|value| value.get().starts_with('['));
        if !has_array && members.error.is_none() {
            return Ok(Self::Item);
        }
        match Page::parse(text) {
            Ok(page) => Ok(Self::Page(page)),
            Err(Error::Service(error)) => Err(anyhow!("{shown} is an error of the service, not rows: {error}")),
            // An item with a member of this name.
            Err(_) => Ok(Self::Item),
        }
    }
}
