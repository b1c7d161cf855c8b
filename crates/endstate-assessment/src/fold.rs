//! Folds the rows of today's collections into one state for each device.

use std::hash::BuildHasher;

use endstate_model::{Device, DeviceId, Machine, MachineSecurityState, StateSource};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::device_record::DeviceRecord;
use crate::system_family::SystemFamily;
use crate::text_table::TextTable;
use crate::{AntivirusInfo, ConfigurationRow};

/// Folds rows while they are read: machines, antivirus reports and configurations, in any order.
///
/// A device takes at most 128 bytes until the last row is read, and each text is stored once. Rows
/// of one device need not be adjacent: a device that comes again is merged. Devices are the same if
/// their ids are the same [for a join](DeviceId::for_join). See the crate's example.
#[derive(Debug)]
pub struct StateFold {
    source: StateSource,
    records: Vec<DeviceRecord>,
    /// Positions in `records`, by device id.
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
    texts: TextTable,
    /// The device of the configuration before: rows of a device are usually adjacent.
    last: Option<LastDevice>,
    counts: FoldCounts,
}

/// The device of the last configuration.
#[derive(Debug)]
struct LastDevice {
    /// Its id as it was written.
    id: String,
    place: usize,
    /// What its last row says.
    family: SystemFamily,
}

/// What a fold has read, in whatever order. Every device is assessed or not, and `machines` lists
/// it or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoldCounts {
    /// Devices.
    pub devices: u64,
    /// Devices that `machines` lists.
    pub machines: u64,
    /// Devices with at least one configuration.
    pub assessed: u64,
    /// Devices without a configuration: they have only a machine record or an antivirus report.
    pub not_assessed: u64,
    /// Devices that `machines` does not list: they have only configurations or an antivirus report.
    pub not_listed: u64,
    /// Rows of configurations.
    pub rows: u64,
    /// Devices whose rows came in several places. Their rows are merged.
    pub apart: u64,
}

impl StateFold {
    /// A fold of rows from this source.
    pub fn new(source: StateSource) -> Self {
        Self {
            source,
            records: Vec::new(),
            places: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            texts: TextTable::default(),
            last: None,
            counts: FoldCounts::default(),
        }
    }

    /// Adds the record of a device. Every device with a record becomes a state.
    pub fn machine(&mut self, machine: &Machine) {
        let place = self.place(&machine.id.to_join());
        self.counts.machines += u64::from(!self.records[place].is_machine());
        self.records[place].machine(machine, &mut self.texts);
    }

    /// Adds an antivirus report. It is no assessment: a device with nothing else is not assessed.
    pub fn antivirus(&mut self, info: &AntivirusInfo<'_>) {
        let place = self.place(&DeviceId::for_join(&info.machine_id));
        let record = &mut self.records[place];
        record.antivirus(info, &mut self.texts);
    }

    /// Adds a row of the assessment.
    pub fn configuration(&mut self, row: &ConfigurationRow<'_>) {
        if self.last.as_ref().is_none_or(|last| last.id != row.device_id) {
            self.next_device(row);
        }
        if let Some(last) = &mut self.last {
            last.family = SystemFamily::from_platform(row.os_platform.as_deref());
        }
        self.configuration_of_last_device(row);
    }

    /// Adds a row of the device of the row before, with the same columns of the device. Returns
    /// whether there is a row before.
    pub(crate) fn configuration_of_last_device(&mut self, row: &ConfigurationRow<'_>) -> bool {
        let Some(&LastDevice { place, family, .. }) = self.last.as_ref() else { return false };
        self.counts.rows += 1;
        if let Some(configuration) = row.configuration {
            let evidence = &mut self.records[place].evidence;
            evidence.configuration(configuration, row.is_applicable, row.is_compliant, family);
        }
        true
    }

    /// Adds what a fold of configurations alone has read, such as those of one page or file, which
    /// count only once it was read whole. To add the same configurations again changes no state.
    pub fn merge_configurations(&mut self, other: &Self) {
        let last = self.last.as_ref().map(|last| last.place);
        for (index, record) in other.records.iter().enumerate().filter(|(_, record)| record.is_assessed()) {
            let place = self.place(&record.id);
            // The rows of the last device may continue.
            if index > 0 || last != Some(place) {
                self.mark_rows(place);
            }
            if record.is_apart() {
                self.mark_rows(place);
            }
            self.records[place].configurations_of(record, &other.texts, &mut self.texts);
        }
        self.counts.rows += other.counts.rows;
        if let Some(LastDevice { id, place, family }) = &other.last {
            let place = self.place(&other.records[*place].id);
            self.last = Some(LastDevice { id: id.clone(), place, family: *family });
        }
    }

    /// Notes that rows of a device begin, which were apart if it had rows before.
    fn mark_rows(&mut self, place: usize) {
        let record = &mut self.records[place];
        if !record.is_assessed() {
            record.mark_assessed();
            self.counts.assessed += 1;
        } else if !record.is_apart() {
            record.mark_apart();
            self.counts.apart += 1;
        }
    }

    /// Begins the rows of a device that is not the one of the row before.
    fn next_device(&mut self, row: &ConfigurationRow<'_>) {
        let place = self.place(&DeviceId::for_join(&row.device_id));
        // The same device may be written in another way.
        if self.last.as_ref().is_none_or(|last| last.place != place) {
            self.mark_rows(place);
        }
        let record = &mut self.records[place];
        record.version(row.os_version.as_deref(), &mut self.texts);
        let names = [&row.device_name, &row.os_platform, &row.group].map(Option::as_deref);
        record.names(names[0], names[1], names[2], &mut self.texts);

        let no_device = || LastDevice { id: String::new(), place, family: SystemFamily::NotKnown };
        let last = self.last.get_or_insert_with(no_device);
        last.id.clear();
        last.id.push_str(&row.device_id);
        last.place = place;
    }

    /// The place of a device, which is new if it was not seen before.
    fn place(&mut self, id: &DeviceId) -> usize {
        let hash = self.hasher.hash_one(id);
        let Self { records, places, hasher, .. } = self;
        if let Some(place) = places.find(hash, |place| records[*place as usize].id == *id) {
            return *place as usize;
        }
        let place = records.len();
        #[expect(clippy::expect_used, reason = "4,294,967,296 devices take 480 GB")]
        let number = u32::try_from(place).expect("fewer devices than memory can hold");
        places.insert_unique(hash, number, |place| hasher.hash_one(&records[*place as usize].id));
        records.push(DeviceRecord::new(id.clone()));
        self.counts.devices += 1;
        place
    }

    /// What the record of a device says; `None` if no record of it was added, or it says nothing.
    pub fn device(&self, id: &DeviceId) -> Option<Device> {
        let id = id.to_join();
        let hash = self.hasher.hash_one(&id);
        let place = self.places.find(hash, |place| self.records[*place as usize].id == id)?;
        Some(self.records[*place as usize].device(&self.texts)).filter(|device| !device.is_empty())
    }

    /// What was read so far.
    pub fn counts(&self) -> FoldCounts {
        let FoldCounts { devices, machines, assessed, .. } = self.counts;
        FoldCounts { not_assessed: devices - assessed, not_listed: devices - machines, ..self.counts }
    }

    /// The states, in the order in which the devices were first seen.
    pub fn states(&self) -> impl Iterator<Item = MachineSecurityState> + '_ {
        self.records.iter().map(|record| record.state(&self.texts, self.source.clone()))
    }
}
