//! The settings in effect, each with its source.
//!
//! Why all sources share one parser: an option, an environment variable and a key of a profile with
//! the same name have the same meaning and the same errors. So the options of the command line are
//! the only definition of a setting. The other sources are translated to arguments of the same name
//! and parsed by clap. A new option is a setting in every source, without a line here.
//!
//! Sources are consulted in order: command line, environment, profile, default. Settings that name
//! the source of one secret (`token-env`, `token-file`, `token-command`) are decided together: the
//! first source that has any of them wins, and two of them in one source are an error. Several
//! tenants must not share what identifies one of them, so a tenant or a token that would apply to
//! all profiles is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use anyhow::{anyhow, bail};
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, Parser};

use super::file::ConfigFile;
use super::setting_source::{ResolvedSetting, SettingSource};
use crate::cli::{OutputArgs, PullLimits, ServiceArgs, SettingsArgs, SignInArgs};
use crate::exit::UsageError;
use crate::terminal::output;

/// Everything that can be set, as the options of the command line.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct AllSettings {
    #[command(flatten)]
    settings: SettingsArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The settings of the sign-in alone.
#[derive(Debug, Parser)]
struct SignInSettings {
    #[command(flatten)]
    _sign_in: SignInArgs,
}

/// The settings that the command line sets, by the option's name.
#[derive(Debug, Default, Clone)]
pub(crate) struct CliOverrides(BTreeMap<String, String>);

/// The settings of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The profile; `None` if the settings are not from a profile.
    pub(crate) profile: Option<String>,
    /// Whether the profile sets how to sign in.
    pub(crate) has_sign_in_of_profile: bool,
    /// Whether the command works on several tenants, of which this is one.
    pub(crate) is_one_of_several: bool,
    pub(crate) service: ServiceArgs,
    pub(crate) sign_in: SignInArgs,
    pub(crate) limits: PullLimits,
    pub(crate) output: OutputArgs,
    /// Every setting, in the order of the command line's help.
    pub(crate) resolved: Vec<ResolvedSetting>,
}

/// Looks a setting up in one source.
type Layer<'l> = dyn Fn(&str) -> Option<(SettingSource, String)> + 'l;

/// The values that were found, by the setting's name.
type Found<'n> = BTreeMap<&'n str, (SettingSource, String)>;

