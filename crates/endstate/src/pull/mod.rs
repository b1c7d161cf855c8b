//! Running a pull: from a request to rows in a sink and a receipt.

pub(crate) mod outcome;
pub(crate) mod read;
pub(crate) mod request;
pub(crate) mod runner;
