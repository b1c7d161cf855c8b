//! What each command does.

pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod emulate;
pub(crate) mod pull;
pub(crate) mod triage;
pub(crate) mod updates;
