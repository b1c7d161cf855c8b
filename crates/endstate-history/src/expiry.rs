//! Removes old pulls, and the files that no version names any more.

use std::collections::HashSet;

use delta_kernel::object_store::ObjectMeta;
use endstate_model::UtcTime;
use serde_json::Value;

use crate::delta_table::DeltaTable;
use crate::{HistoryError, Retention, Snapshot};

/// A file that no version names stays this long: a reader may still read an older version, and a
/// writer may not have named it yet.
const DAYS_OF_OLD_FILES: i64 = 7;

/// What an expiry removes, or has removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expiry {
    /// The pulls that leave the table of states, the newest first. Their files are deleted seven
    /// days later.
    pub pulls: Vec<Snapshot>,
    /// Files that are deleted: no version names them, and none has for seven days.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// What would be removed.
pub(crate) struct Plan {
    pub(crate) pulls: Vec<Snapshot>,
    /// The files that leave the table.
    leaving: HashSet<String>,
    /// The files to delete, by their paths in the table.
    old: Vec<(String, u64)>,
}

impl Plan {
    /// `snapshots` are all pulls of the table.
    pub(crate) fn new(
        states: &DeltaTable,
        snapshots: &[Snapshot],
        retention: &Retention,
        now: UtcTime,
    ) -> Result<Self, HistoryError> {
        if let Some(last) = snapshots.iter().map(|snapshot| snapshot.started_at).max().filter(|last| *last > now) {
            return Err(HistoryError::Clock { now, last });
        }
        let mut pulls = retention.expired(snapshots.to_vec(), now);
        keep_shared(&mut pulls, snapshots);
        let leaving = pulls.iter().flat_map(|pull| pull.paths.iter().cloned()).collect();
        Ok(Self { pulls, leaving, old: old_files(states, now)? })
    }

    /// Removes it. The table is whole after each step.
    pub(crate) fn carry_out(&self, states: &DeltaTable) -> Result<(), HistoryError> {
        if !self.leaving.is_empty() {
            states.remove(&self.leaving)?;
        }
        let deleted: Vec<_> = self.old.iter().map(|(path, _)| states.folder.try_delete(path)).collect();
        // One that cannot be deleted does not keep the others.
        deleted.into_iter().collect()
    }

    pub(crate) fn into_expiry(self) -> Expiry {
        let bytes = self.old.iter().map(|(_, bytes)| bytes).sum();
        Expiry { pulls: self.pulls, files: self.old.len() as u64, bytes }
    }
}

/// Takes out the pulls of which a file has another pull that stays. Such a pull keeps its other
/// files, and with them what else these have.
fn keep_shared(pulls: &mut Vec<Snapshot>, all: &[Snapshot]) {
    loop {
        let before = pulls.len();
        let is_leaving = |snapshot: &Snapshot| {
            pulls.iter().any(|pull| (&pull.tenant, &pull.pull) == (&snapshot.tenant, &snapshot.pull))
        };
        let staying = all.iter().filter(|snapshot| !is_leaving(snapshot));
        let staying: HashSet<_> = staying.flat_map(|snapshot| &snapshot.paths).collect();
        pulls.retain(|pull| !pull.paths.iter().any(|path| staying.contains(path)));
        if pulls.len() == before {
            return;
        }
    }
}

/// The files of a table that no version names, and none has named for some days.
fn old_files(table: &DeltaTable, now: UtcTime) -> Result<Vec<(String, u64)>, HistoryError> {
    let before = now.as_second() - DAYS_OF_OLD_FILES * 86_400;
    let is_old = |file: &ObjectMeta| file.last_modified.timestamp() < before;
    // In this order: what another program removes in between is still among the named.
    let mut named: HashSet<String> = table.files()?.into_iter().map(|file| file.path).collect();
    let listed = table.folder.list()?;

    // What a version of these days has removed was named until then.
    let has_extension = |path: &str, wanted: &str| path.rsplit_once('.').is_some_and(|(_, found)| found == wanted);
    let is_version = |path: &str| path.starts_with("_delta_log/") && has_extension(path, "json");
    for (path, _) in listed.iter().filter(|(path, file)| is_version(path) && !is_old(file)) {
        let log = table.folder.read(path)?;
        let actions = log.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        named.extend(actions.filter_map(|action| action["remove"]["path"].as_str().map(ToOwned::to_owned)));
    }

    let is_data = |path: &str| path.contains("/pulled_on=") && has_extension(path, "parquet");
    let files = listed.into_iter().filter(|(path, file)| is_data(path) && is_old(file) && !named.contains(path));
    Ok(files.map(|(path, file)| (path, file.size)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PullId;

    #[test]
    fn pulls_that_are_chained_by_their_files_stay_whole() {
        let snapshot = |name: &str, files: &[&str]| Snapshot {
            pull: PullId::of([name]),
            tenant: None,
            started_at: UtcTime::from_second(1_795_500_000),
            devices: 1,
            paths: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        // The first leaves with its own file; the others are chained to the last, which stays.
        let all = [
            snapshot("0", &["own"]),
            snapshot("1", &["a"]),
            snapshot("2", &["a", "b"]),
            snapshot("3", &["b", "c"]),
            snapshot("4", &["c"]),
        ];
        let mut pulls = all[..4].to_vec();
        keep_shared(&mut pulls, &all);
        assert_eq!(pulls, all[..1]);
    }
}
