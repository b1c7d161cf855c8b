//! What people and programs are shown of a result.

pub(crate) mod completeness;
mod counts;
pub(crate) mod number;
pub(crate) mod triage;
pub(crate) mod verdict;
