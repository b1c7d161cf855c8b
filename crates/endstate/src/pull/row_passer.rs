//! Passes rows on: those that match to the sink, and what cannot be read to the counts.

use std::io;

use endstate_analysis::Condition;
use endstate_model::{DeviceId, Entity, MachineSecurityState};
use endstate_odata::RawItem;
use endstate_paging::PulledPage;

use crate::rows::{DeviceTable, InvalidItems, Row, RowSink};
use crate::service::source::LiveSource;

/// Rows on their way to a sink.
pub(super) struct RowPasser<'p, E, S> {
    pub(super) source: &'p LiveSource,
    pub(super) sink: &'p mut S,
    pub(super) condition: Option<&'p Condition<E>>,
    /// What is joined to each row.
    devices: Option<DeviceTable>,
    /// Whether the condition names groups, and not all of them were read.
    lacks_groups: bool,
    pub(super) invalid: InvalidItems,
    /// Readable rows that did not match the condition.
    pub(super) not_matching: u64,
    /// Rows that could not be read, so they could not match.
    pub(super) left_out_unread: u64,
    pub(super) passed: u64,
}

impl<'p, E: Entity, S: RowSink<E>> RowPasser<'p, E, S> {
    pub(super) fn new(
        source: &'p LiveSource,
        sink: &'p mut S,
        condition: Option<&'p Condition<E>>,
        invalid: InvalidItems,
    ) -> Self {
        Self {
            source,
            sink,
            condition,
            devices: None,
            lacks_groups: false,
            invalid,
            not_matching: 0,
            left_out_unread: 0,
            passed: 0,
        }
    }

    /// Passes the rows of a page on.
    pub(super) fn page(&mut self, page: &PulledPage) -> io::Result<()> {
        let tenant = self.source.settings.tenant_label();
        let devices = self.devices.take();
        let passed = page.rows().enumerate().try_for_each(|(index, raw)| {
            let mut row = Row::new(raw, tenant);
            row.devices = devices.as_ref();
            self.row(&row, || {
                let tenant = tenant.map(|tenant| format!("{tenant}: ")).unwrap_or_default();
                let item = page.position(index).unwrap_or(index) + 1;
                format!("{tenant}item {item} of page {}", page.number())
            })
        });
        self.devices = devices;
        passed
    }

    /// Joins devices to each row.
    pub(super) fn join(&mut self, devices: DeviceTable) {
        let names_groups = self.condition.is_some_and(|condition| condition.fields().contains(&"group"));
        self.lacks_groups = names_groups && !devices.has_all_groups;
        // Rows to which nothing is joined need not be decoded.
        self.devices = Some(devices).filter(|devices| !devices.is_empty());
    }

    /// Passes a state of today's sources on.
    pub(super) fn state(&mut self, state: &MachineSecurityState) -> io::Result<()> {
        let json = serde_json::to_string(state)?;
        let raw = RawItem::parse(&json).map_err(io::Error::other)?;
        let row = Row::new(raw, self.source.settings.tenant_label()).of_current_source();
        // What was written from a state can be read as one, if it has an id.
        if state.unreadable_fields().is_empty() && state.id != DeviceId::from("") {
            row.mark_valid();
        }
        self.row(&row, || format!("device {}", state.id))
    }

    /// The name of the tenant is also that of an only one, whose rows do not carry it.
    fn row(&mut self, row: &Row<'_, E>, place: impl FnOnce() -> String) -> io::Result<()> {
        let name = self.source.settings.profile.as_deref();
        let decision = row.decide(self.condition, name);
        let is_decided = decision.is_some() && !self.lacks_groups;
        self.invalid.counts.undecided += u64::from(!is_decided);
        if decision == Some(true) {
            self.passed += 1;
            self.sink.row(row)?;
        } else {
            self.sink.left_out(row);
            let count = if row.item().is_ok() { &mut self.not_matching } else { &mut self.left_out_unread };
            *count += 1;
        }
        // After the sink: a sink that has read the row knows that it is valid.
        self.invalid.check(row, place);
        Ok(())
    }
}
