//! Sign-in with Microsoft Entra ID through the `azure_identity` crate, as Azure's SDKs do it
//! (feature `azure-identity`).

use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential, AzureDeveloperCliCredentialOptions,
    AzurePipelinesCredential, AzurePipelinesCredentialOptions, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, Executor,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use secrecy::ExposeSecret;

use crate::client_certificate::ClientCertificate;
use crate::error::Cause;
use crate::recording_client::{RecordedRefusal, RecordingClient};
use crate::tool_executor::BoundedExecutor;
use crate::{
    AccessToken, Authority, ClientId, Credential, Error, IdentityClient, Result, Scope, SecretCommand, SecretSource,
    SignInMethod, TenantId, redacted,
};

/// A way to sign in, with the settings that it needs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AzureMethod {
    /// An app registration and its secret.
    ClientSecret {
        /// The tenant in which the application is registered.
        tenant: TenantId,
        /// The application.
        client: ClientId,
        /// The source of its secret.
        secret: SecretSource,
    },
    /// An app registration and its certificate.
    ClientCertificate {
        /// The tenant in which the application is registered.
        tenant: TenantId,
        /// The application.
        client: ClientId,
        /// The certificate with its private key: PEM, or PKCS #12 (`.pfx`).
        certificate: PathBuf,
        /// The source of the password of the private key, if it has one.
        password: Option<SecretSource>,
        /// Whether each sign-in sends the certificate, for applications that trust its issuer and
        /// subject.
        send_chain: bool,
    },
    /// A Kubernetes pod whose service account is federated with an application.
    WorkloadIdentity {
        /// The tenant in which the application is registered.
        tenant: TenantId,
        /// The application.
        client: ClientId,
        /// The file with the token of the service account. It is read again when it changes.
        token_file: PathBuf,
    },
    /// The managed identity of the virtual machine or app service on which this program runs.
    ManagedIdentity {
        /// A user-assigned identity; `None` for the system-assigned identity.
        client: Option<ClientId>,
    },
    /// The account that is signed in to the Azure CLI, `az`.
    AzureCli {
        /// The tenant; `None` for the default of the CLI.
        tenant: Option<TenantId>,
    },
    /// The account that is signed in to the Azure Developer CLI, `azd`.
    AzureDeveloperCli {
        /// The tenant; `None` for the default of the CLI.
        tenant: Option<TenantId>,
    },
    /// A service connection of Azure Pipelines.
    AzurePipelines {
        /// The tenant in which the application of the connection is registered.
        tenant: TenantId,
        /// That application.
        client: ClientId,
        /// The id of the service connection.
        service_connection: String,
        /// The source of the access token of the job: `SYSTEM_ACCESSTOKEN`.
        system_access_token: SecretSource,
    },
}

/// A source of tokens for one scope. Wrap it in a [`CachedToken`](crate::CachedToken).
#[derive(Debug)]
pub struct AzureSignIn {
    method: AzureMethod,
    client: Arc<RecordingClient>,
    authority: Authority,
    scope: Scope,
    /// Runs `az` and `azd`.
    tools: Arc<BoundedExecutor>,
}

impl AzureMethod {
    fn kind(&self) -> SignInMethod {
        match self {
            Self::ClientSecret { .. } => SignInMethod::ClientSecret,
            Self::ClientCertificate { .. } => SignInMethod::ClientCertificate,
            Self::WorkloadIdentity { .. } => SignInMethod::WorkloadIdentity,
            Self::ManagedIdentity { .. } => SignInMethod::ManagedIdentity,
            Self::AzureCli { .. } => SignInMethod::AzureCli,
            Self::AzureDeveloperCli { .. } => SignInMethod::AzureDeveloperCli,
            Self::AzurePipelines { .. } => SignInMethod::AzurePipelines,
        }
    }
}

