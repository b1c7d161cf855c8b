//! The archive of a release: the same contents give the same bytes.

use std::fs::File;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};

use super::Release;
use super::contents::{Contents, completion_file};

/// Writes `endstate-VERSION-TARGET.tar.gz`, and returns its path.
pub(super) fn write(folder: &Path, release: &Release, contents: &Contents) -> anyhow::Result<PathBuf> {
    let name = format!("endstate-{}-{}", release.version, release.target);
    let path = folder.join(format!("{name}.tar.gz"));
    // The gzip header has neither a name nor a time.
    let mut archive = Builder::new(GzEncoder::new(File::create(&path)?, Compression::best()));
    let mut add = |inner: &str, mode: u32, bytes: &[u8]| {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_mtime(release.time);
        archive.append_data(&mut header, format!("{name}/{inner}"), bytes)
    };

    add("endstate", 0o755, &contents.program)?;
    for (page, text) in &contents.manual {
        add(&format!("man/man1/{page}"), 0o644, text)?;
    }
    for (shell, script) in &contents.completions {
        add(&format!("completions/{shell}/{}", completion_file(shell)), 0o644, script.as_bytes())?;
    }
    for (file, text) in &contents.texts {
        add(file, 0o644, text.as_bytes())?;
    }
    add("THIRD-PARTY-LICENSES.txt", 0o644, contents.third_party.as_bytes())?;
    add("endstate.cdx.json", 0o644, contents.materials.as_bytes())?;
    archive.into_inner()?.finish()?.sync_all()?;
    Ok(path)
}
