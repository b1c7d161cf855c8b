//! What takes the states of a triage: counts them, and compares them with earlier pulls.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use endstate_analysis::{DifferenceBuilder, TriageBuilder};
use endstate_model::{MachineSecurityState, ParsedState};

use crate::rows::{Row, RowSink};

/// Counts states, and compares them with earlier pulls if there are any.
#[derive(Debug)]
pub(super) struct TriageSink {
    pub(super) triage: TriageBuilder,
    pub(super) difference: Option<DifferenceBuilder>,
}

impl TriageSink {
    fn add(&mut self, row: &Row<'_, MachineSecurityState>) {
        if self.difference.is_none()
            && let Some(state) = ParsedState::read(row.raw)
        {
            // The fast path: nothing of the state has to be kept.
            row.mark_valid();
            self.triage.add_parsed(&state);
        } else if let Ok(state) = row.item() {
            self.triage.add(state);
            if let Some(difference) = &mut self.difference {
                difference.compare(state);
            }
        }
    }
}

impl RowSink<MachineSecurityState> for TriageSink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        self.add(row);
        Ok(())
    }
}

/// The states of one of several tenants, which count for the tenant and for all tenants together.
#[derive(Debug)]
pub(super) struct TenantSink {
    pub(super) own: TriageSink,
    pub(super) all: Rc<RefCell<TriageSink>>,
}

impl RowSink<MachineSecurityState> for TenantSink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        self.own.add(row);
        self.all.borrow_mut().add(row);
        Ok(())
    }
}
