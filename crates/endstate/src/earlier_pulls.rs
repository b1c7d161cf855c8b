//! Files of earlier pulls, the oldest first.

use std::path::{Path, PathBuf};

use endstate_analysis::{Condition, EarlierStates};
use endstate_model::MachineSecurityState;

use crate::output;
use crate::pull_facts::PullFacts;
use crate::pulled_file;
use crate::receipt::Receipt;
use crate::row::Row;

/// What earlier pulls said, and what is known of them.
#[derive(Debug)]
pub(crate) struct EarlierPulls {
    pub(crate) states: EarlierStates,
    /// The oldest first.
    pub(crate) facts: Vec<PullFacts>,
}

impl EarlierPulls {
    /// Reads the files in the order of their receipts; in the order in which they are given where one has none.
    pub(crate) fn read(files: &[PathBuf], condition: Option<&Condition<MachineSecurityState>>) -> anyhow::Result<Self> {
        let mut in_order: Vec<_> = files.iter().map(|file| (started_at(file), file)).collect();
        if in_order.iter().all(|(started_at, _)| started_at.is_some()) {
            in_order.sort();
        } else if files.len() > 1 {
            output::warn(
                "not every older pull has a receipt: they are taken to be given from the oldest to the newest",
            );
        }
        let mut earlier = Self { states: EarlierStates::new(), facts: Vec::new() };
        for (_, file) in in_order {
            earlier.states.begin_pull();
            let read = pulled_file::read(file, |row: &Row<'_, MachineSecurityState>| {
                if let Ok(state) = row.item()
                    && row.meets(condition)
                {
                    earlier.states.add(state);
                }
            })?;
            earlier.facts.push(PullFacts::of_file(file, &read)?);
        }
        Ok(earlier)
    }
}

fn started_at(file: &Path) -> Option<String> {
    Receipt::of(file).ok().flatten().map(|receipt| receipt.started_at)
}
