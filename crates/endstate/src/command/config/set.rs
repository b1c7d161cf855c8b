//! `endstate config set`: one setting of one profile, or the default profile.

use anyhow::ensure;

use crate::cli::ConfigSetArgs;
use crate::config::draft::{ConfigDraft, DEFAULT_PROFILE};
use crate::config::file::{self, ConfigFile};
use crate::exit::{Exit, UsageError};
use crate::terminal::output;

pub(super) fn run(args: &ConfigSetArgs) -> anyhow::Result<Exit> {
    let path = ConfigFile::path(args.file.config.as_deref())?;
    let mut draft = ConfigDraft::open(&path)?;
    let setting = args.setting.trim_start_matches('-');
    if setting == DEFAULT_PROFILE {
        ensure!(args.profile.is_none(), UsageError::new("default-profile is a setting of the file, not of a profile"));
        draft.set_default_profile(args.value.as_deref());
        draft.save(None)?;
        output::say(match &args.value {
            Some(name) => format!("The default profile is now '{name}'"),
            None => "Commands without --profile use no profile now".to_owned(),
        });
        return Ok(Exit::Done);
    }

    let profile = args.profile.clone().map_or_else(|| draft.only_profile(), Ok)?;
    let is_new = !draft.has_profile(&profile);
    if is_new {
        file::check_new_name(&profile)?;
    }
    if !draft.has_profiles() {
        draft.set_default_profile(Some(&profile));
    }
    match &args.value {
        Some(value) => draft.set(&profile, setting, &file::from_this_folder(setting, value)?),
        None => ensure!(draft.unset(&profile, setting), "profile '{profile}' does not set {setting}"),
    }
    draft.save(Some(&profile))?;
    let done = if args.value.is_some() { "Set" } else { "Removed" };
    let new = if is_new { "the new " } else { "" };
    output::say(format_args!("{done} {setting} of {new}profile '{profile}' in {}", path.display()));
    Ok(Exit::Done)
}
