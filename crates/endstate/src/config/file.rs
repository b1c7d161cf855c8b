//! The configuration file: profiles with settings, never with secrets.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use endstate_model::nearest_name;
use etcetera::{BaseStrategy, choose_base_strategy};
use glob::Pattern;
use serde::Deserialize;
use toml::Value;

use crate::exit::UsageError;

/// A file of `[profile.NAME]`.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    /// The profile of a command that names none.
    pub(crate) default_profile: Option<String>,
    /// As they are in the file: an error in one profile does not affect the others.
    profiles: BTreeMap<String, BTreeMap<String, Value>>,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    default_profile: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, BTreeMap<String, Value>>,
}

/// Names under which people expect to set a secret, and the settings that name its source.
const SECRETS: &[(&str, &str)] = &[
    ("token", "token"),
    ("access-token", "token"),
    ("secret", "client-secret"),
    ("client-secret", "client-secret"),
    ("password", "certificate-password"),
    ("certificate-password", "certificate-password"),
];

/// Settings that are files. A relative path starts at the folder of the configuration file.
const RELATIVE_TO_FILE: &[&str] = &[
    "token-file",
    "client-secret-file",
    "certificate",
    "certificate-password-file",
    "federated-token-file",
    "ca-file",
];

impl ConfigFile {
    /// The path of the file: the argument, else the environment, else the user's configuration
    /// folder.
    pub(crate) fn path(given: Option<&Path>) -> anyhow::Result<PathBuf> {
        if let Some(path) = given {
            return Ok(path.to_owned());
        }
        if let Some(path) = env::var_os("ENDSTATE_CONFIG").filter(|path| !path.is_empty()) {
            return Ok(path.into());
        }
        let folder =
            choose_base_strategy().context("cannot find the configuration folder; name the file with --config")?;
        Ok(folder.config_dir().join("endstate/config.toml"))
    }

    /// Reads a file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| {
            format!("cannot read {shown}; write one with `endstate init`, or name another with --config")
        })?;
        Self::from_text(path, &text)
    }

    /// Reads a file that may not exist; `None` if it does not.
    pub(crate) fn read_if_exists(path: &Path) -> anyhow::Result<Option<Self>> {
        if path.exists() { Self::read(path).map(Some) } else { Ok(None) }
    }

    /// Reads the file of commands that name no profile; `None` if it does not exist. A file that
    /// the command line or the environment names must exist.
    pub(crate) fn read_for_default(named: Option<&Path>) -> anyhow::Result<Option<Self>> {
        let is_named = named.is_some() || env::var_os("ENDSTATE_CONFIG").is_some_and(|path| !path.is_empty());
        match Self::path(named) {
            Ok(path) if is_named => Self::read(&path).map(Some),
            Ok(path) => Self::read_if_exists(&path),
            // Without a profile, a program needs no configuration folder.
            Err(_) => Ok(None),
        }
    }

    /// Reads the text of the file that is, or will be, at this path.
    pub(super) fn from_text(path: &Path, text: &str) -> anyhow::Result<Self> {
        let shown = path.display();
        let Document { default_profile, profile: profiles } =
            parse(text).with_context(|| format!("{shown} is not a configuration file"))?;
        Ok(Self { path: path.to_owned(), default_profile, profiles })
    }

    /// The profile of a command that names none; `None` if the file does not say one.
    pub(crate) fn default_profile(&self) -> anyhow::Result<Option<&str>> {
        let Some(name) = self.default_profile.as_deref() else { return Ok(None) };
        let remedy = "default-profile names no profile; `endstate config set default-profile NAME` changes it";
        self.check_name(name).context(remedy)?;
        Ok(Some(name))
    }

    /// The names that a name or a pattern, such as `customer-*`, means, in order.
    pub(crate) fn matching(&self, name_or_pattern: &str) -> anyhow::Result<Vec<String>> {
        if self.profiles.contains_key(name_or_pattern) || !name_or_pattern.contains(['*', '?', '[']) {
            self.check_name(name_or_pattern)?;
            return Ok(vec![name_or_pattern.to_owned()]);
        }

        let pattern = Pattern::new(name_or_pattern)
            .map_err(|error| UsageError::new(format!("--profile {name_or_pattern} is not a pattern: {error}")))?;
        let names: Vec<_> = self.names().filter(|name| pattern.matches(name)).map(ToOwned::to_owned).collect();
        if names.is_empty() {
            bail!("no profile matches '{name_or_pattern}'; {} has {}", self.path.display(), self.all_names());
        }
        Ok(names)
    }

    /// The names of all profiles, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Checks that the file has a profile of this name.
    pub(crate) fn check_name(&self, name: &str) -> anyhow::Result<()> {
        if !self.profiles.contains_key(name) {
            bail!("unknown profile '{name}'; {} has {}", self.path.display(), self.all_names());
        }
        Ok(())
    }

    /// The names of all profiles, for a person.
    fn all_names(&self) -> String {
        let names: Vec<_> = self.names().collect();
        if names.is_empty() { "no profile".to_owned() } else { names.join(", ") }
    }

    /// The settings of a profile as text. Only their names (against `names`) and secrets are
    /// checked here; the command line's parser checks what they mean.
    pub(crate) fn profile(&self, name: &str, names: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
        self.check_name(name)?;
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let settings = self.profiles.get(name).into_iter().flatten();
        settings
            .map(|(setting, value)| checked(setting, value, names, folder))
            .collect::<anyhow::Result<_>>()
            .with_context(|| format!("profile '{name}' in {} cannot be used", self.path.display()))
    }
}

