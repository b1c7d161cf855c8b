//! A build without histories: says how to get one.

use std::path::Path;

use super::Asked;
use crate::cli::{HistoryAddArgs, HistoryArgs, HistoryListArgs};
use crate::exit::{Exit, UsageError};

fn refused<T>() -> anyhow::Result<T> {
    let message = "this build of endstate has no histories, except --demo; \
                   install one that has: cargo install --path crates/endstate --features history";
    Err(UsageError::new(message).into())
}

pub(super) fn add(_: &HistoryAddArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn list(_: &HistoryListArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn read(_: &Path, _: &HistoryArgs) -> anyhow::Result<Asked> {
    refused()
}
