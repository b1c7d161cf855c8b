//! Files of earlier pulls, oldest first.

use std::path::{Path, PathBuf};

use endstate_analysis::{Condition, EarlierStates};
use endstate_model::MachineSecurityState;

use super::pull_info::PullInfo;
use super::reader;
use super::receipt::Receipt;
use crate::rows::Row;
use crate::terminal::output;

/// What earlier pulls contain, and what is known of them.
#[derive(Debug)]
pub(crate) struct EarlierPulls {
    pub(crate) states: EarlierStates,
    /// Oldest first.
    pub(crate) pulls: Vec<PullInfo>,
}

impl EarlierPulls {
    /// Reads the files in the order of their receipts, or in the given order if one has no receipt.
    pub(crate) fn read(files: &[PathBuf], condition: Option<&Condition<MachineSecurityState>>) -> anyhow::Result<Self> {
        let mut in_order: Vec<_> = files.iter().map(|file| (started_at(file), file)).collect();
        if in_order.iter().all(|(started_at, _)| started_at.is_some()) {
            in_order.sort();
        } else if files.len() > 1 {
            output::warn("not every older pull has a receipt; endstate reads them as given, oldest first");
        }

        let mut earlier = Self { states: EarlierStates::new(), pulls: Vec::new() };
        for (_, file) in in_order {
            earlier.states.begin_pull();
            let read = reader::read(file, |row: &Row<'_, MachineSecurityState>| {
                if let Ok(state) = row.item()
                    && row.matches(condition)
                {
                    earlier.states.add(state);
                }
            })?;
            earlier.pulls.push(PullInfo::from_file(file, &read)?);
        }
        Ok(earlier)
    }
}

fn started_at(file: &Path) -> Option<String> {
    Receipt::for_file(file).ok().flatten().map(|receipt| receipt.started_at)
}
