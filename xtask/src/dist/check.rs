//! Installs what was made into empty folders, and runs it as a user would.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::Release;
use super::contents::Contents;
use crate::output::output;

/// Checks the archive and the Debian package in this folder. The program must not name `paths`.
pub(super) fn check(folder: &Path, release: &Release, contents: &Contents, paths: &[String]) -> anyhow::Result<()> {
    let mut sums = Command::new("sha256sum");
    output(sums.args(["--check", "--strict", "SHA256SUMS"]).current_dir(folder))?;
    for path in paths {
        let is_in_program = contents.program.windows(path.len()).any(|bytes| bytes == path.as_bytes());
        ensure!(!is_in_program, "the program names the path {path} of this machine");
    }

    let name = format!("endstate-{}-{}", release.version, release.target);
    let unpacked = folder.join("unpacked");
    fs::create_dir_all(&unpacked)?;
    output(Command::new("tar").arg("-xzf").arg(folder.join(format!("{name}.tar.gz"))).arg("-C").arg(&unpacked))?;
    let root = unpacked.join(name);
    try_out(&root, "endstate", "man", "completions/bash/endstate")?;
    fs::remove_dir_all(&unpacked)?;
    println!("the archive works in an empty folder");

    if release.target.contains("linux") {
        let root = folder.join("root");
        // The database of packages in a system that has none yet.
        fs::create_dir_all(root.join("var/lib/dpkg/info"))?;
        fs::create_dir_all(root.join("var/lib/dpkg/updates"))?;
        fs::write(root.join("var/lib/dpkg/status"), "")?;
        let packages = fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path());
        let is_debian = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "deb");
        let package = { packages }.find(is_debian).context("there is no Debian package")?;
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", root.display())).args([
            "--force-depends",
            "--force-not-root",
            "--force-bad-path",
            "--install",
        ]);
        output(dpkg.arg(package))?;
        try_out(&root, "usr/bin/endstate", "usr/share/man", "usr/share/bash-completion/completions/endstate")?;
        fs::remove_dir_all(&root)?;
        println!("the Debian package works in an empty root");
    }
    Ok(())
}

/// Runs the demo, reads a manual page, and completes a command, with nothing but what is in `root`.
fn try_out(root: &Path, program: &str, manual: &str, completion: &str) -> anyhow::Result<()> {
    let program = root.join(program);
    let mut demo = Command::new(&program);
    demo.args(["triage", "--demo", "--limit", "1"]).env_clear().env("HOME", root);
    let triage = output(&mut demo)?;
    ensure!(triage.contains("complete: all 444 devices"), "the demo printed:\n{triage}");

    for page in ["endstate", "endstate-pull"] {
        let mut man = Command::new("man");
        man.arg("-M").arg(root.join(manual)).arg(page).env("MANPAGER", "cat").env("MANWIDTH", "80").env("LC_ALL", "C");
        let shown = output(&mut man)?;
        ensure!(shown.contains("SYNOPSIS") && shown.contains("--quiet"), "man {page} printed:\n{shown}");
    }

    let script = format!(
        "source '{}'; COMP_WORDS=(endstate tri); COMP_CWORD=1; _endstate endstate tri endstate; echo \"${{COMPREPLY[@]}}\"",
        root.join(completion).display()
    );
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", &script]).env("PATH", format!("{}:/usr/bin:/bin", root.display()));
    let completed = output(&mut bash)?;
    ensure!(completed.trim() == "triage", "bash completed 'endstate tri' as: {completed}");
    Ok(())
}
