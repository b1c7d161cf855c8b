//! Whether a history is what was added to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::data_file::DataFile;
use crate::data_reader::read;
use crate::folder::Folder;
use crate::pull_id::hex;
use crate::pull_record::COMPLETE;
use crate::state_columns::COLUMNS;
use crate::store_file::StoreFile;
use crate::tables::Tables;
use crate::{HistoryError, PullId, pull_reader, state_reader};

/// What a verification has read, and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// The pulls in the table of states.
    pub pulls: u64,
    /// The states of all of them.
    pub states: u64,
    /// The files that have them.
    pub files: u64,
    /// Files that still are as this program wrote them, by their SHA-256. Another engine has
    /// written the others.
    pub unchanged_files: u64,
    /// What is wrong; empty if nothing is.
    pub findings: Vec<Finding>,
    /// Settings of the table with which other engines raise its protocol when they write, so this
    /// version could not read it any more.
    pub raising_settings: Vec<String>,
}

/// What is wrong with a history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The table names a file that does not exist.
    MissingFile(String),
    /// A file cannot be read whole.
    Damaged {
        /// The file, in the folder of the table.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file has other bytes than were written.
    OtherDigest(String),
    /// A pull has another number of states than its receipt has devices.
    OtherCount {
        /// The pull.
        pull: PullId,
        /// Its states in the table.
        states: u64,
        /// Its devices in the receipt.
        devices: u64,
    },
    /// The table of pulls does not have the pull. Adding it again repairs that.
    NoRecord(PullId),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingFile(path) => write!(f, "{path} is missing; restore it from a backup"),
            Self::Damaged { path, why } => write!(f, "{path} cannot be read ({why}); restore it from a backup"),
            Self::OtherDigest(path) => {
                write!(f, "{path} has other bytes than were written; restore it from a backup")
            }
            Self::OtherCount { pull, states, devices } => {
                write!(f, "the pull {pull} has {states} states, and its receipt has {devices} devices")
            }
            Self::NoRecord(pull) => {
                write!(f, "the pull {pull} is not in the table of pulls; add its file again to repair that")
            }
        }
    }
}

/// The settings of a Delta table with which a writer raises its protocol above reader 1, writer 2.
const RAISING_SETTINGS: [&str; 8] = [
    "delta.enableDeletionVectors",
    "delta.enableChangeDataFeed",
    "delta.columnMapping.mode",
    "delta.enableRowTracking",
    "delta.enableInCommitTimestamps",
    "delta.enableTypeWidening",
    "delta.enableIcebergCompatV2",
    "delta.checkpointPolicy",
];

/// Reads every file of both tables.
pub(crate) fn verify(tables: &Tables) -> Result<Verification, HistoryError> {
    let mut result = Verification::default();
    let mut records = BTreeMap::new();
    let mut written = BTreeMap::new();
    for file in tables.pulls.files()? {
        match pull_reader::records(&tables.pulls.folder, &file) {
            Ok(of_file) => {
                for stored in of_file.into_iter().filter(|stored| stored.record.outcome == COMPLETE) {
                    written.extend(stored.states);
                    records.insert(stored.record.id, stored.record.devices);
                }
            }
            Err(error) => result.findings.push(finding(&file.path, error)?),
        }
    }

    let mut pulls: BTreeMap<PullId, u64> = BTreeMap::new();
    let mut unread = BTreeSet::new();
    let folder = &tables.states.folder;
    for file in tables.states.files()? {
        result.files += 1;
        let checked = check(folder, &file, written.get(&file.path).map(String::as_str));
        let is_sound = checked.is_ok();
        match checked {
            Ok(is_unchanged) => result.unchanged_files += u64::from(is_unchanged == Some(true)),
            Err(error) => result.findings.push(finding(&file.path, error)?),
        }
        match state_reader::snapshots(folder, &file) {
            Ok(snapshots) => {
                for snapshot in snapshots {
                    *pulls.entry(snapshot.pull).or_default() += snapshot.devices;
                }
            }
            Err(error) => {
                // What is wrong with the file is a finding once.
                if is_sound {
                    result.findings.push(finding(&file.path, error)?);
                }
                unread.insert(file.path);
            }
        }
    }

    for (pull, states) in pulls {
        result.pulls += 1;
        result.states += states;
        match records.get(&pull) {
            None => result.findings.push(Finding::NoRecord(pull)),
            // A file that cannot be read may have the rest.
            Some(devices) if *devices != states && unread.is_empty() => {
                result.findings.push(Finding::OtherCount { pull, states, devices: *devices });
            }
            Some(_) => {}
        }
    }
    for table in [&tables.states, &tables.pulls] {
        let settings = table.settings()?;
        let raising = RAISING_SETTINGS.iter().filter_map(|name| Some((name, settings.get(*name)?)));
        let raising = raising.filter(|(_, value)| !["false", "none", "classic"].contains(&value.as_str()));
        result.raising_settings.extend(raising.map(|(name, value)| format!("{name}={value}")));
    }
    Ok(result)
}

/// Reads a file whole. Returns whether it has the bytes that were written, if that is known.
fn check(folder: &Folder, file: &DataFile, digest: Option<&str>) -> Result<Option<bool>, HistoryError> {
    let bytes = folder.read(&file.path)?;
    let is_unchanged = digest.map(|digest| hex(&hmac_sha256::Hash::hash(&bytes)) == digest);
    if is_unchanged == Some(false) {
        return Err(HistoryError::OtherBytes { path: file.path.clone() });
    }
    let names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
    let mut rows = 0;
    for batch in read(StoreFile::whole(bytes), &file.path, &names, &[])? {
        rows += batch?.num_rows() as u64;
    }
    match file.rows {
        Some(expected) if expected != rows => {
            Err(HistoryError::damaged(&file.path, format!("it has {rows} rows, and the table says {expected}")))
        }
        _ => Ok(is_unchanged),
    }
}

/// What an error says of a file. A store that cannot be reached is no finding.
fn finding(path: &str, error: HistoryError) -> Result<Finding, HistoryError> {
    let path = path.to_owned();
    match error {
        HistoryError::MissingFile { .. } => Ok(Finding::MissingFile(path)),
        HistoryError::OtherBytes { .. } => Ok(Finding::OtherDigest(path)),
        HistoryError::Damaged { source, .. } => Ok(Finding::Damaged { path, why: source.to_string() }),
        other => Err(other),
    }
}
