//! The devices of a fleet: counted, and compared with earlier pulls, for each tenant separately.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::rc::Rc;

use endstate_analysis::{DeviceChange, DeviceKey, DifferenceBuilder, LeaveOut, Order, TriageBuilder};
use endstate_model::MachineSecurityState;

use super::earlier::EarlierByTenant;
use crate::rows::{Row, RowSink};
use crate::store::history::EarlierPulls;
use crate::store::pull_info::PullInfo;

/// How devices are counted.
#[derive(Debug, Clone, Copy)]
pub(in crate::command) struct Counting {
    pub(in crate::command) limit: usize,
    pub(in crate::command) order: Order,
    pub(in crate::command) count_by: Option<DeviceKey>,
    pub(in crate::command) includes_informational: bool,
}

impl Counting {
    /// A triage without devices.
    pub(super) fn builder(self) -> TriageBuilder {
        let builder =
            TriageBuilder::new(self.limit).order(self.order).include_informational(self.includes_informational);
        match self.count_by {
            Some(key) => builder.count_by(key),
            None => builder,
        }
    }
}

/// Takes each device that counts.
pub(in crate::command) trait DeviceSink {
    /// `change` is what is new since the pull before, if there is one.
    fn device(&mut self, row: &Row<'_, MachineSecurityState>, tenant: Option<&str>, change: Option<DeviceChange>);
}

/// The devices of all tenants. A device id that occurs in two tenants is two devices.
pub(super) struct Fleet {
    counting: Counting,
    /// Which devices of each input do not count.
    rules: Vec<Option<LeaveOut>>,
    earlier: EarlierByTenant,
    sink: Option<Rc<RefCell<dyn DeviceSink>>>,
    pub(super) tenants: Vec<TenantDevices>,
    /// The place of each tenant that has a name, and of the tenant of the last row.
    places: HashMap<String, usize>,
    last: usize,
    /// Two inputs with devices of the same tenant, which would count twice.
    pub(super) conflict: Option<Conflict>,
}

/// Two inputs with devices of one tenant.
#[derive(Debug)]
pub(super) struct Conflict {
    pub(super) tenant: String,
    pub(super) first: usize,
    pub(super) second: usize,
}

/// The devices of one tenant.
#[derive(Debug)]
pub(super) struct TenantDevices {
    /// `None` if there is only one tenant, which need not have a name.
    pub(super) name: Option<String>,
    /// The number of the input that has the tenant.
    pub(super) input: usize,
    pub(super) triage: TriageBuilder,
    pub(super) difference: Option<DifferenceBuilder>,
    /// The pulls that `difference` compares with, oldest first.
    pub(super) pulls: Vec<PullInfo>,
}

impl Fleet {
    pub(super) fn new(
        counting: Counting,
        rules: Vec<Option<LeaveOut>>,
        earlier: EarlierByTenant,
        sink: Option<Rc<RefCell<dyn DeviceSink>>>,
    ) -> Self {
        Self { counting, rules, earlier, sink, tenants: Vec::new(), places: HashMap::new(), last: 0, conflict: None }
    }

    /// The tenant with this name, which is new if no device of it was seen before.
    fn tenant(&mut self, name: Option<&str>, input: usize) -> &mut TenantDevices {
        let is_last = self.tenants.get(self.last).is_some_and(|tenant| tenant.name.as_deref() == name);
        let place = match name {
            _ if is_last => Some(self.last),
            Some(name) => self.places.get(name).copied(),
            None => self.tenants.iter().position(|tenant| tenant.name.is_none()),
        };

        let place = place.unwrap_or_else(|| {
            let earlier = self.earlier.take(name);
            let (difference, pulls) = match earlier {
                Some(EarlierPulls { states, pulls }) => (Some(DifferenceBuilder::new(states)), pulls),
                None => (None, Vec::new()),
            };
            let mut triage = self.counting.builder();
            if let Some(rule) = self.rules.get(input).copied().flatten() {
                triage = triage.leave_out(rule);
            }
            self.places.extend(name.map(|name| (name.to_owned(), self.tenants.len())));
            self.tenants.push(TenantDevices { name: name.map(ToOwned::to_owned), input, triage, difference, pulls });
            self.tenants.len() - 1
        });

        self.last = place;
        let tenant = &mut self.tenants[place];
        if tenant.input != input && self.conflict.is_none() {
            let name = tenant.name.clone().unwrap_or_default();
            self.conflict = Some(Conflict { tenant: name, first: tenant.input, second: input });
        }
        tenant
    }

    /// A tenant with no devices is a tenant, too.
    pub(super) fn begin(&mut self, name: Option<&str>, input: usize) {
        self.tenant(name, input);
    }

    pub(super) fn counting(&self) -> Counting {
        self.counting
    }
}

impl TenantDevices {
    fn add(&mut self, row: &Row<'_, MachineSecurityState>) {
        row.read(|state| {
            let counts = self.triage.add_parsed(state);
            if let Some(difference) = &mut self.difference {
                if counts {
                    difference.compare_parsed(state);
                } else {
                    difference.note_seen(&state.id);
                }
            }
        });
    }

    /// The same. Returns whether the device counts, and what changed on it.
    fn add_counted(&mut self, row: &Row<'_, MachineSecurityState>) -> (bool, Option<DeviceChange>) {
        let counts = row.read(|state| {
            let counts = self.triage.add_parsed(state);
            let change = match &mut self.difference {
                Some(difference) if counts => difference.compare_parsed(state),
                Some(difference) => {
                    difference.note_seen(&state.id);
                    None
                }
                None => None,
            };
            (counts, change)
        });
        counts.unwrap_or_default()
    }

    /// The device exists, even if it does not match.
    fn note_seen(&mut self, row: &Row<'_, MachineSecurityState>) {
        let Some(difference) = &mut self.difference else { return };
        row.read(|state| difference.note_seen(&state.id));
    }
}

/// Takes the rows of one input.
pub(super) struct FleetSink {
    pub(super) fleet: Rc<RefCell<Fleet>>,
    pub(super) input: usize,
    /// The tenant of rows that do not name theirs.
    pub(super) tenant: Option<String>,
}

impl RowSink<MachineSecurityState> for FleetSink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        let tenant = row.tenant.or(self.tenant.as_deref());
        let mut fleet = self.fleet.borrow_mut();
        let Some(sink) = fleet.sink.clone() else {
            // A triage needs no more, and is faster without it.
            fleet.tenant(tenant, self.input).add(row);
            return Ok(());
        };
        let (counts, change) = fleet.tenant(tenant, self.input).add_counted(row);
        if counts {
            sink.borrow_mut().device(row, tenant, change);
        }
        Ok(())
    }

    fn left_out(&mut self, row: &Row<'_, MachineSecurityState>) {
        let tenant = row.tenant.or(self.tenant.as_deref());
        self.fleet.borrow_mut().tenant(tenant, self.input).note_seen(row);
    }
}
