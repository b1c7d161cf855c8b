//! Which tenants a command works on: one without a name, one profile, or several.

use std::env;

use anyhow::{bail, ensure};

use super::environment::warn_of_unknown_variables;
use super::file::ConfigFile;
use super::settings::{CliOverrides, ProfileOrigin, Settings};
use crate::cli::{ProfileArgs, SourceArgs};
use crate::exit::UsageError;

/// The tenants of a command.
pub(crate) enum Tenants {
    /// One, which need not have a name.
    One(Box<Settings>),
    Several(Vec<Profile>),
}

/// One of several profiles. An error in it does not affect the others.
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) settings: anyhow::Result<Settings>,
}

/// The tenants in the order in which they were named.
pub(crate) fn resolve(source: &SourceArgs, overrides: &CliOverrides) -> anyhow::Result<Tenants> {
    if source.demo {
        let settings = Settings::resolve(overrides, None, ProfileOrigin::CommandLine, false)?;
        return Ok(Tenants::One(Box::new(settings)));
    }
    resolve_profiles(&source.profiles, overrides)
}

/// The same for commands without a demo.
pub(crate) fn resolve_profiles(source: &ProfileArgs, overrides: &CliOverrides) -> anyhow::Result<Tenants> {
    let tenants = tenants_of(source, overrides)?;
    match &tenants {
        Tenants::One(settings) => warn_of_unknown_variables([&**settings]),
        Tenants::Several(profiles) => {
            warn_of_unknown_variables(profiles.iter().filter_map(|profile| profile.settings.as_ref().ok()));
        }
    }
    Ok(tenants)
}

fn tenants_of(source: &ProfileArgs, overrides: &CliOverrides) -> anyhow::Result<Tenants> {
    let mut wanted = source.profile.clone();
    let mut origin = ProfileOrigin::CommandLine;
    if wanted.is_empty() && !source.all_profiles {
        origin = ProfileOrigin::Environment;
        wanted.extend(env::var("ENDSTATE_PROFILE").ok().filter(|name| !name.is_empty()));
    }

    if wanted.is_empty() && !source.all_profiles {
        let file = ConfigFile::read_for_default(source.config.as_deref())?;
        if let Some(file) = &file
            && let Some(name) = file.default_profile()?
        {
            return Ok(Tenants::One(Box::new(Settings::resolve(overrides, Some((name, file)), origin, false)?)));
        }
        let message = "--config names a file without a default profile; choose one with --profile, or use \
                       --all-profiles";
        ensure!(source.config.is_none(), UsageError::new(message));
        return Ok(Tenants::One(Box::new(Settings::resolve(overrides, None, origin, false)?)));
    }

    let file = ConfigFile::read(&ConfigFile::path(source.config.as_deref())?)?;
    let names = names_of(&wanted, source.all_profiles, &file)?;
    match names.as_slice() {
        [] => bail!("{} has no profile; add one, such as [profile.contoso]", file.path.display()),
        [name] => Ok(Tenants::One(Box::new(Settings::resolve(overrides, Some((name, &file)), origin, false)?))),
        _ => several(names, &file, overrides),
    }
}

/// The profiles that names and patterns mean. A pattern adds those that are not named yet.
fn names_of(wanted: &[String], all: bool, file: &ConfigFile) -> anyhow::Result<Vec<String>> {
    if all {
        return Ok(file.names().map(ToOwned::to_owned).collect());
    }
    let mut names: Vec<String> = Vec::new();
    for name in wanted {
        let matching = file.matching(name)?;
        let is_twice = matching.contains(name) && names.contains(name);
        ensure!(!is_twice, UsageError::new(format!("--profile {name} is given twice")));
        names.extend(matching.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    Ok(names)
}

fn several(names: Vec<String>, file: &ConfigFile, overrides: &CliOverrides) -> anyhow::Result<Tenants> {
    let mut profiles = Vec::new();
    for name in names {
        let settings = Settings::resolve(overrides, Some((&name, file)), ProfileOrigin::CommandLine, true);
        profiles.push(match settings {
            // The command line is wrong, not the profile.
            Err(error) if error.is::<UsageError>() => return Err(error),
            settings => Profile { name, settings },
        });
    }
    refuse_one_tenant_twice(&profiles)?;
    Ok(Tenants::Several(profiles))
}

/// Refuses profiles that would pull the same tenant: its devices would count twice.
fn refuse_one_tenant_twice(profiles: &[Profile]) -> anyhow::Result<()> {
    let readable = profiles.iter().filter_map(|profile| Some((&profile.name, profile.settings.as_ref().ok()?)));
    let readable: Vec<_> = readable.collect();
    for (index, (name, settings)) in readable.iter().enumerate() {
        for (other_name, other) in &readable[..index] {
            let Some(what) = settings.same_identity_as(other) else { continue };
            bail!(UsageError::new(format!(
                "profiles '{other_name}' and '{name}' have the same {what}, so the same devices would be pulled twice; \
                 name one of them"
            )));
        }
    }
    Ok(())
}
