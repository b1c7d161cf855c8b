//! What each command does.

pub(crate) mod clouds;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod emulate;
pub(crate) mod pull;
pub(crate) mod triage;
pub(crate) mod updates;
