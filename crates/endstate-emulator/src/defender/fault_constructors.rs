//! Constructors of the faults of today's APIs: each has the defaults of its name.

use super::fault::{DefenderFault, DefenderFaultKind};

/// Each fault as often as its name has it.
impl DefenderFault {
    /// Hunting for devices: 400, the query was preempted, once.
    pub fn preempted() -> Self {
        Self::scripted("preempted", DefenderFaultKind::Preempted, None)
    }

    /// Hunting for devices: 400, the result is too large, once.
    pub fn result_size() -> Self {
        Self::scripted("result-size", DefenderFaultKind::ResultSize, None)
    }

    /// Hunting for devices: 500 with an empty message, once.
    pub fn hunting_500() -> Self {
        Self::scripted("hunting-500", DefenderFaultKind::Hunting500, None)
    }

    /// Hunting for devices: 502 with the HTML of a proxy, once.
    pub fn hunting_502() -> Self {
        Self::scripted("hunting-502", DefenderFaultKind::Hunting502, None)
    }

    /// Hunting for devices: rows after this many are cut off without an error, always.
    pub fn row_limit(rows: u64) -> Self {
        Self::scripted("row-limit", DefenderFaultKind::RowLimit(rows), Some(rows.to_string()))
    }

    /// Hunting for devices: 400, a table is not known, as without its license, always.
    pub fn missing_table() -> Self {
        Self::scripted("missing-table", DefenderFaultKind::MissingTable, None)
    }

    /// Hunting: 403, the permission is missing, always.
    pub fn hunting_403() -> Self {
        Self::scripted("hunting-403", DefenderFaultKind::Forbidden, None)
    }

    /// Assessments: the rows of some devices come in two distant places, always (a valid response).
    pub fn rows_apart() -> Self {
        Self::scripted("rows-apart", DefenderFaultKind::RowsApart, None)
    }

    /// Assessments: a next link leads past a page of rows, once.
    pub fn lost_page() -> Self {
        Self::scripted("lost-page", DefenderFaultKind::LostPage, None)
    }

    /// Export: the URLs of the files have expired, once.
    pub fn expired_url() -> Self {
        Self::scripted("expired-url", DefenderFaultKind::ExpiredUrl, None)
    }

    /// Export: a file is cut off in a clean 200, once.
    pub fn cut_gzip() -> Self {
        Self::scripted("cut-gzip", DefenderFaultKind::CutGzip, None)
    }

    /// Export: each call after the first has a new generation of files, and the old files are gone,
    /// always.
    pub fn changed_generation() -> Self {
        Self::scripted("changed-generation", DefenderFaultKind::ChangedGeneration, None)
    }

    /// Machines: 403 with the error body, always.
    pub fn machines_403() -> Self {
        Self::scripted("machines-403", DefenderFaultKind::Machines403, None)
    }

    /// Machines: 404, as if no device were there, always.
    pub fn machines_404() -> Self {
        Self::scripted("machines-404", DefenderFaultKind::Machines404, None)
    }
}
