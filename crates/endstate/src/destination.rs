//! Where rows are written: stdout, or a file that has its name only once it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::receipt::with_suffix;

/// Buffered, so that a page is a few writes and not one a row.
#[derive(Debug)]
pub(crate) enum Destination {
    Stdout(BufWriter<io::Stdout>),
    File(PartialFile),
}

/// `FILE.partial`, to be renamed to `FILE`.
#[derive(Debug)]
pub(crate) struct PartialFile {
    target: PathBuf,
    partial: PathBuf,
    /// Whether it was there before, with what an earlier pull kept.
    was_there: bool,
    /// Whether anything was written; until then an earlier one is left as it is.
    is_begun: bool,
    file: BufWriter<File>,
}

const BUFFER: usize = 256 * 1024;

impl Destination {
    /// Opens the destination, so that a path that cannot be written is known before the first request.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(BufWriter::with_capacity(BUFFER, io::stdout())));
        }
        let partial = with_suffix(path, ".partial");
        let was_there = partial.exists();
        if path.is_dir() {
            anyhow::bail!("{} is a folder; name a file in it", path.display());
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&partial)
            .with_context(|| format!("{} cannot be written", partial.display()))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(Self::File(PartialFile { target: path.to_owned(), partial, was_there, is_begun: false, file }))
    }

    /// Gives the file its name if it may have it; says where the rows are now, if they are in a file.
    pub(crate) fn finish(mut self, may_have_its_name: bool) -> anyhow::Result<Option<PathBuf>> {
        self.flush()?;
        let Self::File(file) = self else { return Ok(None) };
        if may_have_its_name {
            file.begin_and_sync()?;
            fs::rename(&file.partial, &file.target).with_context(|| {
                format!("{} cannot be renamed to {}", file.partial.display(), file.target.display())
            })?;
            return Ok(Some(file.target));
        }
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
    /// A complete pull of no devices has written nothing yet.
    fn begin_and_sync(&self) -> io::Result<()> {
        let file = self.file.get_ref();
        if !self.is_begun {
            file.set_len(0)?;
        }
        file.sync_all()
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(file) => {
                if !file.is_begun {
                    file.file.get_ref().set_len(0)?;
                    file.is_begun = true;
                }
                file.file.write(bytes)
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
