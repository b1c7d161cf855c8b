//! A build without histories: every path names a file.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use super::receipt::Receipt;

/// Such a build has no value of this type.
pub(crate) struct StoredPull {
    pub(crate) receipt: Option<Receipt>,
}

impl StoredPull {
    #[expect(clippy::unnecessary_wraps, reason = "it fails in a build with histories")]
    pub(crate) fn find(_: &Path) -> anyhow::Result<Option<Self>> {
        Ok(None)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it fails in a build with histories")]
    pub(crate) fn last_before(path: &Path, _: Option<&str>, _: Option<&str>) -> anyhow::Result<PathBuf> {
        Ok(path.to_owned())
    }

    pub(crate) fn is_last(_: &Path) -> bool {
        false
    }

    #[expect(clippy::unused_self, reason = "there is one in a build with histories")]
    pub(crate) fn open(&self) -> Box<dyn BufRead + Send> {
        Box::new(io::empty())
    }
}
