//! Settings in force: from the command line, the environment, a profile or their defaults, in that order, each with its origin.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, Parser};

use crate::args::{OutputArgs, PullLimits, ServiceArgs, SettingsArgs, SignInArgs};
use crate::config_file::ConfigFile;
use crate::exit::WrongUsage;

/// Everything that can be set, by the very options of the command line: a profile's setting and an environment variable are
/// read as the option of the same name is.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct AllSettings {
    #[command(flatten)]
    settings: SettingsArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// What is given on the command line, by the option's name.
#[derive(Debug, Default, Clone)]
pub(crate) struct Given(BTreeMap<String, String>);

/// The settings of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The profile, if they are of one.
    pub(crate) profile: Option<String>,
    pub(crate) service: ServiceArgs,
    pub(crate) sign_in: SignInArgs,
    pub(crate) limits: PullLimits,
    pub(crate) output: OutputArgs,
    /// Every setting, in the order of the command line's help.
    pub(crate) effective: Vec<Effective>,
}

/// A setting, and where its value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Option(String),
    Environment(String),
    Profile(String, PathBuf),
    /// The row of the table of clouds.
    Cloud(String),
    /// The service root, where it is none of a cloud's.
    ServiceRoot,
    Default,
    Unset,
}

/// What a layer has to say of a setting.
type Layer<'l> = dyn Fn(&str) -> Option<(Origin, String)> + 'l;

