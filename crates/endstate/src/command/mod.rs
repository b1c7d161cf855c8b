//! What each command does: one file each, or a folder. `fleet/` reads the devices that triage
//! and report are of.

mod checks;
pub(crate) mod clouds;
mod command_named;
pub(crate) mod completions;
mod condition;
pub(crate) mod config;
mod device_reading;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod emulate;
pub(crate) mod explain;
mod fleet;
mod gate;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod man;
mod notify;
pub(crate) mod pull;
pub(crate) mod report;
mod report_outcome;
mod result_output;
pub(crate) mod serve;
pub(crate) mod show;
mod table_columns;
mod tenant_input;
pub(crate) mod triage;
pub(crate) mod updates;