/// Settings with variables that Azure's tools share, beside the variable `ENDSTATE_` and their
/// name, which wins. The tasks of Azure Pipelines set theirs:
/// <https://github.com/microsoft/azure-pipelines-tasks/pull/19806> and pull request 19818.
const VARIABLES: &[(&str, &[&str])] = &[
    ("tenant", &["AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"]),
    ("client", &["AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"]),
    ("authority", &["AZURE_AUTHORITY_HOST"]),
    ("certificate", &["AZURE_CLIENT_CERTIFICATE_PATH"]),
    ("send-certificate-chain", &["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"]),
    ("federated-token-file", &["AZURE_FEDERATED_TOKEN_FILE"]),
    ("service-connection", &["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]),
];

/// Settings that identify a tenant. Set for all profiles, they would make several tenants one.
const IDENTIFY_A_TENANT: &[&str] = &["tenant", "token-env", "token-file", "token-command"];

/// Where the name of the profile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileOrigin {
    CommandLine,
    Environment,
}

/// Settings that are not of the sign-in, but decide whose devices are pulled.
const NAME_A_SERVICE: &[&str] =
    &["cloud", "region", "service-root", "defender-root", "graph-root", "authority", "scope"];

/// Whether a setting decides whose devices are pulled: which service, which tenant, signed in as
/// whom. A profile that is named on the command line has all of them from one place.
fn is_identity(setting: &str) -> bool {
    let sign_in = SignInSettings::command();
    let mut names = sign_in.get_arguments().filter_map(clap::Arg::get_long);
    NAME_A_SERVICE.contains(&setting) || names.any(|name| name == setting && name != "command-timeout")
}

/// Warns of each identity in the environment that a profile replaces. Only values that are no
/// secrets by their nature are shown.
fn warn_of_environment(found: &Found<'_>) {
    const SHOWN: &[&str] = &["tenant", "client", "cloud", "region", "auth"];
    for (name, (source, value)) in found {
        let SettingSource::Profile(profile, _) = source else { continue };
        let Some((variable, other)) = environment_value(name).filter(|(_, other)| other != value && is_identity(name))
        else {
            continue;
        };
        let shown = |value: &str| if SHOWN.contains(name) { format!(" {value}") } else { String::new() };
        output::warn(format_args!(
            "using {name}{} of profile '{profile}', not{} from {variable}",
            shown(value),
            shown(&other)
        ));
    }
}

impl CliOverrides {
    /// The settings that the command line of the innermost command sets. Defaults do not count, so
    /// the environment and a profile can replace them.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Self {
        if let Some((_, subcommand)) = matches.subcommand() {
            return Self::from_matches(subcommand);
        }
        let mut overrides = BTreeMap::new();
        for option in AllSettings::command().get_arguments() {
            let (id, Some(name)) = (option.get_id().as_str(), option.get_long()) else { continue };
            // A command without the option does not set it.
            let has_option = matches!(matches.try_contains_id(id), Ok(true));
            if !has_option || matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let value = matches.get_raw(id).and_then(|mut values| values.next());
            let value = value.map_or_else(|| "true".to_owned(), |value| value.to_string_lossy().into_owned());
            overrides.insert(name.to_owned(), value);
        }
        Self(overrides)
    }

    /// The settings by name.
    pub(crate) fn given(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// Checks a value as it will be checked in a profile.
pub(crate) fn check_value(setting: &str, value: &str) -> anyhow::Result<()> {
    let source = SettingSource::Option("the answer".to_owned());
    let found = BTreeMap::from([(setting, (source, value.to_owned()))]);
    Settings::parse(None, false, &found).map(|_| ())
}

/// The names of all settings.
pub(crate) fn names() -> Vec<String> {
    AllSettings::command().get_arguments().filter_map(|option| option.get_long().map(ToOwned::to_owned)).collect()
}

/// The variable that only endstate reads, such as `ENDSTATE_CA_FILE`.
pub(super) fn own_variable(setting: &str) -> String {
    format!("ENDSTATE_{}", setting.to_uppercase().replace('-', "_"))
}

/// The environment variable of a setting and its value, if it is set and not empty.
fn environment_value(name: &str) -> Option<(String, String)> {
    let own = own_variable(name);
    let shared = VARIABLES.iter().find(|(setting, _)| *setting == name).map(|(_, variables)| *variables);
    let variables = [own.as_str()].into_iter().chain(shared.into_iter().flatten().copied());
    let mut values = variables.into_iter().filter_map(|variable| Some((variable.to_owned(), env::var(variable).ok()?)));
    values.find(|(_, value)| !value.is_empty())
}

/// The secret whose source a setting names, such as `token` for `token-env`. Only one of these
/// settings may be set.
fn secret_named_by(setting: &str) -> Option<&str> {
    let secret = ["-env", "-file", "-command"].iter().find_map(|kind| setting.strip_suffix(kind))?;
    ["token", "client-secret", "certificate-password"].contains(&secret).then_some(secret)
}

impl Settings {
    /// Resolves the settings of a profile, or of no profile.
    pub(crate) fn resolve(
        overrides: &CliOverrides,
        profile: Option<(&str, &ConfigFile)>,
        origin: ProfileOrigin,
        is_one_of_several: bool,
    ) -> anyhow::Result<Self> {
        let names = names();
        let from_profile = match profile {
            Some((name, file)) => Some((name, file, file.profile(name, &names)?)),
            None => None,
        };
        let of_environment =
            |name: &str| environment_value(name).map(|(variable, value)| (SettingSource::Environment(variable), value));
        let of_profile = |name: &str| {
            let (profile, file, settings) = from_profile.as_ref()?;
            Some((SettingSource::Profile((*profile).to_owned(), file.path.clone()), settings.get(name)?.clone()))
        };
        let layers: [&Layer<'_>; 4] = [
            &|name| Some((SettingSource::Option(format!("--{name}")), overrides.0.get(name)?.clone())),
            // What the user names now wins over what a shell happens to contain.
            &|name| of_profile(name).filter(|_| origin == ProfileOrigin::CommandLine && is_identity(name)),
            &of_environment,
            &of_profile,
        ];

        let found = look_up(&names, &layers)?;
        warn_of_environment(&found);
        if is_one_of_several {
            refuse_one_identity_for_all(&found)?;
        }
        Self::parse(profile.map(|(name, _)| name), is_one_of_several, &found)
    }

    /// The name that tells this tenant's rows and messages from those of other tenants; `None` if
    /// there is only one tenant.
    pub(crate) fn tenant_label(&self) -> Option<&str> {
        self.profile.as_deref().filter(|_| self.is_one_of_several)
    }

    /// Whether a setting has its default.
    pub(crate) fn is_default(&self, name: &str) -> bool {
        self.resolved.iter().any(|setting| setting.name == name && setting.source == SettingSource::Default)
    }

    /// What makes these settings those of the same tenant as others; `None` if nothing does.
    pub(super) fn same_identity_as(&self, other: &Self) -> Option<&'static str> {
        let service = |settings: &Self| {
            let ServiceArgs { cloud, region, service_root, defender_root, graph_root, .. } = &settings.service;
            (*cloud, *region, service_root.clone(), defender_root.clone(), graph_root.clone())
        };
        let token = |settings: &Self| {
            let SignInArgs { token_env, token_file, token_command, .. } = &settings.sign_in;
            Some((token_env.clone(), token_file.clone(), token_command.clone()))
                .filter(|token| *token != (None, None, None))
        };
        let tenant =
            |settings: &Self| settings.sign_in.tenant.as_ref().map(|tenant| tenant.as_str().to_ascii_lowercase());

        if service(self) != service(other) {
            return None;
        }
        if token(self).is_some_and(|own| Some(own) == token(other)) {
            return Some("token");
        }
        tenant(self).filter(|own| Some(own) == tenant(other).as_ref()).map(|_| "tenant")
    }

    /// Parses the values as the command line does.
    fn parse(profile: Option<&str>, is_one_of_several: bool, found: &Found<'_>) -> anyhow::Result<Self> {
        let mut arguments = Vec::new();
        let mut resolved = Vec::new();
        for option in AllSettings::command().get_arguments() {
            let Some(name) = option.get_long().map(ToOwned::to_owned) else { continue };
            let is_switch = matches!(option.get_action(), ArgAction::SetTrue);
            let Some((source, value)) = found.get(name.as_str()) else {
                resolved.push(default_of(option, name, is_switch));
                continue;
            };

            match (is_switch, value.to_ascii_lowercase().as_str()) {
                (true, "true" | "1") => arguments.push(format!("--{name}")),
                (true, "false" | "0") => {}
                (true, _) => bail!("{name} from {source} must be true or false"),
                (false, _) => arguments.push(format!("--{name}={value}")),
            }
            resolved.push(ResolvedSetting { name, value: Some(value.clone()), source: source.clone() });
        }

        let parsed = AllSettings::try_parse_from(arguments).map_err(|error| explain(&error, found))?;
        let AllSettings { settings: SettingsArgs { service, sign_in, limits }, output } = parsed;
        let profile = profile.map(ToOwned::to_owned);
        let is_sign_in = |name: &str| !["tenant", "client", "cloud"].contains(&name) && is_identity(name);
        let has_sign_in_of_profile = found.iter().any(|(name, (source, _))| {
            matches!(source, SettingSource::Profile(..)) && is_sign_in(name) && !NAME_A_SERVICE.contains(name)
        });
        Ok(Self { profile, has_sign_in_of_profile, is_one_of_several, service, sign_in, limits, output, resolved })
    }
}

/// The first layer that has a setting wins. What names the source of one secret is decided
/// together.
fn look_up<'n>(names: &'n [String], layers: &[&Layer<'_>]) -> anyhow::Result<Found<'n>> {
    let mut found: Found<'n> = BTreeMap::new();
    let mut decided: BTreeSet<&str> = BTreeSet::new();
    for layer in layers {
        let mut secrets: BTreeMap<&str, &str> = BTreeMap::new();
        for name in names {
            let secret = secret_named_by(name);
            let is_taken = found.contains_key(name.as_str()) || secret.is_some_and(|secret| decided.contains(secret));
            let Some((source, value)) = layer(name).filter(|_| !is_taken) else { continue };
            if let Some(secret) = secret
                && let Some(other) = secrets.insert(secret, name)
            {
                bail!("{source} sets both {other} and {name}; the {secret} can have only one source");
            }
            found.insert(name, (source, value));
        }
        decided.extend(secrets.into_keys());
    }
    Ok(found)
}

fn default_of(option: &clap::Arg, name: String, is_switch: bool) -> ResolvedSetting {
    let default = option.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    let (value, source) = match default {
        Some(value) => (Some(value), SettingSource::Default),
        None if is_switch => (Some("false".to_owned()), SettingSource::Default),
        None => (None, SettingSource::Unset),
    };
    ResolvedSetting { name, value, source }
}

/// Explains a value that cannot be parsed: which setting, its source, and what is wrong.
fn explain(error: &clap::Error, found: &Found<'_>) -> anyhow::Error {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => {
            option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default()
        }
        _ => "",
    };
    let Some((source, value)) = found.get(option) else { return anyhow!("{}", error.render()) };

    let reason = why_invalid(error);
    // A value in a file may be a secret that was put there by mistake.
    let reason = match source {
        SettingSource::Profile(..) if value.len() > 3 => reason.replace(value, "..."),
        _ => reason,
    };
    anyhow!("{option} from {source} cannot be used: {reason}")
}

/// What is wrong with a value, without the name of its setting.
fn why_invalid(error: &clap::Error) -> String {
    let Some(cause) = std::error::Error::source(error) else {
        return match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => format!("it must be one of {}", values.join(", ")),
            _ => "it cannot be read".to_owned(),
        };
    };
    if cause.is::<std::num::ParseIntError>() {
        return "it must be a whole number".to_owned();
    }
    match cause.downcast_ref() {
        Some(endstate_reqwest::Error::ServiceRoot { reason } | endstate_reqwest::Error::Setting { reason, .. }) => {
            reason.clone()
        }
        _ => cause.to_string(),
    }
}

fn refuse_one_identity_for_all(found: &Found<'_>) -> anyhow::Result<()> {
    for name in IDENTIFY_A_TENANT {
        if let Some((source, _)) = found.get(name)
            && source.is_for_all_profiles()
        {
            bail!(UsageError::new(format!(
                "{source} would set the same {name} for several profiles; set it in each profile"
            )));
        }
    }
    Ok(())
}
