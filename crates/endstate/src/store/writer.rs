//! The rows of a pull on their way to a file or to stdout, which several tenants may share.

use std::cell::RefCell;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use endstate_model::Entity;
use endstate_odata::{KeyProperties, RawItem};
use endstate_paging::{Checkpoint, KeptRows, Resume};
use jiff::Timestamp;

use super::checkpoint::{CheckpointFile, CheckpointIdentity};
use super::compression::Compression;
use super::format::{FormulaGuard, RowWriter, untagged};
use super::partial_file::Destination;
use crate::cli::{RowFormat, value_name};
use crate::rows::{InvalidItems, Row, RowSink};
use crate::terminal::output;

/// How rows are written.
#[derive(Debug, Clone)]
pub(crate) struct RowStyle {
    pub(crate) format: RowFormat,
    pub(crate) compression: Compression,
    pub(crate) guard: FormulaGuard,
    /// Whether a condition leaves some rows out.
    pub(crate) has_condition: bool,
    /// The name of the tenant that each row carries, if there are several tenants.
    pub(crate) tenant: Option<String>,
}

/// Rows in one format to one destination.
pub(crate) struct RowOutput<E> {
    writer: Box<dyn RowWriter<E>>,
    pub(crate) destination: Destination,
    style: RowStyle,
    /// What a checkpoint has to belong to; `None` if there is no checkpoint.
    identity: Option<CheckpointIdentity>,
    pub(crate) pages: u64,
}

/// What an earlier pull left.
enum EarlierPull {
    /// Rows up to this position of the file, and where they continue.
    Continues { position: u64, began_at: Timestamp, resume: Box<Resume> },
    /// Nothing to continue, because this is missing.
    Missing(&'static str),
}

/// Where the rows of one tenant go.
pub(crate) enum TenantOutput<E> {
    /// To a destination of its own.
    Own(Box<RowOutput<E>>),
    /// To stdout, with the rows of other tenants.
    Shared(Rc<RefCell<RowOutput<E>>>),
}

impl<E> RowSink<E> for RowOutput<E> {
    fn row(&mut self, row: &Row<'_, E>) -> io::Result<()> {
        self.writer.row(row, &mut self.destination)
    }

    fn page_end(&mut self, checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        self.pages += 1;
        let can_resume = self.can_resume();
        match (&mut self.destination, &self.identity) {
            (Destination::File(file), Some(identity)) if can_resume => file.keep(checkpoint, identity),
            (destination, _) => destination.flush(),
        }
    }
}

impl<E> RowSink<E> for TenantOutput<E> {
    fn row(&mut self, row: &Row<'_, E>) -> io::Result<()> {
        match self {
            Self::Own(rows) => rows.row(row),
            Self::Shared(rows) => rows.borrow_mut().row(row),
        }
    }

    fn page_end(&mut self, checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        match self {
            Self::Own(rows) => rows.page_end(checkpoint),
            Self::Shared(rows) => rows.borrow_mut().page_end(checkpoint),
        }
    }
}

impl<E> RowOutput<E> {
    /// A pull can be resumed only if all rows were written, in a format that can be read back.
    fn can_resume(&self) -> bool {
        let is_plain = self.style.compression == Compression::None;
        self.style.format.can_resume() && is_plain && !self.style.has_condition
    }

    /// Writes what follows the last row, and flushes.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.writer.end(&mut self.destination)?;
        self.destination.flush()
    }
}

impl<E: Entity> RowOutput<E> {
    /// Opens the destination, so a path that cannot be written is found before the first request.
    pub(crate) fn open(path: &Path, style: RowStyle, identity: Option<CheckpointIdentity>) -> anyhow::Result<Self> {
        let writer = style.format.writer(false, style.guard, style.tenant.is_some());
        let destination = Destination::open(path, style.compression)?;
        Ok(Self { writer, destination, style, identity, pages: 0 })
    }

