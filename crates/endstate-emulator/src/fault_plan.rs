//! The faults that are still to come, and the devices that were served on whole pages.

use std::collections::BTreeSet;

use crate::fault::{Fault, FaultKind};

/// The faults of a service.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    /// Each fault, with the number of requests that it still affects. `None` means without end.
    faults: Vec<(Fault, Option<u32>)>,
    /// The faults that affected a request, by their place in `faults`.
    fired: BTreeSet<usize>,
    /// Devices on pages that were sent whole: their ids, or their JSON if they have no id.
    served: BTreeSet<String>,
}

impl FaultPlan {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let with_times = |fault: Fault| {
            let times = fault.times;
            (fault, times)
        };
        let faults = faults.into_iter().map(with_times).collect();
        Self { faults, fired: BTreeSet::new(), served: BTreeSet::new() }
    }

    /// Starts again: all faults are still to come, and nothing was served.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.faults.drain(..).map(|(fault, _)| fault).collect());
    }

    /// Returns the faults that affected no request, as they were written.
    pub(crate) fn unused(&self) -> Vec<String> {
        let unused = self.faults.iter().enumerate().filter(|(place, _)| !self.fired.contains(place));
        unused.map(|(_, (fault, _))| fault.to_string()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Returns the faults of this page request, and counts them down.
    pub(crate) fn take(&mut self, page: u32) -> Vec<FaultKind> {
        let mut kinds = Vec::new();
        for (place, (fault, left)) in self.faults.iter_mut().enumerate() {
            // The port refuses before there is a request: `take_refusal`.
            let is_refusal = matches!(fault.kind, FaultKind::Refused(_));
            if is_refusal || fault.page.is_some_and(|its| its != page) || *left == Some(0) {
                continue;
            }
            if let Some(left) = left {
                *left -= 1;
            }
            tracing::info!(%fault, page, "fault");
            self.fired.insert(place);
            kinds.push(fault.kind.clone());
            // A request has at most one fault of its page, plus the faults of every page.
            if fault.page.is_some() {
                break;
            }
        }
        kinds
    }

    /// Returns how long the port must refuse connections before this page is requested, if a fault
    /// says so.
    pub(crate) fn take_refusal(&mut self, page: u32) -> Option<std::time::Duration> {
        for (place, (fault, left)) in self.faults.iter_mut().enumerate() {
            if let FaultKind::Refused(duration) = fault.kind
                && fault.page.is_none_or(|its| its == page)
                && *left != Some(0)
            {
                if let Some(left) = left {
                    *left -= 1;
                }
                tracing::info!(%fault, page, "fault");
                self.fired.insert(place);
                return Some(duration);
            }
        }
        None
    }

    /// Records a device that was served on a whole page.
    pub(crate) fn serve(&mut self, device: String) {
        self.served.insert(device);
    }

    pub(crate) fn served(&self) -> &BTreeSet<String> {
        &self.served
    }
}
