//! What people and programs are shown of a result.

pub(crate) mod completeness;
mod counts;
pub(crate) mod difference;
pub(crate) mod number;
pub(crate) mod prometheus;
pub(crate) mod report;
pub(crate) mod sheet;
pub(crate) mod tenants;
pub(crate) mod triage;
pub(crate) mod updates;
pub(crate) mod verdict;
