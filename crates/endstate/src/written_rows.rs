//! The rows of a pull on their way to a file or to stdout, which several tenants may share.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, bail};
use endstate_model::Entity;
use endstate_odata::{KeyProperty, RawItem};
use endstate_paging::{Checkpoint, Resume};

use crate::args::RowFormat;
use crate::checkpoint_file::{CheckpointFile, Ours};
use crate::destination::Destination;
use crate::format::{Cells, RowWriter, untagged};
use crate::output;
use crate::row::{InvalidItems, Row};
use crate::run::Consumer;

/// Rows, in one format to one place.
pub(crate) struct WrittenRows<E> {
    pub(crate) writer: Box<dyn RowWriter<E>>,
    pub(crate) destination: Destination,
    format: RowFormat,
    /// What a checkpoint has to belong to, where there may be one.
    ours: Option<Ours>,
    pub(crate) pages: u64,
    cells: Cells,
    /// Whether some rows may be left out.
    has_condition: bool,
    /// The tenant that each row says it is of, where there are several.
    tag: Option<String>,
}

/// Where the rows of one tenant go.
pub(crate) enum TenantRows<E> {
    /// To a place of their own.
    Own(Box<WrittenRows<E>>),
    /// To stdout, with those of other tenants.
    Shared(Rc<RefCell<WrittenRows<E>>>),
}

impl<E> Consumer<E> for WrittenRows<E> {
    fn row(&mut self, row: &Row<'_, E>) -> io::Result<()> {
        self.writer.row(row, &mut self.destination)
    }

    fn page_end(&mut self, checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        self.pages += 1;
        let can_resume = self.can_resume();
        match (&mut self.destination, &self.ours) {
            (Destination::File(file), Some(ours)) if can_resume => file.keep(checkpoint, ours),
            (destination, _) => destination.flush(),
        }
    }
}

impl<E> Consumer<E> for TenantRows<E> {
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

impl<E> WrittenRows<E> {
    /// Rows can be gone on from where they are all there, and can be read back.
    fn can_resume(&self) -> bool {
        self.format.can_resume() && !self.has_condition
    }
}

impl<E: Entity> WrittenRows<E> {
    /// Opens the place, so that one that cannot be written is known before the first request.
    pub(crate) fn open(
        path: &Path,
        format: RowFormat,
        ours: Option<Ours>,
        cells: Cells,
        has_condition: bool,
        tag: Option<String>,
    ) -> anyhow::Result<Self> {
        let writer = format.writer(false, cells, tag.is_some());
        Ok(Self { writer, destination: Destination::open(path)?, format, ours, pages: 0, cells, has_condition, tag })
    }

    /// Goes on where an earlier pull stopped; `None` where there is nothing to go on from. Items that cannot be understood
    /// were told then, and are counted in `invalid`.
    pub(crate) fn resume(&mut self, invalid: &mut InvalidItems) -> anyhow::Result<Option<Resume>> {
        let format = self.format;
        let (Destination::File(file), Some(ours)) = (&mut self.destination, &self.ours) else {
            bail!("only a file can be gone on with")
        };
        if !format.can_resume() {
            bail!("--resume works with ndjson and json, whose rows can be read back, not with {}", format.name());
        }
        let Some(written) = CheckpointFile::read(&file.checkpoint_path(), ours)? else {
            output::say("there is no checkpoint to resume from; beginning at the first page");
            return Ok(None);
        };
        let rows = file.resume(written.position)?;
        let mut resume = Resume::new(written.checkpoint()?, KeyProperty::new(E::KEY));
        for line in rows.lines() {
            // Of a JSON array, an item a line, with the punctuation between them.
            let item = line.trim_end_matches(',');
            if item != "[" {
                let item = untagged(item, self.tag.as_deref());
                let raw = RawItem::parse(&item).context("a row that was kept cannot be read; pull without --resume")?;
                invalid.count += u64::from(Row::<E>::new(raw).error().is_some());
                resume.row(raw);
            }
        }
        self.writer = format.writer(!rows.is_empty(), self.cells, self.tag.is_some());
        Ok(Some(
            resume
                .check()
                .context("the kept rows are not those of the checkpoint; pull without --resume to begin anew")?,
        ))
    }
}
