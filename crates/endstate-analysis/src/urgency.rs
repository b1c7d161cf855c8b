//! Which devices need most attention, kept in a heap of fixed size.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use endstate_model::{DeviceId, MachineSecurityState, ParsedState};

/// The most urgent devices of those that were offered, `limit` at the most.
#[derive(Debug)]
pub(crate) struct MostUrgent {
    limit: usize,
    /// The least urgent of them on top.
    heap: BinaryHeap<ByUrgency>,
}

impl MostUrgent {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// Takes a state if it needs attention and is among the most urgent so far.
    pub(crate) fn offer(&mut self, state: &ParsedState<'_>) {
        if self.limit == 0 || state.properties_require_attention.is_empty() {
            return;
        }
        if self.heap.len() < self.limit {
            self.heap.push(ByUrgency(state.to_owned()));
        } else if let Some(mut least) = self.heap.peek_mut()
            && urgency_of_parsed(state) < urgency(&least.0)
        {
            // Copied only once it is known to stay.
            *least = ByUrgency(state.to_owned());
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<MachineSecurityState> {
        self.heap.into_sorted_vec().into_iter().map(|device| device.0).collect()
    }
}

/// The smaller, the more urgent: most properties first; among as many the older build and then the older revision, an
/// unknown one last; then the smaller id, so that the order is the same each time.
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