impl AzureSignIn {
    /// Prepares the sign-in. Nothing is sent until a token is needed. `client` is the client for
    /// `authority`, or a direct one for a managed identity.
    pub fn new(method: AzureMethod, client: IdentityClient, authority: Authority, scope: Scope) -> Self {
        let tools = Arc::new(BoundedExecutor::new(SecretCommand::DEFAULT_TIME_LIMIT));
        Self { method, client: RecordingClient::new(client.connections), authority, scope, tools }
    }

    /// Sets how long `az` and `azd` may take; 30 s by default.
    #[must_use]
    pub fn command_time_limit(mut self, limit: Duration) -> Self {
        self.tools = Arc::new(BoundedExecutor::new(limit));
        self
    }

    fn executor(&self) -> Arc<BoundedExecutor> {
        Arc::clone(&self.tools)
    }

    fn client_options(&self) -> ClientOptions {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = self.authority.to_string();
        ClientOptions {
            transport: Some(Transport::new(self.client.clone())),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            // The pull is the only retrier: the budgets of two would multiply. For the endpoint of
            // a virtual machine, the library has its own rules.
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        }
    }

    fn assertion_options(&self) -> ClientAssertionCredentialOptions {
        ClientAssertionCredentialOptions { client_options: self.client_options() }
    }

    /// Creates a credential each time, because those of the library keep a refused token until it
    /// expires.
    async fn credential(&self) -> Result<Arc<dyn TokenCredential>> {
        let refused = |error: azure_core::Error| self.error(&error);
        let text = |tenant: &TenantId, client: &ClientId| (tenant.as_str().to_owned(), client.as_str().to_owned());

        Ok(match &self.method {
            AzureMethod::ClientSecret { tenant, client, secret } => {
                let options = ClientSecretCredentialOptions { client_options: self.client_options() };
                let (tenant, client) = text(tenant, client);
                let secret = library_secret(secret).await?;
                ClientSecretCredential::new(&tenant, client, secret, Some(options)).map_err(refused)?
            }
            AzureMethod::ClientCertificate { tenant, client, certificate, password, send_chain } => {
                let audience = self.authority.endpoint(tenant, "oauth2/v2.0/token")?;
                let password = match password {
                    Some(place) => Some(place.secret().await?),
                    None => None,
                };
                let certificate = ClientCertificate::read(certificate, password.as_ref())?;
                let assertion = certificate.assertion(client, &audience, *send_chain);
                let (tenant, client) = text(tenant, client);
                ClientAssertionCredential::new(tenant, client, assertion, Some(self.assertion_options()))
                    .map_err(refused)?
            }
            AzureMethod::WorkloadIdentity { tenant, client, token_file } => {
                // The library reads it, too. If it cannot be read, that is the library's error.
                let _ = SecretSource::File(token_file.clone()).secret().await;
                let (tenant, client) = text(tenant, client);
                let options = WorkloadIdentityCredentialOptions {
                    credential_options: self.assertion_options(),
                    client_id: Some(client),
                    tenant_id: Some(tenant),
                    token_file_path: Some(token_file.clone()),
                };
                WorkloadIdentityCredential::new(Some(options)).map_err(refused)?
            }
            AzureMethod::ManagedIdentity { client } => {
                let client = client.as_ref().map(|client| UserAssignedId::ClientId(client.as_str().to_owned()));
                let options = ManagedIdentityCredentialOptions {
                    user_assigned_id: client,
                    client_options: self.client_options(),
                };
                ManagedIdentityCredential::new(Some(options)).map_err(refused)?
            }
            AzureMethod::AzureCli { tenant } => {
                let tenant_id = tenant.as_ref().map(ToString::to_string);
                let executor = Some(self.executor() as Arc<dyn Executor>);
                let options = AzureCliCredentialOptions { tenant_id, executor, ..Default::default() };
                AzureCliCredential::new(Some(options)).map_err(refused)?
            }
            AzureMethod::AzureDeveloperCli { tenant } => {
                let tenant_id = tenant.as_ref().map(ToString::to_string);
                let executor = Some(self.executor() as Arc<dyn Executor>);
                let options = AzureDeveloperCliCredentialOptions { tenant_id, executor };
                AzureDeveloperCliCredential::new(Some(options)).map_err(refused)?
            }
            AzureMethod::AzurePipelines { tenant, client, service_connection, system_access_token } => {
                let options = AzurePipelinesCredentialOptions { credential_options: self.assertion_options() };
                let (tenant, client) = text(tenant, client);
                let token = library_secret(system_access_token).await?;
                AzurePipelinesCredential::new(tenant, client, service_connection, token, Some(options))
                    .map_err(refused)?
            }
        })
    }

