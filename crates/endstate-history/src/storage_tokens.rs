//! Tokens for Azure's storage, from a sign-in that is not the store's own.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use delta_kernel::object_store::azure::AzureCredential;
use delta_kernel::object_store::{self, CredentialProvider};
use secrecy::{ExposeSecret, SecretString};

/// Provides tokens for Azure's storage: of Microsoft Entra ID, for the resource
/// `https://storage.azure.com`.
///
/// The sign-in needs the role *Storage Blob Data Contributor* on the container to write a history,
/// and *Storage Blob Data Reader* to read one. See [Authorize access to blobs using Microsoft Entra
/// ID](https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory).
#[async_trait]
pub trait StorageTokens: fmt::Debug + Send + Sync {
    /// Returns the token to send now. It is requested before each request to the store, so a
    /// provider keeps a token while it is valid.
    ///
    /// # Errors
    /// Why there is no token. The request is then not sent.
    async fn token(&self) -> Result<SecretString, Box<dyn Error + Send + Sync>>;
}

/// The tokens as the store needs them.
#[derive(Debug)]
pub(crate) struct AzureTokens(pub(crate) Arc<dyn StorageTokens>);

#[async_trait]
impl CredentialProvider for AzureTokens {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        let token = self.0.token().await;
        let token = token.map_err(|source| object_store::Error::Generic { store: "MicrosoftAzure", source })?;
        let token = token.expose_secret();
        // The store would panic.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let source = "the sign-in returned something that is no token".into();
            return Err(object_store::Error::Generic { store: "MicrosoftAzure", source });
        }
        Ok(Arc::new(AzureCredential::BearerToken(token.to_owned())))
    }
}
