//! `endstate man`: manual pages.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{self, Command, Stdio};

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;

use super::command_named;
use crate::cli::{Cli, ManArgs};
use crate::exit::Exit;
use crate::store::regular_file;
use crate::terminal::output;

pub(crate) fn run(args: &ManArgs) -> anyhow::Result<Exit> {
    if let Some(folder) = &args.folder {
        let mut root = Cli::command();
        root.build();
        let written = fs::create_dir_all(folder).and_then(|()| write_all(&root, folder));
        written.with_context(|| format!("cannot write manual pages to {}", folder.display()))?;
        return Ok(Exit::Done);
    }
    let mut command = command_named::named(&args.command, &[])?;
    let mut page = Vec::new();
    man(&command).render(&mut page)?;
    // Programs get the source of the page, people see it.
    if !output::is_terminal() {
        output::data(&String::from_utf8_lossy(&page))?;
    } else if !shown(&page).unwrap_or_default() {
        output::data(&format!("{}\n", command.render_long_help().ansi()))?;
        output::hint("`man` could not show the manual page, so this is the help of the command");
    }
    Ok(Exit::Done)
}

/// The manual page of a command.
fn man(command: &clap::Command) -> Man {
    let version = command.get_version().unwrap_or(env!("CARGO_PKG_VERSION"));
    // A date that is empty would leave its place to the source.
    Man::new(command.clone()).date(" ").source(format!("endstate {version}")).manual("endstate manual")
}

/// Writes the pages of a command and of the commands in it.
fn write_all(command: &clap::Command, folder: &Path) -> io::Result<()> {
    let page = man(command);
    page.render(&mut File::create(folder.join(page.get_filename()))?)?;
    command.get_subcommands().try_for_each(|inner| write_all(inner, folder))
}

/// Shows a page with `man`. Returns `false` if that did not work. Not every `man` reads standard
/// input, but all read a file.
fn shown(page: &[u8]) -> io::Result<bool> {
    let path = env::temp_dir().join(format!("endstate-{}.1", process::id()));
    let mut file = regular_file::private().write(true).create_new(true).open(&path)?;
    let status = file.write_all(page).and_then(|()| Command::new("man").arg(&path).stderr(Stdio::null()).status());
    fs::remove_file(&path)?;
    Ok(status.is_ok_and(|status| status.success()))
}
