//! Keeps the most urgent devices in a heap of fixed size.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use endstate_model::{DeviceId, MachineSecurityState, ParsedState};

/// The most urgent of the devices offered so far, at most `limit` of them.
#[derive(Debug)]
pub(crate) struct MostUrgent {
    limit: usize,
    /// The kept devices. The least urgent is on top.
    heap: BinaryHeap<ByUrgency>,
}

impl MostUrgent {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// Keeps a state if its device needs attention and is among the most urgent so far.
    pub(crate) fn offer(&mut self, state: &ParsedState<'_>) {
        if self.limit == 0 || state.properties_require_attention.is_empty() {
            return;
        }
        if self.heap.len() < self.limit {
            self.heap.push(ByUrgency(state.to_owned()));
        } else if let Some(mut least) = self.heap.peek_mut()
            && urgency_of_parsed(state) < urgency(&least.0)
        {
            // Copies the state only once it is certain to stay.
            *least = ByUrgency(state.to_owned());
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<MachineSecurityState> {
        self.heap.into_sorted_vec().into_iter().map(|device| device.0).collect()
    }
}

/// The sort key of a device. A smaller key is more urgent: first the device with more properties,
/// then the one with the older build, then the older revision. An unknown build or revision comes
/// last. The id comes at the end, to make the order deterministic.
type Urgency<'s> = (Reverse<usize>, (bool, Option<u32>), (bool, Option<u32>), &'s DeviceId);

fn urgency(state: &MachineSecurityState) -> Urgency<'_> {
    urgency_of(state.properties_require_attention.len(), state.build, state.revision, &state.id)
}

fn urgency_of_parsed<'s>(state: &'s ParsedState<'_>) -> Urgency<'s> {
    urgency_of(state.properties_require_attention.len(), state.build, state.revision, &state.id)
}

fn urgency_of(properties: usize, build: Option<u32>, revision: Option<u32>, id: &DeviceId) -> Urgency<'_> {
    (Reverse(properties), (build.is_none(), build), (revision.is_none(), revision), id)
}

#[derive(Debug)]
struct ByUrgency(MachineSecurityState);

impl Ord for ByUrgency {
    fn cmp(&self, other: &Self) -> Ordering {
        urgency(&self.0).cmp(&urgency(&other.0))
    }
}

impl PartialOrd for ByUrgency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByUrgency {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByUrgency {}
