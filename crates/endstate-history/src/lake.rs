//! A history of pulls: a table of states, and a table of pulls.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use endstate_analysis::{History, HistoryBuilder};
use endstate_model::DeviceId;

use crate::folder::Folder;
use crate::tables::{Tables, transaction};
use crate::{Added, HistoryError, PullId, PullRecord, Snapshot, SnapshotWriter, TenantName, state_reader};

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
    /// Opens the history in a folder, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written, or has a table that this version does not write.
    pub fn create(folder: &Path) -> Result<Self, HistoryError> {
        let lake = Self::at(&Folder::local(folder)?);
        for table in [&lake.tables.states, &lake.tables.pulls] {
            table.create_unless_there()?;
            table.snapshot()?;
        }
        Ok(lake)
    }

    /// Opens the history in a folder.
    ///
    /// # Errors
    ///
    /// If it does not exist, cannot be read, or is a table that this version does not read.
    pub fn open(folder: &Path) -> Result<Self, HistoryError> {
        let lake = Self::at(&Folder::local(folder)?);
        lake.tables.states.snapshot()?;
        Ok(lake)
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
        self.tables.add_record(record)
    }

    /// The pulls in the table of states: by tenant, and the oldest first.
    ///
    /// # Errors
    ///
    /// If the table or one of its files cannot be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, HistoryError> {
        let mut snapshots: Vec<Snapshot> = Vec::new();
        for file in self.tables.states.files()? {
            snapshots.extend(state_reader::snapshots(&self.tables.states.folder, &file)?);
        }
        snapshots.sort_by(|one, other| {
            (&one.tenant, one.started_at, &one.pull).cmp(&(&other.tenant, other.started_at, &other.pull))
        });
        snapshots.dedup_by(|next, first| {
            let is_same = (&next.tenant, &next.pull) == (&first.tenant, &first.pull);
            if is_same {
                first.devices += next.devices;
                first.paths.append(&mut next.paths);
            }
            is_same
        });
        Ok(snapshots)
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
        let mut snapshots = self.snapshots()?;
        if tenant.is_some() {
            snapshots.retain(|snapshot| snapshot.tenant.as_ref() == tenant);
        }
        if snapshots.windows(2).any(|pair| pair[0].tenant != pair[1].tenant) {
            return Err(HistoryError::SeveralTenants);
        }
        let mut builder = HistoryBuilder::new();
        for snapshot in &snapshots {
            self.add_to(&mut builder, snapshot)?;
        }
        Ok(builder.finish())
    }

    /// Adds the states of a pull to a history. A pull that did not start after the one before is
    /// left out.
    ///
    /// # Errors
    ///
    /// If its file cannot be read.
    pub fn add_to(&self, builder: &mut HistoryBuilder, snapshot: &Snapshot) -> Result<(), HistoryError> {
        if builder.begin_pull(snapshot.started_at).is_err() {
            return Ok(());
        }
        state_reader::add(builder, &self.tables.states.folder, snapshot)
    }
}
