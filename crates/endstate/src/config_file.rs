//! The configuration file: profiles, each with settings and without secrets.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use etcetera::{BaseStrategy, choose_base_strategy};
use serde::Deserialize;
use toml::Value;

/// A file of `[profile.NAME]`.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    /// As they stand there: what is wrong in one profile is no concern of the others.
    profiles: BTreeMap<String, BTreeMap<String, Value>>,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    profile: BTreeMap<String, BTreeMap<String, Value>>,
}

/// Names under which people look for a place for a secret, and the settings that name such a place.
const SECRETS: &[(&str, &str)] = &[
    ("token", "token"),
    ("access-token", "token"),
    ("secret", "client-secret"),
    ("client-secret", "client-secret"),
    ("password", "certificate-password"),
    ("certificate-password", "certificate-password"),
];

/// Settings that are files, found beside the configuration file wherever the program is run.
const BESIDE: &[&str] = &[
    "token-file",
    "client-secret-file",
    "certificate",
    "certificate-password-file",
    "federated-token-file",
    "ca-file",
];

impl ConfigFile {
    /// Where the file is: the argument, else the environment, else the platform's configuration folder.
    pub(crate) fn path(given: Option<&Path>) -> anyhow::Result<PathBuf> {
        if let Some(path) = given {
            return Ok(path.to_owned());
        }
        if let Some(path) = env::var_os("ENDSTATE_CONFIG").filter(|path| !path.is_empty()) {
            return Ok(path.into());
        }
        let folder =
            choose_base_strategy().context("the configuration folder is not known; name the file with --config")?;
        Ok(folder.config_dir().join("endstate/config.toml"))
    }

    /// Reads a file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| {
            format!("{shown} cannot be read; `endstate config init` writes one, --config names another")
        })?;
        let document = parse(&text).with_context(|| format!("{shown} is not a configuration"))?;
        Ok(Self { path: path.to_owned(), profiles: document.profile })
    }

    /// The names of all profiles, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Makes sure that there is a profile of that name.
    pub(crate) fn check_name(&self, name: &str) -> anyhow::Result<()> {
        if !self.profiles.contains_key(name) {
            let names: Vec<_> = self.names().collect();
            let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            bail!("there is no profile '{name}' in {}, which has: {has}", self.path.display());
        }
        Ok(())
    }

    /// The settings of a profile as texts, checked for their names (`names` are those that there are) and for secrets alone: what
    /// they mean is the business of the command line.
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

/// A setting whose name there is, as text; its value is never shown, since it may be a secret that does not belong there.
fn checked(name: &String, value: &Value, names: &[String], folder: &Path) -> anyhow::Result<(String, String)> {
    if let Some((_, place)) = SECRETS.iter().find(|(secret, _)| name.replace('_', "-") == *secret) {
        bail!(
            "'{name}' would be a secret in a file that is copied and shared; say where it is instead: \
             {place}-env, {place}-file or {place}-command"
        );
    }
    if !names.contains(name) {
        let suggestion = nearest(name, names).map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        bail!("there is no setting '{name}'{suggestion}");
    }
    let value = match value {
        // Wherever it was put, and whatever for.
        Value::String(text) if looks_like_a_secret(text) => {
            let place = name.rsplit_once('-').map(|(place, _)| place).filter(|_| is_place(name));
            let place = place.unwrap_or("client-secret");
            bail!(
                "'{name}' holds what looks like a secret, in a file that is copied and shared; say where it is instead: \
                 {place}-env with the name of a variable, {place}-file or {place}-command"
            );
        }
        Value::String(text) if name.ends_with("-env") && !is_variable_name(text) => {
            bail!("'{name}' has to be the name of an environment variable");
        }
        Value::String(text) if BESIDE.contains(&name.as_str()) && text != "-" => {
            folder.join(text).to_string_lossy().into_owned()
        }
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is) => is.to_string(),
        _ => bail!("'{name}' has to be one text, number, or true or false"),
    };
    Ok((name.clone(), value))
}

/// Whether a setting names the place of a secret.
fn is_place(name: &str) -> bool {
    ["-env", "-file", "-command"].iter().any(|place| name.ends_with(place))
}

/// A token (a JSON Web Token begins with `eyJ`), or a client secret of Microsoft Entra: forty characters, of which the fifth
/// and sixth are `Q~`.
fn looks_like_a_secret(text: &str) -> bool {
    let is_token = text.starts_with("eyJ") && text.matches('.').count() == 2;
    let is_of_secret = |byte: u8| byte.is_ascii_alphanumeric() || b"~._-".contains(&byte);
    let is_secret = (37..=44).contains(&text.len()) && text.get(4..6) == Some("Q~") && text.bytes().all(is_of_secret);
    is_token || is_secret
}

/// A name that an environment variable can have in every shell; what is none may be a secret, and is not shown.
pub(crate) fn is_variable_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && !text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(is_of_name)
}

/// A name that is almost this one.
pub(crate) fn nearest<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let likeness = |other: &String| strsim::jaro_winkler(&name.to_lowercase().replace('_', "-"), other);
    let nearest =
        names.iter().map(|name| (likeness(name), name)).max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (nearest.0 > 0.8).then_some(nearest.1)
}

/// The file's settings. The library's own message shows the line at fault, which may be a secret that does not belong there, so
/// that only its place is told.
fn parse(text: &str) -> anyhow::Result<Document> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        // `invalid type: string "...", expected ...` shows a value.
        let shows_a_value = ["invalid type", "invalid value"].iter().any(|start| error.message().starts_with(start));
        let message = if shows_a_value { "a setting has the wrong type" } else { error.message() };
        anyhow!("line {line}: {message}")
    })
}
