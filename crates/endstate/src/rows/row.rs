//! One row of a pull or a file: what the service sent, and what it means.

use std::cell::{Cell, OnceCell};

use endstate_analysis::Condition;
use endstate_model::{Entity, MachineSecurityState, ParsedState};
use endstate_odata::RawItem;

use super::device_table::DeviceTable;

/// An item of a collection, as sent and as understood.
#[derive(Debug)]
pub(crate) struct Row<'r, E> {
    /// The item, verbatim.
    pub(crate) raw: RawItem<'r>,
    /// The name of its tenant, if there are several tenants.
    pub(crate) tenant: Option<&'r str>,
    /// The devices of which one is joined to the item.
    pub(crate) devices: Option<&'r DeviceTable>,
    /// Whether it is a state of one of today's sources, with the fields of today.
    pub(crate) is_current: bool,
    /// Read at most once, and only if a caller needs it.
    item: OnceCell<Result<E, endstate_odata::Error>>,
    /// Whether a sink has already found it valid.
    is_known_valid: Cell<bool>,
}

/// What cannot be read of a row.
#[derive(Debug)]
pub(crate) enum RowProblem<'r> {
    /// It is not what the collection holds.
    Invalid(&'r endstate_odata::Error),
    /// It is, but these fields cannot be read.
    Fields(&'r [&'static str]),
}

impl<'r, E: Entity> Row<'r, E> {
    pub(crate) fn new(raw: RawItem<'r>, tenant: Option<&'r str>) -> Self {
        Self { raw, tenant, devices: None, is_current: false, item: OnceCell::new(), is_known_valid: Cell::new(false) }
    }

    /// Notes that the row is a state of one of today's sources.
    pub(crate) fn of_current_source(self) -> Self {
        Self { is_current: true, ..self }
    }

    /// What it is, or why it cannot be read as that.
    pub(crate) fn item(&self) -> Result<&E, &endstate_odata::Error> {
        let read = || {
            let mut item = E::read(self.raw)?;
            if let Some(devices) = self.devices {
                item.join(|id| devices.get(id));
            }
            Ok(item)
        };
        self.item.get_or_init(read).as_ref()
    }

    /// Notes that the item is valid, so it is not read again to find out.
    pub(crate) fn mark_valid(&self) {
        self.is_known_valid.set(true);
    }

    /// What cannot be read of it; `None` if everything can.
    pub(crate) fn problem(&self) -> Option<RowProblem<'_>> {
        if self.is_known_valid.get() || self.item.get().is_none() && E::is_certainly_valid(self.raw) {
            return None;
        }
        match self.item() {
            Err(error) => Some(RowProblem::Invalid(error)),
            Ok(item) => Some(item.unreadable_fields()).filter(|fields| !fields.is_empty()).map(RowProblem::Fields),
        }
    }

    /// Whether it matches the condition, if there is one; `None` if what the condition asks about
    /// is not known of the row. A row that cannot be read matches none. `tenant` is the tenant of a
    /// row that does not name its own.
    pub(crate) fn decide(&self, condition: Option<&Condition<E>>, tenant: Option<&str>) -> Option<bool> {
        let Some(condition) = condition else { return Some(true) };
        self.item().map_or(Some(false), |item| condition.decide(item, self.tenant.or(tenant)))
    }
}

impl Row<'_, MachineSecurityState> {
    /// Has the state read by `read`; `None` if the row is no state. Nothing is built for a row in
    /// the document's form.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&ParsedState<'_>) -> T) -> Option<T> {
        if self.devices.is_none()
            && self.item.get().is_none()
            && let Some(state) = ParsedState::read(self.raw)
        {
            self.mark_valid();
            return Some(read(&state));
        }
        self.item().ok().map(|state| read(&state.into()))
    }
}
