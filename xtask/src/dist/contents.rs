//! What is in every package: the program, and the texts that belong to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use cargo_metadata::Metadata;

use super::dependencies::Library;
use super::{Release, licenses, materials};
use crate::output::output;

/// What is in every package.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) program: Vec<u8>,
    /// Manual pages, by the names of their files.
    pub(super) manual: BTreeMap<String, Vec<u8>>,
    /// Completions, by shell.
    pub(super) completions: BTreeMap<&'static str, String>,
    /// Texts of the repository, by the names of their files.
    pub(super) texts: BTreeMap<&'static str, String>,
    /// The licenses of the libraries in the program.
    pub(super) third_party: String,
    /// The bill of materials, in JSON.
    pub(super) materials: String,
}

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

impl Contents {
    pub(super) fn collect(
        metadata: &Metadata,
        release: &Release,
        binary: &Path,
        libraries: &[Library<'_>],
    ) -> anyhow::Result<Self> {
        let scratch = metadata.target_directory.join("dist-scratch").into_std_path_buf();
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        // An empty home: no profile of this machine gets into the completions.
        let endstate = |arguments: &[&str]| {
            let mut command = Command::new(binary);
            command.args(arguments).env_clear().env("HOME", &scratch);
            output(&mut command)
        };

        let manual_folder = scratch.join("man1");
        endstate(&["man", "--folder", &manual_folder.display().to_string()])?;
        let mut manual = BTreeMap::new();
        for page in fs::read_dir(&manual_folder)? {
            let page = page?;
            manual.insert(page.file_name().to_string_lossy().into_owned(), fs::read(page.path())?);
        }
        let mut completions = BTreeMap::new();
        for shell in SHELLS {
            completions.insert(shell, endstate(&["completions", shell])?);
        }

        let mut texts = BTreeMap::new();
        for name in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            let path = metadata.workspace_root.join(name);
            texts.insert(name, fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?);
        }
        Ok(Self {
            program: fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?,
            manual,
            completions,
            texts,
            third_party: licenses::text(libraries)?,
            materials: materials::json(release, libraries)?,
        })
    }
}

/// The name that a shell expects of a file with completions.
pub(super) fn completion_file(shell: &str) -> &'static str {
    match shell {
        "bash" => "endstate",
        "zsh" => "_endstate",
        "fish" => "endstate.fish",
        _ => "_endstate.ps1",
    }
}
