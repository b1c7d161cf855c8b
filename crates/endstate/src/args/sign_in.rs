//! How to sign in, as whom, and where the secrets are; never a secret itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use endstate_reqwest::{ClientId, TenantId};

/// The sign-in.
#[derive(Debug, Clone, Args)]
#[group(id = "SignInArgs", multiple = true)]
pub(crate) struct SignInArgs {
    /// How to sign in; `auto` takes the first that is configured, and -v says which
    #[arg(long, value_name = "METHOD", default_value = "auto", help_heading = "Sign-in")]
    pub(crate) auth: AuthMethod,

    /// The tenant: its GUID or a domain of it [env: `AZURE_TENANT_ID`]
    #[arg(long, value_name = "ID", help_heading = "Sign-in")]
    pub(crate) tenant: Option<TenantId>,

    /// The app registration: its application (client) id [env: `AZURE_CLIENT_ID`]
    #[arg(long, value_name = "ID", help_heading = "Sign-in")]
    pub(crate) client: Option<ClientId>,

    /// Take the token from this environment variable [default: `ENDSTATE_TOKEN`]
    #[arg(long, value_name = "NAME", group = "token", help_heading = "Sign-in")]
    pub(crate) token_env: Option<String>,

    /// Take the token from this file, read again for each request; `-` is stdin
    #[arg(long, value_name = "FILE", group = "token", help_heading = "Sign-in")]
    pub(crate) token_file: Option<PathBuf>,

    /// Take the token from what this command prints
    #[arg(long, value_name = "COMMAND", group = "token", help_heading = "Sign-in")]
    pub(crate) token_command: Option<String>,

    /// Take the client secret from this environment variable [default: `AZURE_CLIENT_SECRET`]
    #[arg(long, value_name = "NAME", group = "client_secret", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) client_secret_env: Option<String>,

    /// Take the client secret from this file; `-` is stdin
    #[arg(long, value_name = "FILE", group = "client_secret", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) client_secret_file: Option<PathBuf>,

    /// Take the client secret from what this command prints
    #[arg(long, value_name = "COMMAND", group = "client_secret", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) client_secret_command: Option<String>,

    /// The client certificate with its private key, PEM or PKCS #12 (.pfx) [env: `AZURE_CLIENT_CERTIFICATE_PATH`]
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) certificate: Option<PathBuf>,

    /// Take the certificate's password from this environment variable [default: `AZURE_CLIENT_CERTIFICATE_PASSWORD`]
    #[arg(long, value_name = "NAME", group = "certificate_password", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) certificate_password_env: Option<String>,

    /// Take the certificate's password from this file; `-` is stdin
    #[arg(long, value_name = "FILE", group = "certificate_password", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) certificate_password_file: Option<PathBuf>,

    /// Take the certificate's password from what this command prints
    #[arg(
        long,
        value_name = "COMMAND",
        group = "certificate_password",
        hide_short_help = true,
        help_heading = "Sign-in"
    )]
    pub(crate) certificate_password_command: Option<String>,

    /// Send the certificate along, for apps that trust its issuer and subject [env: `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`]
    #[arg(long, hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) send_certificate_chain: bool,

    /// The token of the federated service account, for workload identity [env: `AZURE_FEDERATED_TOKEN_FILE`]
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) federated_token_file: Option<PathBuf>,

    /// The service connection of Azure Pipelines [env: `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`]
    #[arg(long, value_name = "ID", hide_short_help = true, help_heading = "Sign-in")]
    pub(crate) service_connection: Option<String>,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthMethod {
    /// The first of these that is configured
    Auto,
    /// A token that is there already: from the environment, a file or a command
    Token,
    /// An app registration and its secret
    ClientSecret,
    /// An app registration and its certificate
    ClientCertificate,
    /// A pod of Kubernetes, federated with an app registration
    WorkloadIdentity,
    /// A service connection of Azure Pipelines
    AzurePipelines,
    /// The identity of the machine that this runs on
    ManagedIdentity,
    /// Whoever is signed in to `az`
    AzureCli,
    /// Whoever is signed in to `azd`
    AzureDeveloperCli,
    /// A person, who types a code in on another device; never taken by `auto`
    DeviceCode,
}

impl AuthMethod {
    /// The name as it is written on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
