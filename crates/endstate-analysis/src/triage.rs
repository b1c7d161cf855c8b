//! Triage: how many devices need attention, why, and which need it most.

use std::collections::HashMap;
use std::hash::Hash;

use crate::urgency::MostUrgent;
use endstate_model::{Architecture, AttentionProperty, Category, MachineSecurityState};

/// Counts states one by one; see the crate's example.
///
/// A device is counted each time that it is added: whoever adds it takes care that it comes once, as a pull does.
#[derive(Debug)]
pub struct TriageBuilder {
    devices: u64,
    need_attention: u64,
    by_property: HashMap<AttentionProperty, u64>,
    by_category: HashMap<Category, u64>,
    by_build: HashMap<Option<u32>, (u64, u64)>,
    by_architecture: HashMap<Option<Architecture>, (u64, u64)>,
    most_urgent: MostUrgent,
}

/// What needs attention in a fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Triage {
    /// All devices.
    pub devices: u64,
    /// Devices with at least one property that requires attention.
    pub need_attention: u64,
    /// Devices by property, in the order of the vendor's report, unknown ones last. A device stands in each of its rows.
    pub by_property: Vec<Tally<AttentionProperty>>,
    /// Devices by category, in the order of the vendor's report. A device stands once in each category that it has a property
    /// of.
    pub by_category: Vec<Tally<Category>>,
    /// Devices by build, oldest first, those without a build last.
    pub by_build: Vec<Tally<Option<u32>>>,
    /// Devices by architecture, those without one last.
    pub by_architecture: Vec<Tally<Option<Architecture>>>,
    /// The devices that need most attention: most properties first, then the oldest build and revision, then by id.
    pub most_urgent: Vec<MachineSecurityState>,
}

/// A row of a count: a value and the devices that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally<K> {
    /// The value that is counted.
    pub key: K,
    /// Devices with this value.
    pub devices: u64,
    /// Devices with this value that need attention.
    pub need_attention: u64,
}

impl TriageBuilder {
    /// Starts with no devices; `limit` is how many of the devices that need most attention are kept.
    pub fn new(limit: usize) -> Self {
        Self {
            devices: 0,
            need_attention: 0,
            by_property: HashMap::new(),
            by_category: HashMap::new(),
            by_build: HashMap::new(),
            by_architecture: HashMap::new(),
            most_urgent: MostUrgent::new(limit),
        }
    }

    /// Counts one device.
    pub fn add(&mut self, state: &MachineSecurityState) {
        let needs_attention = u64::from(!state.properties_require_attention.is_empty());
        self.devices += 1;
        self.need_attention += needs_attention;
        // Properties come in the order of the vendor's report, so that those of one category stand together; unknown ones come
        // last and may return to a category that was counted, hence the list.
        let mut counted: Vec<Category> = Vec::new();
        for property in state.properties_require_attention.iter() {
            add_one(&mut self.by_property, property);
            let category = property.category();
            if !counted.contains(&category) {
                counted.push(category);
                add_one(&mut self.by_category, &category);
            }
        }
        let build = self.by_build.entry(state.build).or_default();
        build.0 += 1;
        build.1 += needs_attention;
        // No `entry`: the key of a known value costs nothing to look up, and only a new one is copied.
        match self.by_architecture.get_mut(&state.architecture) {
            Some(architecture) => {
                architecture.0 += 1;
                architecture.1 += needs_attention;
            }
            None => {
                self.by_architecture.insert(state.architecture.clone(), (1, needs_attention));
            }
        }
        self.most_urgent.offer(state);
    }

    /// Sorts what was counted.
    pub fn finish(self) -> Triage {
        Triage {
            devices: self.devices,
            need_attention: self.need_attention,
            by_property: all_need_attention(self.by_property),
            by_category: all_need_attention(self.by_category),
            by_build: nones_last(self.by_build),
            by_architecture: nones_last(self.by_architecture),
            most_urgent: self.most_urgent.into_sorted(),
        }
    }
}

impl Extend<MachineSecurityState> for TriageBuilder {
    fn extend<T: IntoIterator<Item = MachineSecurityState>>(&mut self, states: T) {
        for state in states {
            self.add(&state);
        }
    }
}

impl Triage {
    /// Devices that need no attention.
    pub fn need_none(&self) -> u64 {
        self.devices - self.need_attention
    }
}

impl<K> Tally<K> {
    /// The share of `all` devices that this row's are, from 0 to 1; 0 of none.
    pub fn share_of(&self, all: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
        if all == 0 { 0.0 } else { self.devices as f64 / all as f64 }
    }
}

fn add_one<K: Hash + Eq + Clone>(counts: &mut HashMap<K, u64>, key: &K) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.clone(), 1);
        }
    }
}

/// Rows of values that require attention by themselves.
fn all_need_attention<K: Ord>(counts: HashMap<K, u64>) -> Vec<Tally<K>> {
    let rows = counts.into_iter().map(|(key, devices)| Tally { key, devices, need_attention: devices });
    sorted(rows, |row, other| row.key.cmp(&other.key))
}

fn nones_last<K: Ord>(counts: HashMap<Option<K>, (u64, u64)>) -> Vec<Tally<Option<K>>> {
    let rows = counts.into_iter().map(|(key, (devices, need_attention))| Tally { key, devices, need_attention });
    sorted(rows, |row, other| (row.key.is_none(), &row.key).cmp(&(other.key.is_none(), &other.key)))
}

fn sorted<T>(rows: impl Iterator<Item = T>, order: impl FnMut(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
    let mut rows: Vec<T> = rows.collect();
    rows.sort_unstable_by(order);
    rows
}
