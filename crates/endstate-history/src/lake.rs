//! A history of pulls: a table of states, and a table of pulls.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use endstate_analysis::{History, HistoryBuilder};
use endstate_model::{DeviceId, UtcTime};

use crate::data_file::DataFile;
use crate::expiry::Plan;
use crate::folder::Folder;
use crate::pull_record::{COMPLETE, date_of};
use crate::tables::{Tables, transaction};
use crate::verification::verify;
use crate::{
    Added, Expiry, HistoryError, Location, PullId, PullRecord, Retention, Snapshot, SnapshotWriter, States,
    StoredState, TenantName, Verification, pull_reader, state_reader, states,
};

/// A history of pulls in a folder: the Delta table `machinesecuritystates` has the states of all
/// complete pulls, and the Delta table `pulls` has a row for each pull, incomplete ones too.
///
/// Methods wait until files are read or written. In asynchronous code, call them in
/// `tokio::task::spawn_blocking`: in a runtime of one thread, they panic elsewhere.
///
/// ```
/// use endstate_history::{Added, Lake, PullId, PullRecord};
/// use endstate_model::{AttentionProperty, DeviceId, MachineSecurityState, UtcTime};
///
/// # let folder = tempfile::tempdir()?;
/// let lake = Lake::create(folder.path())?;
/// let mut state = MachineSecurityState::new(DeviceId::from("0001"));
/// for day in 0..3 {
///     let started_at = UtcTime::from_second(1_795_500_000 + day * 86_400);
///     let record = PullRecord::new(PullId::of(["contoso", &started_at.to_string()]), started_at);
///     if day == 1 {
///         state.properties_require_attention.insert(AttentionProperty::FirewallOff);
///     }
///     let mut snapshot = lake.begin(&record)?;
///     snapshot.add(&state, None)?;
///     assert_eq!(snapshot.finish(&record)?, Added::New);
/// }
///
/// let history = lake.history(None)?;
/// assert_eq!(history.open[0].since, UtcTime::from_second(1_795_586_400));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lake {
    tables: Tables,
}

impl Lake {
    /// Opens the history at a location, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// If the location cannot be written, or has a table that this version does not write.
    pub fn create(location: impl Into<Location>) -> Result<Self, HistoryError> {
        let lake = Self::at(&location.into().connect()?);
        for table in [&lake.tables.states, &lake.tables.pulls] {
            table.create_unless_there()?;
            table.snapshot()?;
        }
        Ok(lake)
    }

    /// Opens the history at a location.
    ///
    /// # Errors
    ///
    /// If it does not exist, cannot be read, or is a table that this version does not read.
    pub fn open(location: impl Into<Location>) -> Result<Self, HistoryError> {
        let lake = Self::at(&location.into().connect()?);
        lake.tables.states.snapshot()?;
        Ok(lake)
    }

    #[cfg(test)]
    pub(crate) fn of(tables: Tables) -> Self {
        Self { tables }
    }

    fn at(folder: &Folder) -> Self {
        Self { tables: Tables::in_folder(folder) }
    }

