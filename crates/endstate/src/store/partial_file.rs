//! Where rows are written: stdout, a device or pipe, or a file that gets its name only once it is
//! complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use endstate_paging::Checkpoint;

use super::background_sync::BackgroundSync;
use super::checkpoint::{CheckpointFile, CheckpointIdentity};
use super::compression::{Compression, Encoder};
use super::path::{is_special, is_standard_stream, with_suffix};
use super::regular_file::{self, remove_if_exists};
use crate::terminal::output;
use crate::terminal::progress::Progress;

/// Where rows go, buffered, so a page is a few writes and not one a row.
#[derive(Debug)]
pub(crate) enum Destination {
    Stdout(BufWriter<output::Stdout>),
    /// A device or a pipe, which is written in place.
    Special(BufWriter<File>),
    File(Box<PartialFile>),
}

/// `FILE.partial`, which is renamed to `FILE`, and the checkpoint beside it.
#[derive(Debug)]
pub(crate) struct PartialFile {
    target: PathBuf,
    partial: PathBuf,
    checkpoint: PathBuf,
    compression: Compression,
    readers: Readers,
    /// Whether an earlier pull left it, with the rows that it kept.
    existed: bool,
    /// Whether its rows are put aside before this pull writes to it.
    keeps_old_rows: bool,
    /// Whether this pull has written to it. Until then, an earlier one is left as it is.
    is_begun: bool,
    /// Bytes of this pull, before compression.
    position: u64,
    file: Encoder,
    background_sync: BackgroundSync,
    /// When a checkpoint was last written, and the one that was not written since.
    checkpoint_at: Option<Instant>,
    pending: Option<CheckpointFile>,
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Those of the file that it replaces; of a new file, those that the system gives it.
    AsBefore,
    OwnerOnly,
}

const BUFFER_BYTES: usize = 256 * 1024;

/// Shortest time between two checkpoints, because each replaces a file.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(100);

impl Destination {
    /// Opens the destination, so a path that cannot be written is found before the first request.
    pub(crate) fn open(path: &Path, compression: Compression) -> anyhow::Result<Self> {
        if is_standard_stream(path) {
            let stdout = output::stdout();
            if matches!(stdout, output::Stdout::Escaping(_)) {
                Progress::hide();
            }
            return Ok(Self::Stdout(BufWriter::with_capacity(BUFFER_BYTES, stdout)));
        }

        let shown = path.display();
        ensure!(!path.is_dir(), "{shown} is a folder; name a file in it");
        if is_special(path) {
            let file = OpenOptions::new().write(true).open(path).with_context(|| format!("cannot write {shown}"))?;
            if file.is_terminal() {
                Progress::hide();
            }
            return Ok(Self::Special(BufWriter::with_capacity(BUFFER_BYTES, file)));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
            let folder = folder.display();
            bail!(
                "cannot write {shown}: the folder {folder} does not exist; create it, or choose another file with -o"
            );
        }

        let partial = with_suffix(path, ".partial");
        let existed = partial.exists();
        let file = regular_file::open(&partial, OpenOptions::new().read(true).write(true))
            .with_context(|| format!("cannot write {}", partial.display()))?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Self::File(Box::new(PartialFile {
            target: path.to_owned(),
            checkpoint: CheckpointFile::path_beside(path),
            partial,
            compression,
            readers: Readers::AsBefore,
            existed,
            keeps_old_rows: false,
            is_begun: false,
            position: 0,
            file: Encoder::new(compression, file)?,
            background_sync: BackgroundSync::new(),
            checkpoint_at: None,
            pending: None,
        })))
    }

    /// The partial file of this pull, if there is a checkpoint from which it can be continued.
    pub(crate) fn partial_with_checkpoint(&self) -> Option<&Path> {
        match self {
            Self::File(file) if file.is_begun && file.checkpoint.exists() => Some(&file.partial),
            Self::File(_) | Self::Stdout(_) | Self::Special(_) => None,
        }
    }

    /// Makes a file readable by its owner only: a row has a link with a skip token.
    pub(crate) fn make_private(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.make_private(),
            Self::Stdout(_) | Self::Special(_) => Ok(()),
        }
    }

    /// Renames the file if `is_final`. Returns where the rows are now; `None` if they are not in a
    /// file.
    pub(crate) fn finish(mut self, is_final: bool) -> anyhow::Result<Option<PathBuf>> {
        self.flush()?;
        match self {
            Self::Stdout(_) | Self::Special(_) => Ok(None),
            Self::File(file) if is_final => file.rename().map(Some),
            Self::File(file) => file.keep_partial(),
        }
    }
}

