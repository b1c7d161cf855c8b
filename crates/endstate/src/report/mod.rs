//! What is shown of a result, for people and programs. Makes or writes text; never prints.

pub(crate) mod changed_device;
pub(crate) mod checks;
mod counts;
pub(crate) mod current_updates;
pub(crate) mod device_name;
pub(crate) mod device_page;
pub(crate) mod difference;
mod document;
pub(crate) mod explanation;
pub(crate) mod hint;
pub(crate) mod html;
mod json_document;
mod layout;
pub(crate) mod list_rows;
pub(crate) mod listing;
mod markdown;
pub(crate) mod markdown_text;
pub(crate) mod outcome;
pub(crate) mod portal;
mod prometheus;
pub(crate) mod table;
mod table_stream;
pub(crate) mod tenants;
pub(crate) mod triage;
pub(crate) mod updates;
