//! Which devices need most attention, kept in a heap of fixed size.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use endstate_model::MachineSecurityState;

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
    pub(crate) fn offer(&mut self, state: &MachineSecurityState) {
        if self.limit == 0 || state.properties_require_attention.is_empty() {
            return;
        }
        if self.heap.len() < self.limit {
            self.heap.push(ByUrgency(state.clone()));
        } else if let Some(mut least) = self.heap.peek_mut()
            && urgency(state) < urgency(&least.0)
        {
            // Copied only once it is known to stay.
            *least = ByUrgency(state.clone());
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<MachineSecurityState> {
        self.heap.into_sorted_vec().into_iter().map(|device| device.0).collect()
    }
}

/// The smaller, the more urgent: most properties first; among as many the older build and then the older revision, an
/// unknown one last; then the smaller id, so that the order is the same each time.
fn urgency(state: &MachineSecurityState) -> impl Ord + '_ {
    let properties = Reverse(state.properties_require_attention.len());
    let build = (state.build.is_none(), state.build);
    let revision = (state.revision.is_none(), state.revision);
    (properties, build, revision, &state.id)
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
