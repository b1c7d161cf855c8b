//! Compressed files: gzip (RFC 1952) and Zstandard (RFC 8878), written and read as streams.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstandard,
}

impl Compression {
    /// What the end of a file's name says, and the name without it. Case does not matter.
    pub(crate) fn from_name(path: &Path) -> (Self, PathBuf) {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let compression = match extension.to_ascii_lowercase().as_str() {
            "gz" => Self::Gzip,
            "zst" => Self::Zstandard,
            _ => return (Self::None, path.to_owned()),
        };
        (compression, path.with_extension(""))
    }

    /// What the first bytes of a file say.
    pub(crate) fn from_beginning(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstandard,
            _ => Self::None,
        }
    }

    /// The content of a file, decompressed as it is read.
    pub(crate) fn decoder(self, file: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::None => Box::new(file),
            Self::Gzip => Box::new(MultiGzDecoder::new(file)),
            Self::Zstandard => Box::new(zstd::Decoder::with_buffer(file)?),
        })
    }
}

/// A file that is compressed as it is written.
pub(crate) enum Encoder {
    None(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstandard(zstd::Encoder<'static, BufWriter<File>>),
}

/// Small, and fast enough not to hold a pull up.
const GZIP_LEVEL: flate2::Compression = flate2::Compression::new(4);
const ZSTANDARD_LEVEL: i32 = 1;

impl Encoder {
    pub(crate) fn new(compression: Compression, file: BufWriter<File>) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None(file),
            Compression::Gzip => Self::Gzip(GzEncoder::new(file, GZIP_LEVEL)),
            Compression::Zstandard => Self::Zstandard(zstd::Encoder::new(file, ZSTANDARD_LEVEL)?),
        })
    }

    pub(crate) fn file(&self) -> &File {
        match self {
            Self::None(file) => file.get_ref(),
            Self::Gzip(encoder) => encoder.get_ref().get_ref(),
            Self::Zstandard(encoder) => encoder.get_ref().get_ref(),
        }
    }

    /// Writes the end of the compressed stream. Nothing can be written after it.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::None(file) => file.flush(),
            Self::Gzip(encoder) => {
                encoder.try_finish()?;
                encoder.get_mut().flush()
            }
            Self::Zstandard(encoder) => {
                encoder.do_finish()?;
                encoder.get_mut().flush()
            }
        }
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(file) => file.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstandard(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(file) => file.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstandard(encoder) => encoder.flush(),
        }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::None(_) => "None",
            Self::Gzip(_) => "Gzip",
            Self::Zstandard(_) => "Zstandard",
        };
        f.debug_tuple(name).field(self.file()).finish()
    }
}
