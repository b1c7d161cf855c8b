//! The faults of today's APIs that are still to come.

use std::collections::BTreeSet;

use super::fault::{DefenderFault, DefenderFaultKind};

/// The faults of the APIs.
#[derive(Debug, Default)]
pub(crate) struct DefenderFaultPlan {
    /// Each fault, with the number of requests that it still affects. `None` means without end.
    faults: Vec<(DefenderFault, Option<u32>)>,
    /// The faults that affected a request, by their place in `faults`.
    fired: BTreeSet<usize>,
}

impl DefenderFaultPlan {
    pub(crate) fn new(faults: Vec<DefenderFault>) -> Self {
        let with_times = |fault: DefenderFault| {
            let times = fault.times;
            (fault, times)
        };
        Self { faults: faults.into_iter().map(with_times).collect(), fired: BTreeSet::new() }
    }

    /// Starts again: all faults are still to come.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.faults.drain(..).map(|(fault, _)| fault).collect());
    }

    /// Returns the faults that affected no request, as they were written.
    pub(crate) fn unused(&self) -> Vec<String> {
        let unused = self.faults.iter().enumerate().filter(|(place, _)| !self.fired.contains(place));
        unused.map(|(_, (fault, _))| fault.to_string()).collect()
    }

    /// Returns the first fault of these kinds, and counts it down.
    pub(crate) fn take(&mut self, is_its: impl Fn(DefenderFaultKind) -> bool) -> Option<DefenderFaultKind> {
        let is_left = |(fault, left): &(DefenderFault, Option<u32>)| is_its(fault.kind) && *left != Some(0);
        let place = self.faults.iter().position(is_left)?;
        let (fault, left) = &mut self.faults[place];
        *left = left.map(|left| left - 1);
        tracing::info!(%fault, "fault");
        self.fired.insert(place);
        Some(fault.kind)
    }
}
