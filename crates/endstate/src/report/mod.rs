//! What is shown of a result, for people and programs. Makes or writes text; never prints.

pub(crate) mod changed_device;
pub(crate) mod checks;
mod counts;
pub(crate) mod current_updates;
pub(crate) mod device_name;
pub(crate) mod device_page;
pub(crate) mod device_timeline;
pub(crate) mod difference;
mod document;
pub(crate) mod explanation;
pub(crate) mod fleet_report;
pub(crate) mod hint;
pub(crate) mod history;
pub(crate) mod history_list;
pub(crate) mod html;
pub(crate) mod json_document;
mod layout;
pub(crate) mod list_rows;
pub(crate) mod listing;
mod markdown;
pub(crate) mod markdown_text;
pub(crate) mod outcome;
pub(crate) mod portal;
mod prometheus;
mod pull_days;
mod pull_output;
#[cfg(test)]
mod schema_parts;
mod sparkline;
pub(crate) mod table;
mod table_stream;
pub(crate) mod tenants;
mod trend_chart;
pub(crate) mod trend_lines;
pub(crate) mod triage;
pub(crate) mod triage_output;
pub(crate) mod updates;