    /// Whether the table of states has a pull.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    pub fn has(&self, pull: &PullId) -> Result<bool, HistoryError> {
        self.tables.states.has(&self.tables.states.snapshot()?, &transaction(pull))
    }

    /// Begins to write the states of a pull. Only a complete pull may be
    /// [finished](SnapshotWriter::finish), because missing devices look like good news.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn begin(&self, record: &PullRecord) -> Result<SnapshotWriter, HistoryError> {
        SnapshotWriter::begin(self.tables.clone(), record)
    }

    /// Adds a pull to the table of pulls alone, such as an incomplete one. If that has the pull
    /// already, it stays as it is.
    ///
    /// # Errors
    ///
    /// If the table cannot be written.
    pub fn add_record(&self, record: &PullRecord) -> Result<Added, HistoryError> {
        self.tables.add_record(record, None)
    }

    /// The pulls in the table of states: by tenant, and the oldest first.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, HistoryError> {
        self.snapshots_of(|_| true)
    }

    /// The pulls of a tenant, the oldest first; those that name none for `None`. The files of other
    /// tenants are not read.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read.
    pub fn snapshots_of_tenant(&self, tenant: Option<&TenantName>) -> Result<Vec<Snapshot>, HistoryError> {
        let name = tenant.map(TenantName::as_str);
        self.snapshots_of(|file| file.partition.tenant.as_deref() == name)
    }

    /// The tenants of which the table of states has pulls; `None` for pulls that name none. No file
    /// of states is read.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    pub fn tenants(&self) -> Result<Vec<Option<TenantName>>, HistoryError> {
        let files = self.tables.states.files()?;
        let tenants: BTreeSet<_> = files.into_iter().map(|file| file.partition.tenant).collect();
        tenants.into_iter().map(|tenant| tenant.as_deref().map(str::parse).transpose()).collect()
    }

    fn snapshots_of(&self, is_read: impl Fn(&DataFile) -> bool) -> Result<Vec<Snapshot>, HistoryError> {
        let mut snapshots: Vec<Snapshot> = Vec::new();
        for file in self.tables.states.files()?.iter().filter(|file| is_read(file)) {
            snapshots.extend(state_reader::snapshots(&self.tables.states.folder, file)?);
        }
        snapshots.sort_by(|one, other| {
            (&one.tenant, one.started_at, &one.pull).cmp(&(&other.tenant, other.started_at, &other.pull))
        });
        snapshots.dedup_by(|next, first| {
            let is_same = (&next.tenant, &next.pull) == (&first.tenant, &first.pull);
            if is_same {
                first.join(next.clone());
            }
            is_same
        });
        Ok(snapshots)
    }

    /// The pulls that started between two moments: by tenant, and the oldest first. Only the files
    /// of these days are read.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read.
    pub fn snapshots_between(&self, first: UtcTime, last: UtcTime) -> Result<Vec<Snapshot>, HistoryError> {
        let days = date_of(first)..=date_of(last);
        let mut snapshots = self.snapshots_of(|file| days.contains(&file.partition.pulled_on))?;
        snapshots.retain(|snapshot| (first..=last).contains(&snapshot.started_at));
        Ok(snapshots)
    }

    /// The last pull of each tenant that started before a moment. Only the files of their days are
    /// read.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read.
    pub fn last_before(&self, moment: UtcTime) -> Result<Vec<Snapshot>, HistoryError> {
        let mut files = self.tables.states.files()?;
        files.sort_by_key(|file| std::cmp::Reverse(file.partition.pulled_on));
        let mut last: BTreeMap<Option<TenantName>, Snapshot> = BTreeMap::new();
        for file in files {
            let tenant = file.partition.tenant.as_deref().map(str::parse).transpose()?;
            let is_of_earlier_day =
                last.get(&tenant).is_some_and(|found| date_of(found.started_at) > file.partition.pulled_on);
            if is_of_earlier_day || file.partition.pulled_on > date_of(moment) {
                continue;
            }
            for snapshot in state_reader::snapshots(&self.tables.states.folder, &file)? {
                match last.get_mut(&tenant) {
                    _ if snapshot.started_at >= moment => {}
                    Some(found) if found.pull == snapshot.pull => found.join(snapshot),
                    Some(found) if found.started_at >= snapshot.started_at => {}
                    _ => _ = last.insert(tenant.clone(), snapshot),
                }
            }
        }
        Ok(last.into_values().collect())
    }

    /// The states of a pull, one at a time.
    pub fn states(&self, snapshot: &Snapshot) -> States {
        States::of(self.tables.states.folder.clone(), snapshot)
    }

    /// The states of some devices of a pull. `is_wanted` gets the id and the name of each.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn find_states(
        &self,
        snapshot: &Snapshot,
        is_wanted: impl Fn(&DeviceId, Option<&str>) -> bool,
    ) -> Result<Vec<StoredState>, HistoryError> {
        states::find(&self.tables.states.folder, snapshot, is_wanted)
    }

    /// The receipt of a pull in the table of states, verbatim; `None` if the table of pulls does
    /// not have it.
    ///
    /// # Errors
    ///
    /// If the table of pulls or one of its files cannot be read.
    pub fn receipt(&self, snapshot: &Snapshot) -> Result<Option<String>, HistoryError> {
        let day = date_of(snapshot.started_at);
        for file in self.tables.pulls.files()? {
            let is_of_day = file.partition.pulled_on == day
                && file.partition.tenant.as_deref() == snapshot.tenant.as_ref().map(TenantName::as_str);
            if !is_of_day {
                continue;
            }
            let records = pull_reader::records(&self.tables.pulls.folder, &file)?;
            let mut found = records.into_iter().map(|stored| stored.record);
            let found = found.find(|record| record.id == snapshot.pull && record.outcome == COMPLETE);
            if let Some(record) = found {
                return Ok(Some(record.receipt));
            }
        }
        Ok(None)
    }

    /// The rows of the table of pulls, incomplete pulls too: by tenant, and the oldest first.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read.
    pub fn records(&self) -> Result<Vec<PullRecord>, HistoryError> {
        let mut records = Vec::new();
        for file in self.tables.pulls.files()? {
            let stored = pull_reader::records(&self.tables.pulls.folder, &file)?;
            records.extend(stored.into_iter().map(|stored| stored.record));
        }
        records.sort_by(|one, other| {
            (&one.tenant, one.started_at, &one.id).cmp(&(&other.tenant, other.started_at, &other.id))
        });
        Ok(records)
    }

    /// Reads every file of both tables, and compares them with what was added.
    ///
    /// # Errors
    ///
    /// If a table cannot be read. What is wrong with a file is in the result.
    pub fn verify(&self) -> Result<Verification, HistoryError> {
        verify(&self.tables)
    }

    /// What [`expire`](Self::expire) would remove at this time.
    ///
    /// # Errors
    ///
    /// If the table cannot be read, or if a pull is from the future: then the clock is wrong.
    pub fn preview_expiry(&self, retention: &Retention, now: UtcTime) -> Result<Expiry, HistoryError> {
        Plan::new(&self.tables.states, &self.snapshots()?, retention, now).map(Plan::into_expiry)
    }

    /// Removes the pulls that are not kept from the table of states, in one version. Deletes files
    /// that no version has named for seven days. Readers and writers at the same time lose nothing.
    /// The table of pulls keeps their receipts.
    ///
    /// # Errors
    ///
    /// If the table cannot be read or written, or if a pull is from the future: then the clock is
    /// wrong, and nothing is removed.
    pub fn expire(&self, retention: &Retention, now: UtcTime) -> Result<Expiry, HistoryError> {
        let plan = Plan::new(&self.tables.states, &self.snapshots()?, retention, now)?;
        plan.carry_out(&self.tables.states)?;
        Ok(plan.into_expiry())
    }

    /// The names of some devices, as a pull has them. A device without a name is left out.
    ///
    /// # Errors
    ///
    /// If its file cannot be read.
    pub fn device_names(
        &self,
        snapshot: &Snapshot,
        devices: &HashSet<&DeviceId>,
    ) -> Result<HashMap<DeviceId, Box<str>>, HistoryError> {
        state_reader::device_names(&self.tables.states.folder, snapshot, devices)
    }

    /// What happened from pull to pull of a tenant; of the only one for `None`. Of several pulls
    /// that started in the same second, one counts.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read, or if it has several tenants and none is
    /// named.
    pub fn history(&self, tenant: Option<&TenantName>) -> Result<History, HistoryError> {
        let snapshots = if tenant.is_some() { self.snapshots_of_tenant(tenant)? } else { self.snapshots()? };
        if snapshots.windows(2).any(|pair| pair[0].tenant != pair[1].tenant) {
            return Err(HistoryError::SeveralTenants);
        }
        let mut builder = HistoryBuilder::new();
        self.add_to(&mut builder, &snapshots)?;
        Ok(builder.finish())
    }

    /// Adds the states of pulls to a history, the oldest first. A pull that did not start after the
    /// one before is left out.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn add_to(&self, builder: &mut HistoryBuilder, snapshots: &[Snapshot]) -> Result<(), HistoryError> {
        state_reader::add(builder, &self.tables.states.folder, snapshots)
    }
}
