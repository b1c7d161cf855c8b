//! `endstate config show`: the settings in effect, with their sources.

use serde::Serialize;

use crate::cli::ConfigShowArgs;
use crate::config::endpoint::{Api, Endpoint, cloud_name};
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::setting_source::{ResolvedSetting, SettingSource};
use crate::config::settings::{CliOverrides, Settings};
use crate::exit::Exit;
use crate::report::json_document;
use crate::report::table::{Cell, Column, ResultTable};
use crate::service::sign_in;
use crate::terminal::escape::escaped;
use crate::terminal::output;

/// A profile, if the settings are from one, and its settings.
type ShownProfile = (Option<String>, Vec<ResolvedSetting>);

pub(crate) fn run(args: &ConfigShowArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    let shown: Vec<ShownProfile> = match profiles::resolve_profiles(&args.profiles, overrides)? {
        Tenants::One(settings) => vec![(settings.profile.clone(), with_derived(&settings)?)],
        Tenants::Several(profiles) => {
            let mut shown = Vec::new();
            for Profile { name, settings } in profiles {
                match settings.and_then(|settings| with_derived(&settings)) {
                    Ok(resolved) => shown.push((Some(name), resolved)),
                    Err(error) => {
                        exit = Exit::Failed;
                        output::error(&error);
                    }
                }
            }
            shown
        }
    };

    if args.json {
        let profiles = shown.iter().map(SettingsOutput::from).collect();
        let text = output::for_programs(json_document::text("config-show", &ProfilesOutput { profiles })?);
        output::data_for_programs(|out| out.write_all(text.as_bytes()))?;
        return Ok(exit);
    }
    let has_title = !matches!(shown.as_slice(), [_]);
    let title = |profile: &'_ Option<String>| profile.clone().filter(|_| has_title);
    let text: String = shown.iter().map(|(profile, resolved)| table(title(profile).as_deref(), resolved)).collect();
    output::data(&text)?;
    Ok(exit)
}

/// A table of settings, under the name of the profile if there are several.
fn table(profile: Option<&str>, resolved: &[ResolvedSetting]) -> String {
    let mut table =
        ResultTable::new([Column::shown("SETTING"), Column::shown("VALUE").wraps(), Column::shown("SOURCE").wraps()]);
    for ResolvedSetting { name, value, source } in resolved {
        let value = value.as_deref().unwrap_or("-");
        table.row([Cell::text(name), Cell::text(value), Cell::text(source.to_string())]);
    }
    let table = table.all().plain();
    profile.map_or_else(|| format!("{table}\n"), |profile| format!("{}\n\n{table}\n\n", escaped(profile)))
}

/// The settings, with what the cloud sets for those that are not set.
fn with_derived(settings: &Settings) -> anyhow::Result<Vec<ResolvedSetting>> {
    let endpoint = Endpoint::from_args(&settings.service)?;
    let cloud = SettingSource::Cloud(cloud_name(endpoint.cloud));
    // A service root that the user sets has only the documented API.
    let api_root = |api| Endpoint::for_api(&settings.service, api).ok().map(|endpoint| endpoint.root.to_string());

    let derived = |setting: &ResolvedSetting| {
        let derive = |value: String, source: &SettingSource| Some((Some(value), source.clone()));
        match (setting.name.as_str(), &setting.source) {
            ("authority", SettingSource::Unset) => derive(endpoint.authority.to_string(), &cloud),
            ("service-root", SettingSource::Unset) => derive(endpoint.root.to_string(), &cloud),
            ("defender-root", SettingSource::Unset) => derive(api_root(Api::Defender)?, &cloud),
            ("graph-root", SettingSource::Unset) => derive(api_root(Api::Graph)?, &cloud),
            ("scope", SettingSource::Unset) if endpoint.is_in_cloud => derive(endpoint.scope.to_string(), &cloud),
            ("scope", SettingSource::Unset) => derive(endpoint.scope.to_string(), &SettingSource::ServiceRoot),
            ("auth", source) if setting.value.as_deref() == Some("auto") => {
                derive(sign_in::shown_method(settings), source)
            }
            _ => None,
        }
    };
    let resolved = settings.resolved.iter().map(|setting| match derived(setting) {
        Some((value, source)) => ResolvedSetting { value, source, ..setting.clone() },
        None => setting.clone(),
    });
    Ok(resolved.collect())
}

/// The settings of each profile, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProfilesOutput<'s> {
    profiles: Vec<SettingsOutput<'s>>,
}

/// The settings of a profile, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SettingsOutput<'s> {
    profile: Option<&'s str>,
    settings: Vec<SettingOutput<'s>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SettingOutput<'s> {
    /// The name of its option, without the hyphens.
    setting: &'s str,
    /// The value, never of a secret; null if it is not set.
    value: Option<&'s str>,
    /// Where the value comes from.
    source: String,
}

impl<'s> From<&'s ShownProfile> for SettingsOutput<'s> {
    fn from((profile, resolved): &'s ShownProfile) -> Self {
        let setting = |ResolvedSetting { name, value, source }: &'s ResolvedSetting| SettingOutput {
            setting: name,
            value: value.as_deref(),
            source: source.to_string(),
        };
        Self { profile: profile.as_deref(), settings: resolved.iter().map(setting).collect() }
    }
}
