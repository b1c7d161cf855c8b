//! The sign-in to Azure's storage, where a history may be: that of a profile.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail, ensure};
use async_trait::async_trait;
use endstate_history::StorageTokens;
use endstate_reqwest::TokenProvider;
use secrecy::SecretString;

use super::sign_in::SignIn;
use crate::config::endpoint::Endpoint;
use crate::config::file::ConfigFile;
use crate::config::settings::{CliOverrides, ProfileOrigin, Settings};
use crate::exit::UsageError;

/// What tokens for storage are for, in every cloud:
/// <https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory>.
const SCOPE: &str = "https://storage.azure.com/.default";

/// The profile that the command line names.
static CHOSEN: OnceLock<Chosen> = OnceLock::new();

/// A profile, and the file that has it.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// `None` for the one of the environment, or else the default profile.
    pub(crate) profile: Option<String>,
    pub(crate) config: Option<PathBuf>,
}

/// Notes what the command line names. A history of several tenants is one store, so the storage has
/// one sign-in in a run.
pub(crate) fn choose(chosen: Chosen) {
    let _ = CHOSEN.set(chosen);
}

/// Tokens of the profile's sign-in; `None` if only the variables of the store apply.
pub(crate) fn tokens() -> anyhow::Result<Option<Arc<dyn StorageTokens>>> {
    let Some(settings) = settings()? else { return Ok(None) };
    let name = settings.profile.clone().unwrap_or_default();
    let endpoint = Endpoint::from_args(&settings.service)?;
    let endpoint = Endpoint { scope: SCOPE.parse()?, ..endpoint };
    let sign_in = SignIn::for_storage(settings, &endpoint);
    let sign_in = sign_in.with_context(|| format!("profile '{name}' cannot sign in to Azure's storage"))?;
    let is_named = CHOSEN.get().is_some_and(|chosen| chosen.profile.is_some());
    ensure!(
        sign_in.is_some() || !is_named,
        UsageError::new(format!(
            "profile '{name}' cannot sign in to Azure's storage: its token is for another service; set another auth in \
             it, or AZURE_STORAGE_ACCOUNT_KEY"
        ))
    );
    Ok(sign_in.map(|sign_in| Arc::new(ProfileTokens(sign_in.token)) as Arc<dyn StorageTokens>))
}

/// The settings of the profile; `None` if there is no profile.
fn settings() -> anyhow::Result<Option<Settings>> {
    let nothing = Chosen::default();
    let Chosen { profile, config } = CHOSEN.get().unwrap_or(&nothing);
    let of_environment = || env::var("ENDSTATE_PROFILE").ok().filter(|name| !name.is_empty());
    let (name, file) = if let Some(name) = profile.clone().or_else(of_environment) {
        (name, ConfigFile::read(&ConfigFile::path(config.as_deref())?)?)
    } else {
        let Some(file) = ConfigFile::read_for_default(config.as_deref())? else { return Ok(None) };
        let Some(name) = file.default_profile()?.map(ToOwned::to_owned) else { return Ok(None) };
        (name, file)
    };
    let matching = file.matching(&name)?;
    let [name] = &*matching else { bail!("--profile {name} means several profiles; name one") };
    Settings::resolve(&CliOverrides::default(), Some((name, &file)), ProfileOrigin::CommandLine, false).map(Some)
}

/// The sign-in of a profile.
#[derive(Debug)]
struct ProfileTokens(Arc<dyn TokenProvider>);

#[async_trait]
impl StorageTokens for ProfileTokens {
    async fn token(&self) -> Result<SecretString, Box<dyn Error + Send + Sync>> {
        Ok(self.0.token().await?)
    }
}
