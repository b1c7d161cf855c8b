//! Checks that each token is of the tenant that the settings name, before it is sent anywhere.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{Error, Result, TenantId, TokenClaims, TokenProvider};

/// The tokens of another provider, each checked against a tenant.
///
/// A token of another tenant would show that tenant's devices under the wrong name. Its `tid` claim
/// is compared with the expected tenant if that is a GUID. A domain cannot be compared, and neither
/// can a token that is not a JSON Web Token: such tokens pass.
///
/// ```
/// use std::sync::Arc;
/// use endstate_reqwest::{FixedToken, TenantGuard};
///
/// let tenant = "11111111-1111-1111-1111-111111111111".parse()?;
/// let tokens = TenantGuard::new(Arc::new(FixedToken::new("opaque")), Some(tenant));
/// assert_eq!(tokens.tenant_of_token(), None);
/// # Ok::<(), endstate_reqwest::Error>(())
/// ```
#[derive(Debug)]
pub struct TenantGuard {
    inner: Arc<dyn TokenProvider>,
    expected: Option<TenantId>,
    seen: OnceLock<String>,
}

impl TenantGuard {
    /// Wraps a provider. Without an expected tenant, every token passes.
    pub fn new(inner: Arc<dyn TokenProvider>, expected: Option<TenantId>) -> Self {
        Self { inner, expected, seen: OnceLock::new() }
    }

    /// The tenant of the first token (its `tid` claim), once there was one that could be read.
    pub fn tenant_of_token(&self) -> Option<&str> {
        self.seen.get().map(String::as_str)
    }
}

#[async_trait]
impl TokenProvider for TenantGuard {
    /// # Errors
    /// The errors of the provider, and [`Error::WrongTenant`].
    async fn token(&self) -> Result<SecretString> {
        let token = self.inner.token().await?;
        let Some(tenant) = TokenClaims::from_token(&token).and_then(|claims| claims.tenant) else {
            return Ok(token);
        };
        if let Some(expected) = self.expected.as_ref().filter(|expected| expected.is_guid())
            && !expected.as_str().eq_ignore_ascii_case(&tenant)
        {
            return Err(Error::WrongTenant { expected: expected.to_string(), actual: tenant });
        }
        // Later tokens of the same sign-in are of the same tenant.
        let _ = self.seen.set(tenant);
        Ok(token)
    }

    async fn refused(&self, token: &SecretString) {
        self.inner.refused(token).await;
    }
}