    /// Continues where an earlier pull stopped; `None` if it left no checkpoint. Its items that
    /// could not be read were reported then, and are counted in `invalid`. A pull that began longer
    /// ago than `max_age` is not continued.
    pub(crate) fn resume(&mut self, invalid: &mut InvalidItems, max_age: Duration) -> anyhow::Result<Option<Resume>> {
        let (position, began_at, resume) = match self.earlier_pull(invalid, max_age)? {
            EarlierPull::Continues { position, began_at, resume } => (position, began_at, *resume),
            EarlierPull::Missing(what) => {
                output::say(format_args!("{what}; starting at the first page"));
                return Ok(None);
            }
        };
        if let Destination::File(file) = &mut self.destination {
            file.continue_at(position)?;
        }
        if let Some(identity) = &mut self.identity {
            identity.began_at = began_at;
        }
        let RowStyle { format, guard, ref tenant, .. } = self.style;
        self.writer = format.writer(position > 0, guard, tenant.is_some());
        Ok(Some(resume))
    }

    /// Has the rows of an earlier pull put aside if their checkpoint does not fit this pull, so no
    /// command with `--resume` would continue them.
    pub(crate) fn keep_rows_of_another_pull(&mut self, max_age: Duration) {
        let fits = self.earlier_pull(&mut InvalidItems::new::<E>(), max_age).is_ok();
        if let Destination::File(file) = &mut self.destination
            && !fits
            && file.checkpoint_path().exists()
        {
            file.keep_old_rows();
        }
    }

    /// The pull that left a checkpoint, if this pull can continue it. Nothing is changed.
    fn earlier_pull(&self, invalid: &mut InvalidItems, max_age: Duration) -> anyhow::Result<EarlierPull> {
        let RowStyle { format, ref tenant, .. } = self.style;
        let (Destination::File(file), Some(identity)) = (&self.destination, &self.identity) else {
            bail!("--resume needs a file");
        };
        if !format.can_resume() {
            bail!("--resume works with ndjson and json, not with {}", value_name(&format));
        }
        let Some(stored) = CheckpointFile::read(file.checkpoint_path(), identity)? else {
            return Ok(EarlierPull::Missing("No checkpoint to resume from"));
        };
        if file.are_rows_gone(stored.position)? {
            return Ok(EarlierPull::Missing("The rows of the checkpoint are gone"));
        }
        stored.check_age(file.checkpoint_path(), max_age)?;

        let CheckpointFile { position, began_at, checkpoint, .. } = stored;
        let kept_rows = KeptRows::new(checkpoint, KeyProperties::new(E::KEY));
        let resume = Box::new(kept::<E>(file.kept_rows(position)?, kept_rows, tenant.as_deref(), invalid)?);
        Ok(EarlierPull::Continues { position, began_at, resume })
    }

    /// Has the rows of an earlier pull put aside, if this pull turns out not to continue them.
    pub(crate) fn keep_old_rows(&mut self) {
        if let Destination::File(file) = &mut self.destination {
            file.keep_old_rows();
        }
    }

    /// When the pull began whose rows these are.
    pub(crate) fn began_at(&self) -> Option<Timestamp> {
        self.identity.as_ref().map(|identity| identity.began_at)
    }
}

/// Reads the rows that an earlier pull kept, one at a time, and compares them with its checkpoint.
fn kept<E: Entity>(
    mut rows: impl BufRead,
    mut kept_rows: KeptRows,
    tenant: Option<&str>,
    invalid: &mut InvalidItems,
) -> anyhow::Result<Resume> {
    let unreadable = "cannot read a kept row; pull without --resume to start from the beginning";
    let mut line = String::new();
    while rows.read_line(&mut line).context(unreadable)? > 0 {
        // A JSON array has an item a line, with punctuation between them.
        let item = line.trim_end_matches(['\n', '\r']).trim_end_matches(',');
        if item != "[" {
            let item = untagged(item, tenant);
            let raw = RawItem::parse(&item).context(unreadable)?;
            invalid.count(&Row::<E>::new(raw, None));
            kept_rows.row(raw);
        }
        line.clear();
    }
    kept_rows
        .check()
        .context("the kept rows do not match the checkpoint; pull without --resume to start from the beginning")
}
