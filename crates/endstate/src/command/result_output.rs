//! `-o FILE` of a result: the file is replaced whole, or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anstream::StripStream;
use anyhow::{Context, ensure};
use clap::ValueEnum;
use same_file::is_same_file;

use crate::cli::value_name;
use crate::exit::UsageError;
use crate::store::path::{is_special, is_standard_stream, standardized};
use crate::store::receipt::Receipt;
use crate::store::regular_file;
use crate::terminal::output;

/// Where a result goes.
pub(super) struct ResultOutput {
    /// `None` for stdout.
    file: Option<PathBuf>,
}

impl ResultOutput {
    /// Checks the destination, before there is a result to lose.
    pub(super) fn open(path: Option<&PathBuf>) -> anyhow::Result<Self> {
        let file = path.cloned().map(standardized).filter(|path| !is_standard_stream(path));
        if let Some(path) = &file {
            let shown = path.display();
            ensure!(!path.is_dir(), "{shown} is a folder; name a file in it");
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            ensure!(
                folder.is_none_or(std::path::Path::exists),
                "cannot write {shown}: its folder does not exist; create it, or choose another file with -o"
            );
            ensure!(
                is_special(path) || !Receipt::path_beside(path).exists(),
                UsageError::new(format!(
                    "{shown} was written by `endstate pull`: its receipt would describe another file; choose another \
                     file with -o"
                ))
            );
            output::set_results_to_file();
        }
        Ok(Self { file })
    }

    /// The chosen format, else the one of the file name's extension, else the first.
    pub(super) fn format<F: ValueEnum + Clone>(&self, chosen: Option<F>) -> Result<F, UsageError> {
        let formats = F::value_variants();
        let extension = self.file.as_ref().filter(|path| !is_special(path)).and_then(|path| path.extension());
        let (None, Some(extension)) = (&chosen, extension) else {
            return Ok(chosen.unwrap_or_else(|| formats[0].clone()));
        };

        let of = |format: &F| extension_of(&value_name(format));
        let extension = extension.to_string_lossy().to_ascii_lowercase();
        let found = formats.iter().find(|format| of(format).as_ref() == Some(&extension));
        found.cloned().ok_or_else(|| {
            let endings: Vec<_> = formats.iter().filter_map(of).map(|ending| format!(".{ending}")).collect();
            let endings = endings.join(", ");
            UsageError::new(format!(
                "-o {}: no format has the ending .{extension}; use {endings}, or set --format",
                self.shown()
            ))
        })
    }

    /// Refuses to replace a file that is read.
    pub(super) fn keep<'p>(&self, read: impl IntoIterator<Item = &'p Path>) -> Result<(), UsageError> {
        let Some(output) = self.file.as_ref().filter(|path| !is_special(path)) else { return Ok(()) };
        let is_read = read.into_iter().any(|file| is_same_file(file, output).unwrap_or(false));
        let message = || format!("-o {} would replace a file that is read; choose another file", self.shown());
        if is_read { Err(UsageError::new(message())) } else { Ok(()) }
    }

    fn shown(&self) -> String {
        self.file.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    }

    pub(super) fn is_to_file(&self) -> bool {
        self.file.is_some()
    }

    /// Writes the result.
    pub(super) fn write(&self, format: &impl ValueEnum, text: &str) -> anyhow::Result<()> {
        self.write_with(format, |out| out.write_all(text.as_bytes()))
    }

    /// Writes what `render` writes, a text or large parts of one.
    pub(super) fn write_with(
        &self,
        format: &impl ValueEnum,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let is_for_people = is_for_people(format);
        let Some(path) = &self.file else {
            return Ok(if is_for_people { output::data_with(render) } else { output::data_for_programs(render) }?);
        };

        let write = |mut file: File| {
            if !is_for_people {
                return render(&mut file);
            }
            let buffered: Box<dyn Write> = Box::new(BufWriter::new(file));
            let mut out = StripStream::new(buffered);
            render(&mut out)?;
            out.flush()
        };
        let written = if is_special(path) {
            File::create(path).and_then(write)
        } else {
            // Several runs may write the same file; the last one wins, whole.
            let suffix = format!(".{}.new", std::process::id());
            regular_file::replace_with(path, &suffix, &OpenOptions::new(), write)
        };
        written.with_context(|| format!("cannot write {}; choose another file with -o", path.display()))
    }
}

/// Whether people read a format: it may have color, and has no control characters. Programs get
/// each byte as it is.
fn is_for_people(format: &impl ValueEnum) -> bool {
    matches!(&*value_name(format), "table" | "markdown")
}

/// The usual ending of files of a format; `None` for one that only a pipeline's log has.
fn extension_of(format: &str) -> Option<String> {
    let extension = match format {
        "table" => "txt",
        "markdown" => "md",
        "prometheus" => "prom",
        "junit" => "xml",
        "github" => return None,
        other => other,
    };
    Some(extension.to_owned())
}
