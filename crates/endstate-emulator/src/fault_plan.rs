//! Which faults are still to come, and what was served whole in spite of them.

use std::collections::BTreeSet;

use crate::fault::{Fault, FaultKind};

/// The faults of a service.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    /// Each with how many requests it still meets; `None` is for ever.
    faults: Vec<(Fault, Option<u32>)>,
    /// Devices of pages that were answered whole: their ids, or their JSON where they have none.
    served: BTreeSet<String>,
}

impl FaultPlan {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let with_times = |fault: Fault| {
            let times = fault.times;
            (fault, times)
        };
        Self { faults: faults.into_iter().map(with_times).collect(), served: BTreeSet::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// What goes wrong with this request for a page.
    pub(crate) fn take(&mut self, page: u32) -> Vec<FaultKind> {
        let mut kinds = Vec::new();
        for (fault, left) in &mut self.faults {
            if fault.page.is_some_and(|its| its != page) || *left == Some(0) {
                continue;
            }
            if let Some(left) = left {
                *left -= 1;
            }
            kinds.push(fault.kind.clone());
            // A request has one fault of its own; those of every page go with it.
            if fault.page.is_some() {
                break;
            }
        }
        kinds
    }

    /// How long nobody listens when this page is about to be asked for.
    pub(crate) fn take_refusal(&mut self, page: u32) -> Option<std::time::Duration> {
        for (fault, left) in &mut self.faults {
            if let FaultKind::Refused(duration) = fault.kind
                && fault.page == Some(page)
                && *left != Some(0)
            {
                if let Some(left) = left {
                    *left -= 1;
                }
                return Some(duration);
            }
        }
        None
    }

    /// Notes a device that was served on a whole page.
    pub(crate) fn serve(&mut self, device: String) {
        self.served.insert(device);
    }

    pub(crate) fn served(&self) -> &BTreeSet<String> {
        &self.served
    }
}
