//! Opens a history.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, ensure};
use endstate_history::{HistoryError, Lake, Location, StorageTokens, TenantName};

use crate::exit::UsageError;

/// A sign-in to Azure's storage; `None` if only the variables of the store apply.
type SignIn = fn() -> anyhow::Result<Option<Arc<dyn StorageTokens>>>;

/// The one of this run: a history of several tenants is one store.
static SIGN_IN: OnceLock<SignIn> = OnceLock::new();

/// Sets the sign-in to Azure's storage, which is prepared where a history is there.
pub(crate) fn sign_in_with(tokens: SignIn) {
    let _ = SIGN_IN.set(tokens);
}

/// Where a history is. A file is refused.
pub(crate) fn location(text: &Path) -> anyhow::Result<Location> {
    let location = match text.to_str() {
        Some(text) => text.parse::<Location>().map_err(|error| UsageError::new(error.to_string()))?,
        None => text.into(),
    };
    if let Some(path) = location.as_path() {
        let message = || format!("{} is a file; name the folder of a history", path.display());
        ensure!(path.is_dir() || !path.exists(), UsageError::new(message()));
    }
    let variables = std::env::vars_os();
    let texts = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let location = location.with_variables(texts);
    if !location.is_azure() || location.has_own_sign_in() {
        return Ok(location);
    }
    let tokens = SIGN_IN.get().map_or(Ok(None), |tokens| tokens())?;
    Ok(match tokens {
        Some(tokens) => location.with_azure_tokens(tokens),
        None => location,
    })
}

pub(crate) fn open(text: &Path) -> anyhow::Result<Lake> {
    let location = location(text)?;
    match Lake::open(location.clone()) {
        Err(HistoryError::NotATable { .. }) => {
            let message = format!("{location} is not a history; begin one with `endstate history add {location} FILE`");
            Err(UsageError::new(message).into())
        }
        opened => opened.with_context(|| format!("cannot open the history {location}")),
    }
}

/// Opens a history to write it, and begins it if it does not exist.
pub(crate) fn create(text: &Path) -> anyhow::Result<Lake> {
    let location = location(text)?;
    Lake::create(location.clone()).with_context(|| format!("cannot write the history {location}"))
}

/// The tenants of a history, for people.
pub(crate) fn tenant_names(tenants: &[Option<TenantName>]) -> String {
    let name = |tenant: &Option<TenantName>| tenant.as_ref().map_or("''", TenantName::as_str).to_owned();
    let names: Vec<_> = tenants.iter().map(name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
