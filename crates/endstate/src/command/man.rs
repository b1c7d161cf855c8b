//! `endstate man`: manual pages.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;

use super::command_named;
use crate::cli::{Cli, ManArgs};
use crate::exit::Exit;
use crate::terminal::output;

pub(crate) fn run(args: &ManArgs) -> anyhow::Result<Exit> {
    if let Some(folder) = &args.folder {
        let mut root = Cli::command();
        root.build();
        let written = fs::create_dir_all(folder).and_then(|()| write_all(&root, folder));
        written.with_context(|| format!("cannot write manual pages to {}", folder.display()))?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    man(&command_named::named(&args.command, &[])?).render(&mut page)?;
    // People see the page, programs get its source.
    if !(output::is_terminal() && shown(&page)) {
        output::data(&String::from_utf8_lossy(&page))?;
    }
    Ok(Exit::Done)
}

/// The manual page of a command.
fn man(command: &clap::Command) -> Man {
    let version = command.get_version().unwrap_or(env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(format!("endstate {version}")).manual("endstate manual")
}

/// Writes the pages of a command and of the commands in it.
fn write_all(command: &clap::Command, folder: &Path) -> io::Result<()> {
    let page = man(command);
    page.render(&mut File::create(folder.join(page.get_filename()))?)?;
    command.get_subcommands().try_for_each(|inner| write_all(inner, folder))
}

/// Shows a page with `man`. Returns `false` if the system has no `man` that reads standard input.
fn shown(page: &[u8]) -> bool {
    let mut man = Command::new("man");
    let Ok(mut child) = man.args(["-l", "-"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn() else {
        return false;
    };
    // A reader that quits early closes the pipe.
    let _ = child.stdin.take().map(|mut input| input.write_all(page));
    child.wait().is_ok_and(|status| status.success())
}
