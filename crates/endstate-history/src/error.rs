//! Why a table cannot be read or written.

use std::error::Error;

use delta_kernel::object_store;
use endstate_model::UtcTime;

/// Why a table of pulls cannot be read or written. Nothing that was in the table is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no table. To begin one, add a pull.
    #[error("{folder} has no history")]
    NotATable {
        /// The folder.
        folder: String,
    },
    /// Another program has given the table features that this version does not write.
    #[error(
        "{folder} is a Delta table of reader version {reader} and writer version {writer}{features}; \
         endstate reads and writes 1 and 2"
    )]
    Protocol {
        /// The folder.
        folder: String,
        /// The version that a reader needs.
        reader: i32,
        /// The version that a writer needs.
        writer: i32,
        /// The features that the table has, after a comma; empty without any.
        features: String,
    },
    /// It is a Delta table of something else.
    #[error("{folder} is a Delta table without the column {column}, so it is not a history")]
    OtherTable {
        /// The folder.
        folder: String,
        /// The column.
        column: &'static str,
    },
    /// A text is not the location of a history. It is not in this error, because it may have a
    /// secret.
    #[error("not a folder of an object store: {why}")]
    Location {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A store of another machine would be reached over plain HTTP, which shows tokens to others.
    #[error("{0} is plain HTTP to another machine, which shows tokens to others; use https")]
    PlainHttp(String),
    /// A token would be sent to a host outside Azure's storage, or not over HTTPS.
    #[error("{0} is no host of Azure's storage with https, so it gets no token; use a key of the storage")]
    TokenHost(String),
    /// The history has several tenants, and none was named.
    #[error("the history has several tenants; name one")]
    SeveralTenants,
    /// The record is not that of the pull that was begun.
    #[error("the record is of another pull than the one that was begun")]
    OtherPull,
    /// A pull that is not complete cannot be finished: missing devices look like good news.
    #[error("the pull is not complete, so its states do not enter the history")]
    NotComplete,
    /// A tenant has a name that cannot be the name of a folder.
    #[error(
        "the tenant {0:?} has a name that cannot be that of a folder: use letters, digits, '-', and not at the \
         beginning '.' and '_'"
    )]
    TenantName(String),
    /// Other writers were always first.
    #[error("other writers of {folder} were first in each of {attempts} attempts; try again later")]
    Contended {
        /// The folder.
        folder: String,
        /// The attempts.
        attempts: usize,
    },
    /// This user may not read or write there.
    #[error("no permission to {action}")]
    Permission {
        /// What was attempted, with its place.
        action: String,
        /// What the system said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store did not do what was asked.
    #[error("cannot {action}")]
    Store {
        /// What was attempted, with its place.
        action: String,
        /// What the store said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file that the table names is not there.
    #[error("the table {folder} names the file {path}, which is not there")]
    MissingFile {
        /// The folder.
        folder: String,
        /// The file, in the folder.
        path: String,
    },
    /// A file of the table has other bytes than this program wrote.
    #[error("the file {path} of the table has other bytes than were written")]
    OtherBytes {
        /// The file, in the folder of the table.
        path: String,
    },
    /// The clock of this machine is behind the last pull, so it cannot say what is old.
    #[error("the clock says {now}, and the last pull started at {last}; set the clock")]
    Clock {
        /// What the clock says.
        now: UtcTime,
        /// When the last pull started.
        last: UtcTime,
    },
    /// A file of the table is not what it should be.
    #[error("the file {path} of the table is damaged")]
    Damaged {
        /// The file, in the folder of the table.
        path: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl HistoryError {
    /// An error of the store, or one that has it as its cause.
    pub(crate) fn store(action: impl Into<String>, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let (action, source) = (action.into(), error.into());
        if is_permission(&*source) { Self::Permission { action, source } } else { Self::Store { action, source } }
    }

    pub(crate) fn damaged(path: &str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Damaged { path: path.to_owned(), source: error.into() }
    }
}

fn is_permission(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let is_io = error.downcast_ref::<std::io::Error>();
        let is_store = error.downcast_ref::<object_store::Error>();
        if is_io.is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
            || matches!(is_store, Some(object_store::Error::PermissionDenied { .. }))
        {
            return true;
        }
        cause = error.source();
    }
    false
}
