//! The columns of the table of pulls, and a record as a row of it.

use crate::PullRecord;
use crate::columns::{Column, Kind, Rows};
use crate::data_file::WrittenFile;

/// The columns. A later version may add some at the end; it changes and removes none.
pub(crate) const COLUMNS: &[Column] = &[
    Column::new("pull_id", Kind::Text),
    Column::new("started_at", Kind::Moment),
    Column::new("finished_at", Kind::Moment),
    Column::new("source", Kind::Text),
    Column::new("service", Kind::Text),
    Column::new("profile", Kind::Text),
    Column::new("outcome", Kind::Text),
    Column::new("reason", Kind::Text),
    Column::new("devices", Kind::Long),
    Column::new("rows", Kind::Long),
    Column::new("not_assessed", Kind::Long),
    Column::new("receipt", Kind::Text),
    Column::new("receipt_digest", Kind::Text),
    Column::new("states_file", Kind::Text),
    Column::new("states_digest", Kind::Text),
];

/// Adds a record. `states` is the file that has its states, if one does.
pub(crate) fn add(rows: &mut Rows, record: &PullRecord, states: Option<&WrittenFile>) {
    rows.text(Some(record.id.as_str()))
        .moment(Some(record.started_at))
        .moment(record.finished_at)
        .text(Some(&record.source))
        .text(Some(&record.service))
        .text(record.profile.as_deref())
        .text(Some(&record.outcome))
        .text(record.reason.as_deref())
        .long(Some(record.devices))
        .long(Some(record.rows))
        .long(record.not_assessed)
        .text(Some(&record.receipt))
        .text(Some(&record.receipt_digest()))
        .text(states.map(|states| &*states.file.path))
        .text(states.map(|states| &*states.digest));
}
