//! Keeps the most urgent devices.

use std::cmp::Reverse;

use endstate_model::{AttentionProperties, DeviceId, MachineSecurityState, ParsedState};

use crate::first_few::FirstFew;

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
    devices: FirstFew<Key, MachineSecurityState>,
}

/// What decides the order. The name is only in the order by name, and the id makes the order
/// deterministic.
type Key = (Rank, Option<SortedName>, DeviceId);

impl MostUrgent {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, order: Order::default(), devices: FirstFew::new() }
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
        self.devices.offer(self.limit, (rank, name, state.id.clone()), || state.to_owned());
    }

    /// Adds the most urgent of other devices.
    pub(crate) fn merge(&mut self, other: Self) {
        self.devices.merge(self.limit, other.devices);
    }

    pub(crate) fn into_sorted(self) -> Vec<MachineSecurityState> {
        self.devices.into_sorted().map(|(_, state)| state).collect()
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
