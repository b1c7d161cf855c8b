//! `endstate config edit`: the file in the user's editor, checked afterwards.

use std::process::{Command, ExitStatus};
use std::{env, fs};

use anyhow::{Context, bail};

use super::init::write_template;
use super::list;
use crate::cli::ConfigFileArgs;
use crate::config::file::ConfigFile;
use crate::exit::Exit;
use crate::terminal::number::counted;
use crate::terminal::output;

/// The editor of a system on which no variable names one.
const EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

pub(super) fn run(args: &ConfigFileArgs) -> anyhow::Result<Exit> {
    let path = ConfigFile::path(args.config.as_deref())?;
    let is_new = !path.exists();
    if is_new {
        write_template(&path)?;
    }

    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| env::var(name).ok().filter(|line| !line.is_empty()));
    let line = named.unwrap_or_else(|| EDITOR.to_owned());
    // With its options, such as `code --wait`.
    let mut words = line.split_whitespace();
    let program = words.next().context("VISUAL and EDITOR are empty")?;
    let ended = Command::new(program).args(words).arg(&path).status();
    if is_new && !ended.as_ref().is_ok_and(ExitStatus::success) {
        // Its profile is an example, and would look like one of the user's.
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    let ended = ended.with_context(|| format!("cannot start the editor '{program}'; set VISUAL or EDITOR"))?;
    if !ended.success() {
        bail!("the editor '{program}' ended with {ended}; {} was not checked", path.display());
    }

    let file = ConfigFile::read(&path)?;
    let profiles = list::read(&file);
    for error in profiles.iter().filter_map(|(_, settings)| settings.as_ref().err()) {
        output::error(error);
    }
    if profiles.iter().any(|(_, settings)| settings.is_err()) {
        output::hint("Run `endstate config edit` again to fix it.");
        return Ok(Exit::Failed);
    }
    let profiles = counted(profiles.len() as u64, "profile");
    output::say(format_args!("{} has {profiles}, without an error", path.display()));
    Ok(Exit::Done)
}
