//! Which tenants a command is about: none by name, one profile, or several at once.

use std::env;

use anyhow::{bail, ensure};

use crate::args::SourceArgs;
use crate::config_file::ConfigFile;
use crate::exit::WrongUsage;
use crate::settings::{Given, Settings};

/// Whom a command is about.
pub(crate) enum Tenants {
    /// One, which need not have a name.
    One(Box<Settings>),
    Several(Vec<Profile>),
}

/// One of several profiles. What is wrong in it is no concern of the others.
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) settings: anyhow::Result<Settings>,
}

/// The tenants, in the order in which they were named.
pub(crate) fn of(source: &SourceArgs, given: &Given) -> anyhow::Result<Tenants> {
    let mut named = source.profile.clone();
    if named.is_empty() && !source.all_profiles && !source.demo {
        named.extend(env::var("ENDSTATE_PROFILE").ok().filter(|name| !name.is_empty()));
    }
    if named.is_empty() && !source.all_profiles {
        let is_of_profiles = "--config names a file of profiles: say which with --profile or --all-profiles";
        ensure!(source.config.is_none(), WrongUsage(is_of_profiles.to_owned()));
        return Ok(Tenants::One(Box::new(Settings::resolve(given, None, false)?)));
    }
    let file = ConfigFile::read(&ConfigFile::path(source.config.as_deref())?)?;
    if source.all_profiles {
        named.extend(file.names().map(ToOwned::to_owned));
    }
    for (place, name) in named.iter().enumerate() {
        file.check_name(name)?;
        ensure!(!named[..place].contains(name), WrongUsage(format!("--profile {name} is given twice")));
    }
    match named.as_slice() {
        [] => bail!("there is no profile in {}", file.path.display()),
        [name] => Ok(Tenants::One(Box::new(Settings::resolve(given, Some((name, &file)), false)?))),
        _ => {
            let mut profiles = Vec::new();
            for name in named {
                let settings = Settings::resolve(given, Some((&name, &file)), true);
                profiles.push(match settings {
                    // Of the command line and not of the profile.
                    Err(error) if error.is::<WrongUsage>() => return Err(error),
                    settings => Profile { name, settings },
                });
            }
            Ok(Tenants::Several(profiles))
        }
    }
}

/// The settings of the only tenant, for commands that are about one.
pub(crate) fn only(source: &SourceArgs, given: &Given) -> anyhow::Result<Settings> {
    match of(source, given)? {
        Tenants::One(settings) => Ok(*settings),
        Tenants::Several(_) => bail!(WrongUsage("this command is about one tenant: name one profile".to_owned())),
    }
}
