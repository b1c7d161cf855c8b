//! The sign-in to Azure's storage, where a history may be: that of a profile.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, ensure};
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

/// What the command line says.
static CHOSEN: OnceLock<Chosen> = OnceLock::new();
/// The sign-in of this run: a person types a code only once.
static TOKENS: OnceLock<Arc<dyn StorageTokens>> = OnceLock::new();

/// What a command line says of the profile that signs in.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// The profiles that it names; patterns, too.
    pub(crate) profiles: Vec<String>,
    pub(crate) all_profiles: bool,
    pub(crate) config: Option<PathBuf>,
    /// Whether it reads an emulated tenant, so no profile applies.
    pub(crate) is_demo: bool,
    pub(crate) overrides: CliOverrides,
}

/// Notes what the command line says. A history of several tenants is one store, so the storage has
/// one sign-in in a run.
pub(crate) fn choose(chosen: Chosen) {
    let _ = CHOSEN.set(chosen);
}

/// Tokens of the profile's sign-in; `None` if only the variables of the store apply.
pub(crate) fn tokens() -> anyhow::Result<Option<Arc<dyn StorageTokens>>> {
    if let Some(tokens) = TOKENS.get() {
        return Ok(Some(Arc::clone(tokens)));
    }
    let nothing = Chosen::default();
    let chosen = CHOSEN.get().unwrap_or(&nothing);
    let Some((settings, is_named)) = chosen.settings()? else { return Ok(None) };
    let name = settings.profile.clone().unwrap_or_default();
    let endpoint = Endpoint::from_args(&settings.service)?;
    let endpoint = Endpoint { scope: SCOPE.parse()?, ..endpoint };
    let sign_in = SignIn::for_storage(&settings, &endpoint);
    let sign_in = sign_in.with_context(|| format!("profile '{name}' cannot sign in to Azure's storage"))?;

    let Some(sign_in) = sign_in else {
        let message = format!(
            "profile '{name}' cannot sign in to Azure's storage: its token is for another service; set another auth in \
             it, or AZURE_STORAGE_ACCOUNT_KEY"
        );
        ensure!(!is_named, UsageError::new(message));
        return Ok(None);
    };
    Ok(Some(Arc::clone(TOKENS.get_or_init(|| Arc::new(ProfileTokens(sign_in.token))))))
}

impl Chosen {
    /// The settings of the profile, and whether the command line names it. If it names several, the
    /// default profile is that of the storage. `None` if no profile applies.
    fn settings(&self) -> anyhow::Result<Option<(Settings, bool)>> {
        let Self { profiles, all_profiles, config, is_demo, overrides } = self;
        let file = match (is_demo, &**profiles) {
            (true, _) => None,
            (false, []) => ConfigFile::read_for_default(config.as_deref())?,
            (false, _) => Some(ConfigFile::read(&ConfigFile::path(config.as_deref())?)?),
        };
        let Some(file) = file else { return Ok(None) };
        let named = profiles.iter().map(|name| file.matching(name)).collect::<Result<Vec<_>, _>>()?.concat();
        if let [name] = &*named {
            let settings = Settings::resolve(overrides, Some((name, &file)), ProfileOrigin::CommandLine, false)?;
            return Ok(Some((settings, true)));
        }

        let has_several = *all_profiles || !named.is_empty();
        let of_environment = || env::var("ENDSTATE_PROFILE").ok().filter(|name| !has_several && !name.is_empty());
        let name = match of_environment() {
            Some(name) => Some(name),
            None => file.default_profile()?.map(ToOwned::to_owned),
        };
        let Some(name) = name else { return Ok(None) };
        // As for a pull: what is in the environment wins over a profile that no one names.
        let overrides = if has_several { &CliOverrides::default() } else { overrides };
        let settings = Settings::resolve(overrides, Some((&name, &file)), ProfileOrigin::Environment, false)?;
        Ok(Some((settings, false)))
    }
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
