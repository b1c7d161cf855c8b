//! Running a pull: from a request to rows in a sink and a receipt.

mod assessments;
mod configuration_rows;
mod devices;
mod export;
mod export_rows;
mod hunting;
pub(crate) mod outcome;
mod preview;
pub(crate) mod read;
pub(crate) mod request;
mod row_passer;
mod run;
pub(crate) mod runner;
mod unread_rows;
pub(crate) mod vulnerabilities;