impl PartialFile {
    fn rename(mut self) -> anyhow::Result<PathBuf> {
        // A complete pull of no devices has written nothing yet.
        self.begin()?;
        self.file.finish().with_context(|| format!("cannot write {}", self.partial.display()))?;
        self.background_sync.finish(self.file.file())?;
        if let Ok(metadata) = fs::symlink_metadata(&self.target)
            && metadata.is_file()
            && self.readers == Readers::AsBefore
        {
            // The new file replaces the old one for the same readers.
            fs::set_permissions(&self.partial, metadata.permissions())
                .with_context(|| format!("cannot set the permissions of {}", self.partial.display()))?;
        }
        fs::rename(&self.partial, &self.target)
            .with_context(|| format!("cannot rename {} to {}", self.partial.display(), self.target.display()))?;
        remove_if_exists(&self.checkpoint)?;
        Ok(self.target)
    }

    fn keep_partial(mut self) -> anyhow::Result<Option<PathBuf>> {
        self.write_pending()?;
        if self.is_begun {
            self.file.finish().with_context(|| format!("cannot write {}", self.partial.display()))?;
            return Ok(Some(self.partial));
        }
        // Nothing was read: leave no file of this pull, and do not touch one of an earlier pull.
        if !self.existed {
            fs::remove_file(&self.partial)?;
        }
        Ok(None)
    }

    /// Makes the file readable by its owner only: a row has a link with a skip token.
    fn make_private(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.readers, Readers::OwnerOnly) == Readers::OwnerOnly {
            return Ok(());
        }
        #[cfg(unix)]
        self.file.file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(())
    }

    /// Whether the rows that a checkpoint describes are gone: the pull was killed after it had
    /// renamed its file, or the file was removed.
    pub(crate) fn are_rows_gone(&self, position: u64) -> anyhow::Result<bool> {
        Ok(position > 0 && self.file.file().metadata()?.len() == 0)
    }

    /// The rows that a checkpoint describes. Nothing is changed yet.
    pub(crate) fn kept_rows(&self, position: u64) -> anyhow::Result<impl BufRead + use<>> {
        let mut file = self.file.file().try_clone()?;
        let length = file.metadata()?.len();
        let name = self.partial.display();
        let checkpoint = self.checkpoint.display();
        ensure!(
            length >= position,
            "{name} has {length} bytes, but {checkpoint} describes {position}; \
             pull without --resume to start from the beginning"
        );
        file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::with_capacity(BUFFER_BYTES, file.take(position)))
    }

    /// Continues after the rows that a checkpoint describes.
    pub(crate) fn continue_at(&mut self, position: u64) -> anyhow::Result<()> {
        let Encoder::None(file) = &mut self.file else { bail!("--resume needs a file that is not compressed") };
        let file = file.get_mut();
        // What follows was written after the checkpoint, and will be pulled again.
        file.set_len(position)?;
        file.seek(SeekFrom::Start(position))?;
        self.is_begun = true;
        self.position = position;
        Ok(())
    }

    /// After a page: stores where the pull can resume, or that it cannot.
    pub(crate) fn keep(&mut self, checkpoint: Option<&Checkpoint>, identity: &CheckpointIdentity) -> io::Result<()> {
        self.file.flush()?;
        self.background_sync.written(self.file.file(), self.position)?;
        if checkpoint.is_some_and(|checkpoint| checkpoint.report.partial_items > 0) {
            self.make_private()?;
        }
        let Some(checkpoint) = checkpoint else {
            self.pending = None;
            return remove_if_exists(&self.checkpoint);
        };

        self.pending = Some(CheckpointFile::new(checkpoint, self.position, identity));
        // A killed pull resumes from the last one that was written; a tenth of a second is soon
        // read again.
        if self.checkpoint_at.is_some_and(|at| at.elapsed() < CHECKPOINT_INTERVAL) {
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

    /// The path of the checkpoint.
    pub(crate) fn checkpoint_path(&self) -> &Path {
        &self.checkpoint
    }

    /// Has the rows of an earlier pull put aside, if this pull turns out not to continue them.
    pub(crate) fn keep_old_rows(&mut self) {
        self.keeps_old_rows = true;
    }

    /// Makes the file this pull's own.
    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Ok(());
        }
        // Without a checkpoint, no rows were kept: that pull was killed in its first page.
        if self.keeps_old_rows && self.checkpoint.exists() && self.file.file().metadata()?.len() > 0 {
            self.put_aside()?;
        }
        // First, so a checkpoint never describes the rows of another pull.
        remove_if_exists(&self.checkpoint)?;
        let mut file = self.file.file();
        // The kept rows may have been read to here.
        file.rewind()?;
        file.set_len(0)
    }

    fn put_aside(&mut self) -> io::Result<()> {
        let aside = with_suffix(&self.target, ".old.partial");
        fs::rename(&self.partial, &aside)?;
        let file = regular_file::open(&self.partial, OpenOptions::new().read(true).write(true))?;
        self.file = Encoder::new(self.compression, BufWriter::with_capacity(BUFFER_BYTES, file))?;
        output::say(format_args!("The rows that an earlier pull kept are in {}", aside.display()));
        Ok(())
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Special(file) => file.write(bytes),
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
            Self::Special(file) => file.flush(),
            Self::File(file) => file.file.flush(),
        }
    }
}
