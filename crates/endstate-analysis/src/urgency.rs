//! Keeps the most urgent devices in a heap of fixed size.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use endstate_model::{AttentionProperties, DeviceId, MachineSecurityState, ParsedState};

/// The order of devices that need attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// The heaviest property first (its weight), then the number of properties, then the oldest
    /// build and revision, then the id.
    #[default]
    Urgency,
    /// Most properties first, then the oldest build and revision, then the id.
    Properties,
    /// The oldest build and revision first, then the id.
    Version,
    /// By id.
    Id,
    /// By the device's name; a device without a name comes after the others, by its id.
    Name,
}

/// The most urgent of the devices offered so far, at most `limit` of them.
#[derive(Debug, Clone)]
pub(crate) struct MostUrgent {
    limit: usize,
    order: Order,
    /// The kept devices. The least urgent is on top.
    heap: BinaryHeap<RankedDevice>,
}

impl MostUrgent {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, order: Order::default(), heap: BinaryHeap::new() }
    }

    pub(crate) fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// Keeps a state if its device needs attention, for the properties in `attention`, and is among
    /// the most urgent so far.
    pub(crate) fn offer(&mut self, state: &ParsedState<'_>, attention: &AttentionProperties) {
        if self.limit == 0 || attention.is_empty() {
            return;
        }
        let rank = Rank::new(self.order, attention, state.build, state.revision);
        let name = (self.order == Order::Name).then(|| SortedName::new(state));
        if self.heap.len() < self.limit {
            self.heap.push(RankedDevice { rank, name, state: state.to_owned() });
        } else if let Some(mut least) = self.heap.peek_mut()
            && (rank, &name, &state.id) < (least.rank, &least.name, &least.state.id)
        {
            // Copies the state only once it is certain to stay.
            *least = RankedDevice { rank, name, state: state.to_owned() };
        }
    }

    /// Adds the most urgent of other devices.
    pub(crate) fn merge(&mut self, other: Self) {
        self.heap.extend(other.heap);
        while self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<MachineSecurityState> {
        self.heap.into_sorted_vec().into_iter().map(|device| device.state).collect()
    }
}

/// The place of a device in the order; the smallest comes first. What an order does not compare is
/// equal for all devices. An unknown build or revision comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    weight: Reverse<u16>,
    properties: Reverse<usize>,
    build: (bool, Option<u32>),
    revision: (bool, Option<u32>),
}

impl Rank {
    fn new(order: Order, attention: &AttentionProperties, build: Option<u32>, revision: Option<u32>) -> Self {
        let weight = if order == Order::Urgency { attention.highest_weight() } else { 0 };
        let properties = if matches!(order, Order::Urgency | Order::Properties) { attention.len() } else { 0 };
        let ignores_version = matches!(order, Order::Id | Order::Name);
        let unless_by_id =
            |number: Option<u32>| if ignores_version { (false, None) } else { (number.is_none(), number) };
        Self {
            weight: Reverse(weight),
            properties: Reverse(properties),
            build: unless_by_id(build),
            revision: unless_by_id(revision),
        }
    }
}

/// A name as it sorts: without regard to case, and no name last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SortedName {
    is_missing: bool,
    name: String,
}

impl SortedName {
    fn new(state: &ParsedState<'_>) -> Self {
        let name = state.device.as_ref().and_then(|device| device.name.as_ref());
        Self { is_missing: name.is_none(), name: name.map(|name| name.to_lowercase()).unwrap_or_default() }
    }
}

#[derive(Debug, Clone)]
struct RankedDevice {
    rank: Rank,
    /// Only in the order by name.
    name: Option<SortedName>,
    state: MachineSecurityState,
}

impl RankedDevice {
    /// The id comes at the end, to make the order deterministic.
    fn key(&self) -> (Rank, Option<&SortedName>, &DeviceId) {
        (self.rank, self.name.as_ref(), &self.state.id)
    }
}

impl Ord for RankedDevice {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for RankedDevice {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for RankedDevice {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for RankedDevice {}
