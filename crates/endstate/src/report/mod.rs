//! What is shown of a result, for people and programs. Returns strings; never prints.

pub(crate) mod checks;
mod counts;
pub(crate) mod current_updates;
pub(crate) mod difference;
mod document;
pub(crate) mod hint;
mod json_document;
mod layout;
mod markdown;
pub(crate) mod outcome;
mod prometheus;
pub(crate) mod table;
pub(crate) mod tenants;
pub(crate) mod triage;
pub(crate) mod updates;