/// Settings that have a variable of their own, which Azure's tools share; the others are `ENDSTATE_` and their name. Those of
/// Azure Pipelines are set by its tasks: <https://github.com/microsoft/azure-pipelines-tasks/pull/19806> and 19818 there.
const VARIABLES: &[(&str, &[&str])] = &[
    ("tenant", &["AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"]),
    ("client", &["AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"]),
    ("authority", &["AZURE_AUTHORITY_HOST"]),
    ("certificate", &["AZURE_CLIENT_CERTIFICATE_PATH"]),
    ("send-certificate-chain", &["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"]),
    ("federated-token-file", &["AZURE_FEDERATED_TOKEN_FILE"]),
    ("service-connection", &["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]),
];

/// Settings that tell tenants apart: given for several at once, they would make them all the same one.
const OF_ONE_TENANT: &[&str] = &["tenant", "token-env", "token-file", "token-command"];

impl Given {
    /// The options of a command that are settings and stand on the command line.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let mut given = BTreeMap::new();
        for option in AllSettings::command().get_arguments() {
            let (id, Some(name)) = (option.get_id().as_str(), option.get_long()) else { continue };
            // A command that does not have the option has nothing to say of it.
            let is_there = matches!(matches.try_contains_id(id), Ok(true));
            if !is_there || matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let value = matches.get_raw(id).and_then(|mut values| values.next());
            let value = value.map_or_else(|| "true".to_owned(), |value| value.to_string_lossy().into_owned());
            given.insert(name.to_owned(), value);
        }
        Self(given)
    }
}

/// The names of all settings.
pub(crate) fn names() -> Vec<String> {
    AllSettings::command().get_arguments().filter_map(|option| option.get_long().map(ToOwned::to_owned)).collect()
}

/// The variable of a setting that is set to something, and its value.
fn of_environment(name: &str) -> Option<(String, String)> {
    let own = format!("ENDSTATE_{}", name.to_uppercase().replace('-', "_"));
    let shared = VARIABLES.iter().find(|(setting, _)| *setting == name).map(|(_, variables)| *variables);
    let variables = shared.map_or_else(|| vec![own.as_str()], <[&str]>::to_vec);
    let mut values = variables.into_iter().filter_map(|variable| Some((variable.to_owned(), env::var(variable).ok()?)));
    values.find(|(_, value)| !value.is_empty())
}

/// What settings have in common of which one may be given, such as `token` of `token-env`: they name places of one secret.
fn secret_of(name: &str) -> Option<&str> {
    let secret = ["-env", "-file", "-command"].iter().find_map(|place| name.strip_suffix(place))?;
    ["token", "client-secret", "certificate-password"].contains(&secret).then_some(secret)
}

impl Settings {
    /// The settings of a profile, or of none. `is_one_of_many` where there are further tenants.
    pub(crate) fn resolve(
        given: &Given,
        profile: Option<(&str, &ConfigFile)>,
        is_one_of_many: bool,
    ) -> anyhow::Result<Self> {
        let names = names();
        let of_profile = match profile {
            Some((name, file)) => Some((name, file, file.profile(name, &names)?)),
            None => None,
        };
        let layers: [&Layer<'_>; 3] = [
            &|name| Some((Origin::Option(format!("--{name}")), given.0.get(name)?.clone())),
            &|name| of_environment(name).map(|(variable, value)| (Origin::Environment(variable), value)),
            &|name| {
                let (profile, file, settings) = of_profile.as_ref()?;
                Some((Origin::Profile((*profile).to_owned(), file.path.clone()), settings.get(name)?.clone()))
            },
        ];
        let mut found: BTreeMap<&str, (Origin, String)> = BTreeMap::new();
        let mut decided: BTreeSet<&str> = BTreeSet::new();
        for layer in layers {
            let mut here: BTreeMap<&str, &str> = BTreeMap::new();
            for name in &names {
                let secret = secret_of(name);
                let is_taken =
                    found.contains_key(name.as_str()) || secret.is_some_and(|secret| decided.contains(secret));
                let Some((origin, value)) = layer(name).filter(|_| !is_taken) else { continue };
                if let Some(secret) = secret
                    && let Some(other) = here.insert(secret, name)
                {
                    bail!("{origin} names more than one place of the {secret}: {other} and {name}");
                }
                found.insert(name, (origin, value));
            }
            decided.extend(here.into_keys());
        }
        if is_one_of_many {
            refuse_one_for_all(&found)?;
        }
        Self::parsed(profile.map(|(name, _)| name), &found)
    }

    /// Reads the texts as the command line would.
    fn parsed(profile: Option<&str>, found: &BTreeMap<&str, (Origin, String)>) -> anyhow::Result<Self> {
        let command = AllSettings::command();
        let mut arguments = Vec::new();
        let mut effective = Vec::new();
        for option in command.get_arguments() {
            let Some(name) = option.get_long().map(ToOwned::to_owned) else { continue };
            let is_switch = matches!(option.get_action(), ArgAction::SetTrue);
            let Some((origin, value)) = found.get(name.as_str()) else {
                let default = option.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
                let (value, origin) = match default {
                    Some(value) => (Some(value), Origin::Default),
                    None if is_switch => (Some("false".to_owned()), Origin::Default),
                    None => (None, Origin::Unset),
                };
                effective.push(Effective { name, value, origin });
                continue;
            };
            match (is_switch, value.to_ascii_lowercase().as_str()) {
                (true, "true" | "1") => arguments.push(format!("--{name}")),
                (true, "false" | "0") => {}
                (true, _) => bail!("{name} from {origin} has to be true or false"),
                (false, _) => arguments.push(format!("--{name}={value}")),
            }
            effective.push(Effective { name, value: Some(value.clone()), origin: origin.clone() });
        }
        let AllSettings { settings: SettingsArgs { service, sign_in, limits }, output } =
            AllSettings::try_parse_from(arguments).map_err(|error| explained(&error, found))?;
        Ok(Self { profile: profile.map(ToOwned::to_owned), service, sign_in, limits, output, effective })
    }
}

/// Of a value that cannot be read: which setting, where it is from, and what is wrong.
fn explained(error: &clap::Error, found: &BTreeMap<&str, (Origin, String)>) -> anyhow::Error {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => {
            option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default()
        }
        _ => "",
    };
    let Some((origin, value)) = found.get(option) else { return anyhow!("{}", error.render()) };
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    let reason = first.rsplit_once("': ").map_or_else(
        || match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => format!("it has to be one of {}", values.join(", ")),
            _ => "it cannot be read".to_owned(),
        },
        |(_, reason)| reason.to_owned(),
    );
    // What a type of our own says begins with its own name for the setting.
    let reason = reason.split_once("cannot be used: ").map_or(reason.as_str(), |(_, reason)| reason);
    // What stands in a file may be a secret that does not belong there.
    let reason = match origin {
        Origin::Profile(..) if value.len() > 3 => reason.replace(value, "..."),
        _ => reason.to_owned(),
    };
    anyhow!("{option} from {origin} cannot be used: {reason}")
}

fn refuse_one_for_all(found: &BTreeMap<&str, (Origin, String)>) -> anyhow::Result<()> {
    for name in OF_ONE_TENANT {
        if let Some((origin @ (Origin::Option(_) | Origin::Environment(_)), _)) = found.get(name) {
            bail!(WrongUsage(format!(
                "{origin} would give several profiles the same {name}; leave it to the profiles"
            )));
        }
    }
    Ok(())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(option) => f.write_str(option),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Profile(profile, path) => write!(f, "profile '{profile}' in {}", path.display()),
            Self::Cloud(cloud) => write!(f, "cloud {cloud}"),
            Self::ServiceRoot => f.write_str("the service root"),
            Self::Default => f.write_str("default"),
            Self::Unset => f.write_str("not set"),
        }
    }
}
