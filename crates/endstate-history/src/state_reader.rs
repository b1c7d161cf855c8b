//! Reads the table of states.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use delta_kernel::arrow::array::{Array as _, RecordBatch};
use endstate_analysis::HistoryBuilder;
use endstate_model::{DeviceId, UtcTime};

use crate::data_file::DataFile;
use crate::data_reader::{Columns, other_type, read};
use crate::folder::Folder;
use crate::state_batch::{KnownTexts, StateBatch};
use crate::state_columns::COLUMNS;
use crate::state_footer::StateFooter;
use crate::store_file::StoreFile;
use crate::{HistoryError, PullId, Snapshot, TenantName};

/// Batches that wait for the thread that follows devices. Each has about 2 MB.
const WAITING_BATCHES: usize = 2;

/// Threads that read files. More would wait for the one that follows devices.
const MAX_READERS: usize = 3;

/// The pulls that a file has.
pub(crate) fn snapshots(folder: &Folder, file: &DataFile) -> Result<Vec<Snapshot>, HistoryError> {
    let path = &file.path;
    let tenant = file.partition.tenant.as_deref().map(str::parse::<TenantName>).transpose()?;
    let snapshot = |pull: &str, started_at: UtcTime, devices: u64| Snapshot {
        pull: PullId::from_table(pull),
        tenant: tenant.clone(),
        started_at,
        devices,
        paths: vec![path.clone()],
    };
    if let Some(footer) = StateFooter::read(folder, file)? {
        return Ok(vec![snapshot(&footer.pull, footer.started_at, footer.devices)]);
    }

    let mut pulls: BTreeMap<(i64, String), u64> = BTreeMap::new();
    for batch in read(StoreFile::open(folder, path)?, path, &["pulled_at"], &["pull_id"])? {
        let batch = batch?;
        count_pulls(&mut pulls, &batch).ok_or_else(|| other_type(path))?;
    }
    let started_at = |moment: i64| UtcTime::from_second(moment.div_euclid(1_000_000));
    Ok(pulls.into_iter().map(|((moment, id), devices)| snapshot(&id, started_at(moment), devices)).collect())
}

fn count_pulls(pulls: &mut BTreeMap<(i64, String), u64>, batch: &RecordBatch) -> Option<()> {
    let columns = Columns::new(batch, COLUMNS);
    let (moments, ids) = (columns.moments("pulled_at")?, columns.texts("pull_id")?);
    // Rows of a pull follow each other, so there is little to look up.
    let mut row = 0;
    while row < batch.num_rows() {
        let (moment, id) = (moments.value(row), ids.value(row));
        let is_same = |row: &usize| ids.value(*row) == id && moments.value(*row) == moment;
        let same = (row..batch.num_rows()).take_while(is_same).count();
        *pulls.entry((moment, id.to_owned())).or_default() += same as u64;
        row += same;
    }
    Some(())
}

/// What a thread that reads files sends: the batches of each of its pulls, and the end of each.
enum Sent {
    Batch(Box<StateBatch>),
    End,
    Failed(HistoryError),
}

/// Adds the states of pulls. While this thread follows the devices of one, others read the next.
pub(crate) fn add(builder: &mut HistoryBuilder, folder: &Folder, snapshots: &[Snapshot]) -> Result<(), HistoryError> {
    let readers = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_READERS).min(snapshots.len());
    thread::scope(|scope| {
        let start = |reader: usize| {
            let (sender, receiver) = sync_channel(WAITING_BATCHES);
            scope.spawn(move || {
                snapshots.iter().skip(reader).step_by(readers).all(|snapshot| send(folder, snapshot, &sender));
            });
            receiver
        };
        let receivers: Vec<Receiver<Sent>> = (0..readers).map(start).collect();

        let mut known = KnownTexts::default();
        for (snapshot, receiver) in snapshots.iter().zip(receivers.iter().cycle()) {
            let is_counted = builder.begin_pull(snapshot.started_at).is_ok();
            loop {
                match receiver.recv() {
                    Ok(Sent::Batch(batch)) if is_counted => batch.add_to(builder, &snapshot.pull, &mut known),
                    Ok(Sent::Batch(_)) => {}
                    Ok(Sent::End) => break,
                    Ok(Sent::Failed(error)) => return Err(error),
                    Err(_) => return Err(HistoryError::store("read the history", "a thread ended")),
                }
            }
        }
        Ok(())
    })
}

/// Sends the batches of a pull. Returns whether the next pull is wanted.
fn send(folder: &Folder, snapshot: &Snapshot, sender: &SyncSender<Sent>) -> bool {
    let read_all = || -> Result<bool, HistoryError> {
        for path in &snapshot.paths {
            for batch in read(StoreFile::open(folder, path)?, path, StateBatch::COLUMNS, StateBatch::DICTIONARIES)? {
                let batch = batch?;
                let batch = StateBatch::new(&batch).ok_or_else(|| other_type(path))?;
                if sender.send(Sent::Batch(Box::new(batch))).is_err() {
                    return Ok(false);
                }
            }
        }
        Ok(sender.send(Sent::End).is_ok())
    };
    read_all().unwrap_or_else(|error| {
        // If no one waits any more, another error has ended the whole.
        _ = sender.send(Sent::Failed(error));
        false
    })
}

/// The names of some devices in a pull.
pub(crate) fn device_names(
    folder: &Folder,
    snapshot: &Snapshot,
    devices: &HashSet<&DeviceId>,
) -> Result<HashMap<DeviceId, Box<str>>, HistoryError> {
    let mut names = HashMap::new();
    for path in &snapshot.paths {
        for batch in read(StoreFile::open(folder, path)?, path, &["id", "device_name"], &["pull_id"])? {
            let batch = batch?;
            add_names(&mut names, &batch, snapshot, devices).ok_or_else(|| other_type(path))?;
        }
    }
    Ok(names)
}

fn add_names(
    names: &mut HashMap<DeviceId, Box<str>>,
    batch: &RecordBatch,
    snapshot: &Snapshot,
    devices: &HashSet<&DeviceId>,
) -> Option<()> {
    let columns = Columns::new(batch, COLUMNS);
    let (ids, of_devices, pulls) = (columns.texts("id")?, columns.texts("device_name")?, columns.texts("pull_id")?);
    for row in (0..batch.num_rows()).filter(|row| of_devices.is_valid(*row)) {
        let id = DeviceId::for_join(ids.value(row));
        if pulls.value(row) == snapshot.pull.as_str() && devices.contains(&id) {
            names.insert(id, of_devices.value(row).into());
        }
    }
    Some(())
}