    /// Returns what the identity service reported, else what went wrong. A response is never quoted
    /// whole, because it may hold a token.
    fn error(&self, error: &azure_core::Error) -> Error {
        let method = self.method.kind();
        let is_local = matches!(
            self.method,
            AzureMethod::ManagedIdentity { .. } | AzureMethod::AzureCli { .. } | AzureMethod::AzureDeveloperCli { .. }
        );
        // The library has already retried local sources enough, or they would fail the same way
        // again.
        let failed = |may_pass: bool, reason: String, source: Option<Cause>| {
            if may_pass && !is_local {
                Error::SignInUnreachable { method, reason, source }
            } else {
                Error::SignInFailed { method, reason, source }
            }
        };

        if let Some(ended) = self.tools.take_ended() {
            let reason = format!("{} was ended", self.whom());
            return Error::SignInFailed { method, reason, source: Some(Arc::new(ended)) };
        }
        match self.client.take() {
            Some(RecordedRefusal::Refusal(refusal)) => return refusal.into_error(method),
            Some(RecordedRefusal::Unavailable(status)) => {
                return failed(true, format!("{} answered {status}", self.whom()), None);
            }
            None => {}
        }

        let chain = std::iter::successors(Some(error as &(dyn StdError + 'static)), |error| (*error).source());
        let ours: Vec<&azure_core::Error> = chain.filter_map(|error| error.downcast_ref()).collect();
        // The innermost error of the library: the outer ones add links to its own pages.
        let innermost = ours.last().copied().unwrap_or(error);
        // The innermost cause comes from the system.
        let cause = std::iter::successors(innermost.source(), |error| (*error).source()).last();
        let cause = cause.map(|cause| Arc::new(SystemCause(cause.to_string())) as Cause);

        match innermost.kind() {
            ErrorKind::HttpResponse { status, .. } => {
                failed(false, format!("{} answered {}", self.whom(), u16::from(*status)), None)
            }
            ErrorKind::Connection | ErrorKind::Io => failed(true, format!("no response from {}", self.whom()), cause),
            // The cause would quote the response.
            ErrorKind::DataConversion => {
                failed(false, format!("the response from {} cannot be read", self.whom()), None)
            }
            _ => failed(false, first_lines(&innermost.to_string()), cause),
        }
    }

    fn whom(&self) -> String {
        match self.method {
            AzureMethod::ManagedIdentity { .. } => "the managed identity endpoint".to_owned(),
            AzureMethod::AzureCli { .. } => "az".to_owned(),
            AzureMethod::AzureDeveloperCli { .. } => "azd".to_owned(),
            _ => self.authority.to_string(),
        }
    }
}

/// Returns a secret in the type of the library.
async fn library_secret(place: &SecretSource) -> Result<Secret> {
    Ok(Secret::new(place.secret().await?.expose_secret().to_owned()))
}

/// What the system reported, as text, because the error of the library cannot be shared.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SystemCause(String);

/// Returns the beginning of the output of a tool, in one line.
fn first_lines(text: &str) -> String {
    let line = redacted(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.char_indices().nth(300).map_or(line.len(), |(end, _)| end);
    line[..end].to_owned()
}

#[async_trait]
impl Credential for AzureSignIn {
    async fn acquire(&self) -> Result<AccessToken> {
        let credential = self.credential().await?;
        let given = credential.get_token(&[self.scope.as_str()], None).await.map_err(|error| self.error(&error))?;
        let seconds = u64::try_from(given.expires_on.unix_timestamp()).ok();
        let expires_at = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        Ok(AccessToken::new(given.token.secret().to_owned(), expires_at))
    }
}
