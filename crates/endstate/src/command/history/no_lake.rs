//! A build without histories: says how to get one.

use std::path::Path;

use endstate_analysis::{Condition, PullCounts};
use endstate_model::MachineSecurityState;

use super::Asked;
use super::wanted_device::{FoundStates, Wanted};
use crate::cli::{HistoryAddArgs, HistoryArgs, HistoryExpireArgs, HistoryListArgs, HistoryShowArgs, HistoryVerifyArgs};
use crate::exit::{Exit, UsageError};
use crate::report::history::Question;
use crate::report::trend_lines::TenantPulls;

fn refused<T>() -> anyhow::Result<T> {
    let message = "this build of endstate has no histories, except --demo; \
                   install one that has: cargo install --path crates/endstate --features history";
    Err(UsageError::new(message).into())
}

pub(crate) fn prepare(_: &Path) -> anyhow::Result<()> {
    refused()
}

pub(crate) fn add_file(_: &Path, _: &Path) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn add(_: &HistoryAddArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn list(_: &HistoryListArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn read(
    _: &Path,
    _: &HistoryArgs,
    _: Option<&Condition<MachineSecurityState>>,
    _: Question,
) -> anyhow::Result<Asked> {
    refused()
}

pub(super) fn tenants(_: &Path, _: &HistoryArgs) -> anyhow::Result<Vec<TenantPulls>> {
    refused()
}

pub(crate) fn check(_: &Path) -> anyhow::Result<()> {
    refused()
}

pub(crate) fn pulls(_: &Path, _: Option<&str>) -> anyhow::Result<Vec<PullCounts>> {
    refused()
}

pub(super) fn show(_: &HistoryShowArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn verify(_: &HistoryVerifyArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn expire(_: &HistoryExpireArgs) -> anyhow::Result<Exit> {
    refused()
}

pub(super) fn states_of(_: &Path, _: &HistoryArgs, _: Wanted<'_>) -> anyhow::Result<FoundStates> {
    refused()
}
