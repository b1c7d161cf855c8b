//! Which tenants a command is about: none by name, one profile, or several at once.

use std::env;

use anyhow::{bail, ensure};

use crate::args::SourceArgs;
use crate::config_file::ConfigFile;
use crate::exit::WrongUsage;
use crate::settings::{self, Given, Settings};

/// The settings of each tenant, in the order in which they were named; one at least.
pub(crate) fn of(source: &SourceArgs, given: &Given) -> anyhow::Result<Vec<Settings>> {
    let mut named = source.profile.clone();
    if named.is_empty() && !source.all_profiles && !source.demo {
        named.extend(env::var("ENDSTATE_PROFILE").ok().filter(|name| !name.is_empty()));
    }
    if named.is_empty() && !source.all_profiles {
        let is_of_profiles = "--config names a file of profiles: say which with --profile or --all-profiles";
        ensure!(source.config.is_none(), WrongUsage(is_of_profiles.to_owned()));
        return Ok(vec![Settings::resolve(given, None, false)?]);
    }
    let file = ConfigFile::read(&ConfigFile::path(source.config.as_deref())?, &settings::names())?;
    if source.all_profiles {
        named.extend(file.names().map(ToOwned::to_owned));
        ensure!(!named.is_empty(), "there is no profile in {}", file.path.display());
    }
    for (place, name) in named.iter().enumerate() {
        ensure!(!named[..place].contains(name), WrongUsage(format!("--profile {name} is given twice")));
    }
    named.iter().map(|name| Settings::resolve(given, Some((name, &file)), named.len() > 1)).collect()
}

/// The settings of the only tenant, for commands that are about one.
pub(crate) fn only(source: &SourceArgs, given: &Given) -> anyhow::Result<Settings> {
    let mut tenants = of(source, given)?;
    match (tenants.pop(), tenants.is_empty()) {
        (Some(settings), true) => Ok(settings),
        _ => bail!(WrongUsage("this command is about one tenant: name one profile".to_owned())),
    }
}
