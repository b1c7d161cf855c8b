//! `--profile NAME`: a source by name, from a TOML file without secrets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use etcetera::{BaseStrategy, choose_base_strategy};
use serde::Deserialize;

/// A `[profile.NAME]`: each setting is that of the option with its name, which wins where both are given.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Profile {
    pub(crate) service_root: Option<String>,
    pub(crate) token_env: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) token_command: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

impl Profile {
    /// The profile of that name in `config`, else in `endstate/config.toml` in the platform's configuration folder.
    pub(crate) fn read(name: &str, config: Option<&Path>) -> anyhow::Result<Self> {
        let path = match config {
            Some(path) => path.to_owned(),
            None => choose_base_strategy()
                .context("the configuration folder is not known; name the file with --config")?
                .config_dir()
                .join("endstate/config.toml"),
        };
        let shown = path.display();
        let text = fs::read_to_string(&path).with_context(|| {
            format!("{shown} cannot be read; write a [profile.{name}] there, or name the file with --config")
        })?;
        let mut config = parse(&text).with_context(|| format!("{shown} is not a configuration"))?;
        let Some(mut profile) = config.profile.remove(name) else {
            let names: Vec<_> = config.profile.into_keys().collect();
            bail!("there is no profile '{name}' in {shown}, which has: {}", names.join(", "));
        };
        let sources = [profile.token_env.is_some(), profile.token_file.is_some(), profile.token_command.is_some()];
        ensure!(
            sources.iter().filter(|is_given| **is_given).count() <= 1,
            "profile '{name}' in {shown} names more than one place of the token"
        );
        // What is beside the file is found from anywhere.
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in [&mut profile.token_file, &mut profile.ca_file].into_iter().flatten() {
            *file = folder.join(&*file);
        }
        Ok(profile)
    }
}

/// The file's settings. The library's own message shows the line at fault, which may be a secret that does not belong there, so
/// that only its place is told.
fn parse(text: &str) -> anyhow::Result<Config> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        // `invalid type: string "...", expected ...` shows a value.
        let shows_a_value = ["invalid type", "invalid value"].iter().any(|start| error.message().starts_with(start));
        let message = if shows_a_value { "a setting has the wrong type" } else { error.message() };
        anyhow!("line {line}: {message}")
    })
}
