//! `endstate config init`: a commented file to fill in.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;

use crate::cli::ConfigFileArgs;
use crate::config::draft::create_folder;
use crate::config::file::ConfigFile;
use crate::exit::Exit;
use crate::terminal::output;

const TEMPLATE: &str = include_str!("template.toml");

pub(super) fn run(args: &ConfigFileArgs) -> anyhow::Result<Exit> {
    let path = ConfigFile::path(args.config.as_deref())?;
    write_template(&path)?;
    let shown = path.display();
    output::say(format_args!("Wrote {shown}. Fill it in, then run `endstate doctor --profile contoso`"));
    Ok(Exit::Done)
}

/// Writes the file, unless it exists.
pub(super) fn write_template(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    create_folder(path)?;
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            anyhow::bail!("{shown} already exists and was not overwritten; use --config to choose another path");
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
    };
    file.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write {shown}"))
}
