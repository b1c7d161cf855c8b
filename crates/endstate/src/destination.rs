//! Where rows are written: stdout, or a file that has its name only once it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use endstate_paging::Checkpoint;

use crate::checkpoint_file::{CheckpointFile, Ours};
use crate::receipt::with_suffix;
use crate::write_behind::WriteBehind;

/// Buffered, so that a page is a few writes and not one a row.
#[derive(Debug)]
pub(crate) enum Destination {
    Stdout(BufWriter<io::Stdout>),
    File(Box<PartialFile>),
}

/// `FILE.partial`, to be renamed to `FILE`, and the checkpoint beside it.
#[derive(Debug)]
pub(crate) struct PartialFile {
    target: PathBuf,
    partial: PathBuf,
    checkpoint: PathBuf,
    /// Whether it was there before, with what an earlier pull kept.
    was_there: bool,
    /// Whether anything was written; until then an earlier one is left as it is.
    is_begun: bool,
    /// Bytes of this pull.
    position: u64,
    file: BufWriter<File>,
    write_behind: WriteBehind,
    /// When a checkpoint was written last, and the one that was not written since.
    checkpoint_at: Option<Instant>,
    pending: Option<CheckpointFile>,
}

const BUFFER: usize = 256 * 1024;

/// Shortest time between two checkpoints, each of which replaces a file.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_millis(100);

impl Destination {
    /// Opens the destination, so that a path that cannot be written is known before the first request.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(BufWriter::with_capacity(BUFFER, io::stdout())));
        }
        ensure!(!path.is_dir(), "{} is a folder; name a file in it", path.display());
        let partial = with_suffix(path, ".partial");
        let was_there = partial.exists();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&partial)
            .with_context(|| format!("{} cannot be written", partial.display()))?;
        Ok(Self::File(Box::new(PartialFile {
            target: path.to_owned(),
            checkpoint: CheckpointFile::path_of(path),
            partial,
            was_there,
            is_begun: false,
            position: 0,
            file: BufWriter::with_capacity(BUFFER, file),
            write_behind: WriteBehind::new(),
            checkpoint_at: None,
            pending: None,
        })))
    }

    /// Gives the file its name if it may have it; says where the rows are now, if they are in a file.
    pub(crate) fn finish(mut self, may_have_its_name: bool) -> anyhow::Result<Option<PathBuf>> {
        self.flush()?;
        let Self::File(mut file) = self else { return Ok(None) };
        if may_have_its_name {
            // A complete pull of no devices has written nothing yet.
            file.begin()?;
            file.write_behind.finish(file.file.get_ref())?;
            fs::rename(&file.partial, &file.target).with_context(|| {
                format!("{} cannot be renamed to {}", file.partial.display(), file.target.display())
            })?;
            remove_if_there(&file.checkpoint)?;
            return Ok(Some(file.target));
        }
        file.write_pending()?;
        if !file.is_begun {
            // Nothing was read: no file of ours is left, and none of an earlier pull is touched.
            if !file.was_there {
                fs::remove_file(&file.partial)?;
            }
            return Ok(None);
        }
        Ok(Some(file.partial))
    }
}

impl PartialFile {
    /// The rows that the checkpoint speaks of, as text; the file goes on right behind them.
    pub(crate) fn resume(&mut self, position: u64) -> anyhow::Result<String> {
        let file = self.file.get_mut();
        let length = file.metadata()?.len();
        let (name, checkpoint) = (self.partial.display(), self.checkpoint.display());
        ensure!(
            length >= position,
            "{name} has {length} bytes, and {checkpoint} speaks of {position}; pull without --resume to begin anew"
        );
        let mut rows = String::new();
        file.seek(SeekFrom::Start(0))?;
        file.take(position).read_to_string(&mut rows).with_context(|| format!("{name} cannot be read"))?;
        // What stands behind was written after the checkpoint, and will come again.
        file.set_len(position)?;
        file.seek(SeekFrom::Start(position))?;
        (self.is_begun, self.position) = (true, position);
        Ok(rows)
    }

    /// After a page: writes down where the pull can go on, or that it cannot.
    pub(crate) fn keep(&mut self, checkpoint: Option<&Checkpoint>, ours: &Ours) -> io::Result<()> {
        self.file.flush()?;
        self.write_behind.written(self.file.get_ref(), self.position)?;
        let Some(checkpoint) = checkpoint else {
            self.pending = None;
            return remove_if_there(&self.checkpoint);
        };
        self.pending = Some(CheckpointFile::new(checkpoint, self.position, ours));
        // A pull that is killed goes on from the last one: a tenth of a second is soon read again.
        if self.checkpoint_at.is_some_and(|at| at.elapsed() < BETWEEN_CHECKPOINTS) {
            return Ok(());
        }
        self.checkpoint_at = Some(Instant::now());
        self.write_pending()
    }

    fn write_pending(&mut self) -> io::Result<()> {
        match self.pending.take() {
            Some(checkpoint) => checkpoint.write(&self.checkpoint),
            None => Ok(()),
        }
    }

    /// Where the rows are until they are complete.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Where the checkpoint is.
    pub(crate) fn checkpoint_path(&self) -> PathBuf {
        self.checkpoint.clone()
    }

    /// Whether the pull can go on from here.
    pub(crate) fn has_checkpoint(&self) -> bool {
        self.is_begun && self.checkpoint.exists()
    }

    /// From here on the file is this pull's alone.
    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_begun, true) {
            // First, so that it never speaks of the rows of another pull.
            remove_if_there(&self.checkpoint)?;
            self.file.get_ref().set_len(0)?;
        }
        Ok(())
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(file) => {
                file.begin()?;
                let written = file.file.write(bytes)?;
                file.position += written as u64;
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(file) => file.file.flush(),
        }
    }
}
