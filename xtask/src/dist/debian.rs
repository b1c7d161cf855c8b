//! The Debian package of a release, made by dpkg-deb.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use flate2::{Compression, GzBuilder};

use super::Release;
use super::contents::{Contents, completion_file};
use crate::output::output;

/// Writes `endstate_VERSION-1_ARCHITECTURE.deb`, and returns its path.
pub(super) fn write(folder: &Path, release: &Release, contents: &Contents) -> anyhow::Result<PathBuf> {
    // A pre-release sorts before its release only with a tilde (deb-version(7)).
    let version = release.version.replacen('-', "~", 1);
    let architecture = match release.target.split('-').next() {
        Some("x86_64") => "amd64",
        Some("aarch64") => "arm64",
        other => bail!("no name of Debian is known for {other:?}"),
    };
    let root = folder.join("deb");
    let add = |path: &str, mode: u32, bytes: &[u8]| -> anyhow::Result<()> {
        let path = root.join(path);
        let parent = path.parent().context("a file without a folder")?;
        fs::create_dir_all(parent)?;
        // As packages have them, whatever the user's mask is.
        parent
            .ancestors()
            .take_while(|folder| folder.starts_with(&root))
            .try_for_each(|folder| set_mode(folder, 0o755))?;
        fs::write(&path, bytes)?;
        set_mode(&path, mode)?;
        Ok(())
    };

    add("usr/bin/endstate", 0o755, &contents.program)?;
    for (page, text) in &contents.manual {
        add(&format!("usr/share/man/man1/{page}.gz"), 0o644, &compressed(text)?)?;
    }
    for (shell, place) in [
        ("bash", "bash-completion/completions"),
        ("zsh", "zsh/vendor-completions"),
        ("fish", "fish/vendor_completions.d"),
    ] {
        let path = format!("usr/share/{place}/{}", completion_file(shell));
        add(&path, 0o644, contents.completions[shell].as_bytes())?;
    }
    let licenses = [&contents.texts["LICENSE-MIT"], &contents.texts["LICENSE-APACHE"], &contents.third_party];
    add("usr/share/doc/endstate/copyright", 0o644, licenses.map(String::as_str).join("\n\n").as_bytes())?;
    add("usr/share/doc/endstate/changelog.gz", 0o644, &compressed(contents.texts["CHANGELOG.md"].as_bytes())?)?;
    add("usr/share/doc/endstate/endstate.cdx.json", 0o644, contents.materials.as_bytes())?;

    let size: usize = contents.program.len() / 1024 + 2048;
    let glibc = newest_glibc(&root.join("usr/bin/endstate"))?;
    let control = format!(
        "Package: endstate\nVersion: {version}-1\nArchitecture: {architecture}\nMaintainer: The endstate authors\n\
         Installed-Size: {size}\nDepends: libc6 (>= {glibc}), libgcc-s1\nRecommends: ca-certificates\n\
         Section: admin\nPriority: optional\nDescription: security state of every device in Microsoft Defender\n \
         endstate pulls the security state of every device that Microsoft Defender for\n Endpoint knows, proves \
         that none is missing, and shows which need attention.\n"
    );
    add("DEBIAN/control", 0o644, control.as_bytes())?;

    let path = folder.join(format!("endstate_{version}-1_{architecture}.deb"));
    let mut package = Command::new("dpkg-deb");
    package.args(["--root-owner-group", "-Zxz", "--build"]).args([&root, &path]);
    output(package.env("SOURCE_DATE_EPOCH", release.time.to_string()))?;
    fs::remove_dir_all(&root)?;
    Ok(path)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

/// Such packages are made only on Linux.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

/// The text as gzip, without a name and a time.
fn compressed(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(text)?;
    Ok(encoder.finish()?)
}

/// The oldest version of the C library that has all that the program uses.
fn newest_glibc(program: &Path) -> anyhow::Result<String> {
    let versions = output(Command::new("readelf").arg("--version-info").arg(program))?;
    let numbers = versions.split("GLIBC_").skip(1).filter_map(|rest| {
        let number: String = rest.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
        let mut parts = number.split('.').map(str::parse::<u32>);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    });
    let (major, minor) = numbers.max().context("the program uses no C library")?;
    Ok(format!("{major}.{minor}"))
}