/// A setting with a known name, as text. Its value is never shown, because it may be a secret that
/// was put there by mistake.
fn checked(name: &String, value: &Value, names: &[String], folder: &Path) -> anyhow::Result<(String, String)> {
    if let Some((_, place)) = SECRETS.iter().find(|(secret, _)| name.replace('_', "-") == *secret) {
        bail!(
            "'{name}' would put a secret into a file that is copied and shared; name its source instead: \
             {place}-env, {place}-file or {place}-command"
        );
    }
    if !names.contains(name) {
        let nearest = nearest_name(name, names.iter().map(String::as_str));
        let suggestion = nearest.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        // A name with another letter may hold a pasted value.
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        ensure!(is_name, "a setting has letters, digits and hyphens only, such as calls-per-minute{suggestion}");
        bail!("unknown setting '{name}'{suggestion}");
    }

    let value = match value {
        // In any setting.
        Value::String(text) if looks_like_a_secret(text) => {
            let place = name.rsplit_once('-').map(|(place, _)| place).filter(|_| names_a_source(name));
            let place = place.unwrap_or("client-secret");
            bail!(
                "the value of '{name}' looks like a secret, in a file that is copied and shared; name its source \
                 instead: {place}-env with the name of a variable, {place}-file or {place}-command"
            );
        }
        Value::String(text) if name.ends_with("-env") && !is_variable_name(text) => {
            bail!("'{name}' must be the name of an environment variable");
        }
        Value::String(text) if RELATIVE_TO_FILE.contains(&name.as_str()) && text != "-" => {
            folder.join(text).to_string_lossy().into_owned()
        }
        Value::String(text) => text.clone(),
        Value::Integer(_) | Value::Float(_) if names_a_source(name) => {
            bail!("'{name}' must name where the secret is, and a number is no name")
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is) => is.to_string(),
        _ => bail!("'{name}' must be a string, a number, true or false"),
    };

    Ok((name.clone(), value))
}

/// Checks the name of a new profile: options, pages and files have it, and patterns match it.
pub(crate) fn check_new_name(name: &str) -> anyhow::Result<()> {
    let is_usable = !name.trim().is_empty() && name.trim() == name && name != "." && name != "..";
    let is_plain = |letter: char| !letter.is_control() && !"*?[]{}/\\\"'".contains(letter);
    ensure!(
        is_usable && name.chars().all(is_plain),
        UsageError::new("a profile's name has at least one letter, and no quotation mark, slash, bracket, * or ?")
    );
    Ok(())
}

/// A value of the command line as it is in the file. There, a path starts at the folder of the
/// file, and not at this one.
pub(crate) fn from_this_folder(setting: &str, value: &str) -> anyhow::Result<String> {
    if !RELATIVE_TO_FILE.contains(&setting) || value == "-" {
        return Ok(value.to_owned());
    }
    let path = std::path::absolute(value).with_context(|| format!("{setting} is not a path"))?;
    Ok(path.to_string_lossy().into_owned())
}

/// Whether a setting names the source of a secret.
fn names_a_source(name: &str) -> bool {
    ["-env", "-file", "-command"].iter().any(|place| name.ends_with(place))
}

/// Whether the text looks like a token (a JSON Web Token begins with `eyJ`), or like a client
/// secret of Microsoft Entra (forty characters, the fifth and sixth of which are `Q~`).
fn looks_like_a_secret(text: &str) -> bool {
    let is_token = text.starts_with("eyJ") && text.matches('.').count() == 2;
    let is_of_secret = |byte: u8| byte.is_ascii_alphanumeric() || b"~._-".contains(&byte);
    let is_secret = (37..=44).contains(&text.len()) && text.get(4..6) == Some("Q~") && text.bytes().all(is_of_secret);
    is_token || is_secret
}

/// Whether an environment variable can have this name in every shell; anything else may be a pasted
/// secret, so it is never echoed.
pub(crate) fn is_variable_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && !text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(is_of_name)
}

/// Parses the file. The library's own message shows the faulty line, which may be a misplaced
/// secret, so only its number is reported.
fn parse(text: &str) -> anyhow::Result<Document> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        // `invalid type: string "...", expected ...` shows the value.
        let shows_a_value = ["invalid type", "invalid value"].iter().any(|start| error.message().starts_with(start));
        let message = if shows_a_value { "a setting has the wrong type" } else { error.message() };
        anyhow!("line {line}: {message}")
    })
}
