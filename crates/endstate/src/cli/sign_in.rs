//! How to sign in, as whom, and where the secrets are; never a secret itself.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use endstate_reqwest::{ClientId, TenantId};

use super::values;

/// The sign-in.
#[derive(Debug, Clone, Args)]
#[group(id = "SignInArgs", multiple = true)]
pub(crate) struct SignInArgs {
    /// How to sign in; `auto` uses the first configured method
    #[arg(long, value_name = "METHOD", default_value = "auto", help_heading = "Sign-in", hide_short_help = true)]
    pub(crate) auth: AuthMethod,

    /// Tenant: its GUID or one of its domains [env: `AZURE_TENANT_ID`]
    #[arg(long, value_name = "ID", help_heading = "Sign-in", hide_short_help = true)]
    pub(crate) tenant: Option<TenantId>,

    /// App registration: its application (client) ID [env: `AZURE_CLIENT_ID`]
    #[arg(long, value_name = "ID", help_heading = "Sign-in", hide_short_help = true)]
    pub(crate) client: Option<ClientId>,

    /// Environment variable that has the token [default: `ENDSTATE_TOKEN`]
    #[arg(long, value_name = "NAME", group = "token", help_heading = "Sign-in", hide_short_help = true)]
    pub(crate) token_env: Option<String>,

    /// File that has the token, read for each request; `-` is stdin
    #[arg(long, value_name = "FILE", group = "token", help_heading = "Sign-in", hide_short_help = true)]
    pub(crate) token_file: Option<PathBuf>,

    /// Command that prints the token
    #[arg(long, value_name = "COMMAND", group = "token", help_heading = "Sign-in", hide_short_help = true)]
    pub(crate) token_command: Option<String>,

    /// Environment variable that has the client secret [default: `AZURE_CLIENT_SECRET`]
    #[arg(long, value_name = "NAME", group = "client_secret", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) client_secret_env: Option<String>,

    /// File that has the client secret; `-` is stdin
    #[arg(long, value_name = "FILE", group = "client_secret", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) client_secret_file: Option<PathBuf>,

    /// Command that prints the client secret
    #[arg(long, value_name = "COMMAND", group = "client_secret", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) client_secret_command: Option<String>,

    /// Client certificate and private key, PEM or PKCS #12 (.pfx) [env:
    /// `AZURE_CLIENT_CERTIFICATE_PATH`]
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) certificate: Option<PathBuf>,

    /// Environment variable that has the certificate's password [default:
    /// `AZURE_CLIENT_CERTIFICATE_PASSWORD`]
    #[arg(long, value_name = "NAME", group = "certificate_password", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) certificate_password_env: Option<String>,

    /// File that has the certificate's password; `-` is stdin
    #[arg(long, value_name = "FILE", group = "certificate_password", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) certificate_password_file: Option<PathBuf>,

    /// Command that prints the certificate's password
    #[arg(
        long,
        value_name = "COMMAND",
        group = "certificate_password",
        hide_short_help = true,
        help_heading = "Sign-in"
    )]
    pub(crate) certificate_password_command: Option<String>,

    /// Send the certificate chain with each sign-in [env: `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`]
    ///
    /// For app registrations that trust the issuer and subject of the certificate.
    #[arg(long, hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) send_certificate_chain: bool,

    /// Token file of the federated service account, for workload identity [env:
    /// `AZURE_FEDERATED_TOKEN_FILE`]
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) federated_token_file: Option<PathBuf>,

    /// Service connection of Azure Pipelines [env: `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`]
    #[arg(long, value_name = "ID", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) service_connection: Option<String>,

    /// Maximum seconds for a command that prints a secret, and for `az` and `azd`
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = values::seconds, hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) command_timeout: Duration,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthMethod {
    /// The first of these that is configured; -v shows which one
    Auto,
    /// A token from the environment, a file or a command
    Token,
    /// An app registration and its secret
    ClientSecret,
    /// An app registration and its certificate
    ClientCertificate,
    /// A Kubernetes service account that is federated with an app registration
    WorkloadIdentity,
    /// A service connection of Azure Pipelines
    AzurePipelines,
    /// The managed identity of this machine
    ManagedIdentity,
    /// The account that is signed in to `az`
    AzureCli,
    /// The account that is signed in to `azd`
    AzureDeveloperCli,
    /// A person, who enters a code on another device; `auto` never uses it
    DeviceCode,
}
