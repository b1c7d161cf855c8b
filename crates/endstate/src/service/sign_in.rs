//! From settings to a provider of tokens: which method to use, and what it needs.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
#[cfg(feature = "azure-identity")]
use endstate_reqwest::{AzureMethod, AzureSignIn};
use endstate_reqwest::{
    CachedToken, ClientId, DeviceCode, DeviceCodeStep, FixedToken, IdentityClient, SecretCommand, SecretSource,
    StoredToken, TenantId, TokenProvider, TokioClock,
};

use crate::cli::{AuthMethod, SignInArgs, value_name};
use crate::config::endpoint::Endpoint;
use crate::config::file::is_variable_name;
use crate::config::settings::Settings;
use crate::exit::{ErrorWithHints, UsageError};
use crate::terminal::progress::Progress;

/// The chosen method, and the tokens that it provides.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) method: AuthMethod,
    pub(crate) token: Arc<dyn TokenProvider>,
}

/// The methods that `auto` tries, in this order. It never prompts a person; only `--auth
/// device-code` does.
const AUTOMATIC: &[AuthMethod] = &[
    AuthMethod::Token,
    AuthMethod::ClientSecret,
    AuthMethod::ClientCertificate,
    AuthMethod::WorkloadIdentity,
    AuthMethod::AzurePipelines,
    AuthMethod::ManagedIdentity,
    AuthMethod::AzureCli,
    AuthMethod::AzureDeveloperCli,
];

/// The variable that has the token by default.
pub(crate) const TOKEN_VARIABLE: &str = "ENDSTATE_TOKEN";
const SECRET_VARIABLE: &str = "AZURE_CLIENT_SECRET";
#[cfg(feature = "azure-identity")]
const PASSWORD_VARIABLE: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
const JOB_TOKEN_VARIABLE: &str = "SYSTEM_ACCESSTOKEN";

/// The method that the settings name, else the first of [`AUTOMATIC`] that is configured.
pub(crate) fn method(settings: &Settings) -> AuthMethod {
    let args = &settings.sign_in;
    if args.auth != AuthMethod::Auto {
        return args.auth;
    }
    // If nothing is configured, nothing can be contacted either.
    configured(settings).unwrap_or(AuthMethod::Token)
}

/// The method as people see it: which one `auto` uses, if one is configured.
pub(crate) fn shown_method(settings: &Settings) -> String {
    match (settings.sign_in.auth, configured(settings)) {
        (AuthMethod::Auto, Some(method)) => format!("auto (uses {})", value_name(&method)),
        (AuthMethod::Auto, None) => "auto (nothing is configured)".to_owned(),
        (method, _) => value_name(&method),
    }
}

/// The first of [`AUTOMATIC`] that is configured.
fn configured(settings: &Settings) -> Option<AuthMethod> {
    AUTOMATIC.iter().copied().find(|method| is_configured(*method, settings))
}

/// What a person sees who has just installed endstate.
fn not_signed_in() -> anyhow::Error {
    let hints = [
        "With the Azure CLI: install it, run `az login`, and then the same command again.",
        "With an app registration: run `endstate init`, which asks what it needs and writes a profile. A token in \
         ENDSTATE_TOKEN works, too. `endstate help sign-in` describes every way.",
        "Without a tenant: add --demo.",
    ];
    ErrorWithHints::new("not signed in: no sign-in is configured", &hints).into()
}

fn is_configured(method: AuthMethod, settings: &Settings) -> bool {
    let args = &settings.sign_in;
    let is_app = args.tenant.is_some() && args.client.is_some();

    match method {
        // The token of the environment would make several tenants one, and is not the sign-in that
        // a profile names.
        AuthMethod::Token => {
            let may_be_of_environment = !settings.is_one_of_several && !settings.has_sign_in_of_profile;
            token_source(args).is_some() || (may_be_of_environment && is_set(TOKEN_VARIABLE))
        }
        AuthMethod::ClientSecret => is_app && (client_secret_source(args).is_some() || is_set(SECRET_VARIABLE)),
        AuthMethod::ClientCertificate => is_app && args.certificate.is_some(),
        AuthMethod::WorkloadIdentity => is_app && args.federated_token_file.is_some(),
        AuthMethod::AzurePipelines => {
            is_app && args.service_connection.is_some() && is_set(JOB_TOKEN_VARIABLE) && is_set("SYSTEM_OIDCREQUESTURI")
        }
        // The managed identity of an app service. `azure_identity` does not support Azure Arc,
        // Service Fabric and Cloud Shell (which has `az`). Whether a virtual machine has one can
        // only be found out by a request, which takes a minute if it has none.
        AuthMethod::ManagedIdentity => {
            is_set("IDENTITY_ENDPOINT") && is_set("IDENTITY_HEADER") && !is_set("IDENTITY_SERVER_THUMBPRINT")
        }
        AuthMethod::AzureCli => is_on_path("az"),
        AuthMethod::AzureDeveloperCli => is_on_path("azd"),
        AuthMethod::DeviceCode | AuthMethod::Auto => false,
    }
}

impl SignIn {
    /// A token that is there already.
    pub(crate) fn with_token(token: &str) -> Self {
        Self { method: AuthMethod::Token, token: Arc::new(FixedToken::new(token)) }
    }

    /// Prepares the sign-in. Nothing is requested until a token is needed.
    pub(crate) fn prepare(settings: &Settings, endpoint: &Endpoint) -> anyhow::Result<Self> {
        if settings.sign_in.auth == AuthMethod::Auto && !settings.is_one_of_several && configured(settings).is_none() {
            return Err(not_signed_in());
        }
        let method = method(settings);
        let name = value_name(&method);
        tracing::info!(method = name, auth = value_name(&settings.sign_in.auth), "signing in");
        if settings.is_one_of_several {
            require_own_identity(method, &settings.sign_in)?;
        }
        let args = &settings.sign_in;
        let token = match method {
            AuthMethod::Token => token(args)?,
            AuthMethod::DeviceCode => device_code(settings, endpoint)?,
            _ => azure(method, args, endpoint).with_context(|| format!("--auth {name} cannot be used"))?,
        };
        Ok(Self { method, token })
    }
}

#[cfg(feature = "history")]
impl SignIn {
    /// Prepares the sign-in to Azure's storage; `None` if the settings have none, or a token,
    /// which is for another service.
    pub(crate) fn for_storage(settings: &Settings, endpoint: &Endpoint) -> anyhow::Result<Option<Self>> {
        let is_auto = settings.sign_in.auth == AuthMethod::Auto;
        let is_configured = !is_auto || configured(settings).is_some();
        // No other method, since no one chose it.
        if !is_configured || method(settings) == AuthMethod::Token {
            return Ok(None);
        }
        Self::prepare(settings, endpoint).map(Some)
    }
}

/// Of several profiles, each needs a token or a tenant of its own. Otherwise all of them would pull
/// the devices of one.
fn require_own_identity(method: AuthMethod, args: &SignInArgs) -> anyhow::Result<()> {
    let name = value_name(&method);
    match method {
        AuthMethod::Token if token_source(args).is_none() => bail!(
            "the profile has no token of its own, and {TOKEN_VARIABLE} would be that of several profiles; set token-env, \
             token-file, token-command or another sign-in in the profile"
        ),
        AuthMethod::ManagedIdentity | AuthMethod::AzureCli | AuthMethod::AzureDeveloperCli if args.tenant.is_none() => {
            bail!(
                "the profile has no tenant, so {name} would sign in to the same tenant for several profiles; set tenant \
                 in the profile"
            )
        }
        _ => Ok(()),
    }
}

fn token(args: &SignInArgs) -> anyhow::Result<Arc<dyn TokenProvider>> {
    let source = checked(token_source(args))?;
    let source = source.unwrap_or_else(|| SecretSource::Environment(TOKEN_VARIABLE.to_owned()));
    Ok(Arc::new(StoredToken::new(source)))
}

fn device_code(settings: &Settings, endpoint: &Endpoint) -> anyhow::Result<Arc<dyn TokenProvider>> {
    let (tenant, client) = app(&settings.sign_in).context("--auth device-code cannot be used")?;
    let profile = settings.profile.as_ref().map(|profile| format!(" for {profile}")).unwrap_or_default();
    let report = move |step: DeviceCodeStep<'_>| match step {
        DeviceCodeStep::Code(code) => Progress::say(&format!(
            "To sign in{profile}, open {} on any device and enter the code {} (valid for {} min)",
            code.address,
            code.code,
            code.lifetime().as_secs().div_ceil(60)
        )),
        DeviceCodeStep::Waiting(left) => Progress::show(&waiting_message(left)),
        _ => Progress::show("connecting"),
    };

    let identity_client = IdentityClient::new(&endpoint.authority, endpoint.pem())?;
    let clock = Arc::new(TokioClock::new());
    let authority = endpoint.authority.clone();
    let credential = DeviceCode::new(identity_client, authority, tenant, client, &endpoint.scope, clock, report);
    Ok(Arc::new(CachedToken::new(credential)))
}

/// The message of the progress line until the code is entered.
fn waiting_message(left: Duration) -> String {
    let seconds = left.as_secs();
    format!("waiting for the code to be entered, {}:{:02} left", seconds / 60, seconds % 60)
}

/// The methods of Azure's SDK.
#[cfg(feature = "azure-identity")]
fn azure(method: AuthMethod, args: &SignInArgs, endpoint: &Endpoint) -> anyhow::Result<Arc<dyn TokenProvider>> {
    let azure_method = match method {
        AuthMethod::ClientSecret => {
            let (tenant, client) = app(args)?;
            let secret =
                checked(client_secret_source(args))?.unwrap_or(SecretSource::Environment(SECRET_VARIABLE.to_owned()));
            AzureMethod::ClientSecret { tenant, client, secret }
        }
        AuthMethod::ClientCertificate => {
            let (tenant, client) = app(args)?;
            let certificate = args
                .certificate
                .clone()
                .ok_or_else(|| missing("a certificate", "certificate", "AZURE_CLIENT_CERTIFICATE_PATH"))?;
            let password = checked(certificate_password_source(args))?
                .or_else(|| is_set(PASSWORD_VARIABLE).then(|| SecretSource::Environment(PASSWORD_VARIABLE.to_owned())));
            let send_chain = args.send_certificate_chain;
            AzureMethod::ClientCertificate { tenant, client, certificate, password, send_chain }
        }
        AuthMethod::WorkloadIdentity => {
            let (tenant, client) = app(args)?;
            let token_file = args.federated_token_file.clone().ok_or_else(|| {
                missing("the service account's token", "federated-token-file", "AZURE_FEDERATED_TOKEN_FILE")
            })?;
            AzureMethod::WorkloadIdentity { tenant, client, token_file }
        }
        AuthMethod::AzurePipelines => {
            let (tenant, client) = app(args)?;
            let service_connection = args.service_connection.clone().ok_or_else(|| {
                missing("a service connection", "service-connection", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
            })?;
            let system_access_token = SecretSource::Environment(JOB_TOKEN_VARIABLE.to_owned());
            AzureMethod::AzurePipelines { tenant, client, service_connection, system_access_token }
        }
        AuthMethod::ManagedIdentity => AzureMethod::ManagedIdentity { client: args.client.clone() },
        AuthMethod::AzureCli => AzureMethod::AzureCli { tenant: args.tenant.clone() },
        _ => AzureMethod::AzureDeveloperCli { tenant: args.tenant.clone() },
    };

    let client = match method {
        AuthMethod::ManagedIdentity => IdentityClient::direct(endpoint.pem())?,
        _ => IdentityClient::new(&endpoint.authority, endpoint.pem())?,
    };
    let credential = AzureSignIn::new(azure_method, client, endpoint.authority.clone(), endpoint.scope.clone())
        .command_time_limit(args.command_timeout);
    Ok(Arc::new(CachedToken::new(credential)))
}

#[cfg(not(feature = "azure-identity"))]
fn azure(_: AuthMethod, _: &SignInArgs, _: &Endpoint) -> anyhow::Result<Arc<dyn TokenProvider>> {
    bail!("this program was built without the feature azure-identity; use a token or a device code")
}

/// The tenant and client, which every sign-in of an application needs.
fn app(args: &SignInArgs) -> anyhow::Result<(TenantId, ClientId)> {
    let tenant = args.tenant.clone().ok_or_else(|| missing("a tenant", "tenant", "AZURE_TENANT_ID"))?;
    let client = args.client.clone().ok_or_else(|| missing("a client", "client", "AZURE_CLIENT_ID"))?;
    if tenant.as_str().eq_ignore_ascii_case("common") || tenant.as_str().eq_ignore_ascii_case("organizations") {
        let message = format!("'{tenant}' is not one tenant; set --tenant to a tenant's GUID or domain");
        return Err(UsageError::new(message).into());
    }
    Ok((tenant, client))
}

fn missing(what: &str, setting: &str, variable: &str) -> anyhow::Error {
    UsageError::new(format!("{what} is missing; set --{setting}, {variable}, or '{setting}' in a profile")).into()
}

/// Checks a variable's name, so a secret that was given instead of a name is not shown.
fn checked(source: Option<SecretSource>) -> anyhow::Result<Option<SecretSource>> {
    if let Some(SecretSource::Environment(name)) = &source
        && !is_variable_name(name)
    {
        bail!("a setting that ends in -env must be the name of an environment variable, not its value");
    }
    Ok(source)
}

fn token_source(args: &SignInArgs) -> Option<SecretSource> {
    secret_source(args, args.token_env.as_ref(), args.token_file.as_ref(), args.token_command.as_ref())
}

fn client_secret_source(args: &SignInArgs) -> Option<SecretSource> {
    secret_source(
        args,
        args.client_secret_env.as_ref(),
        args.client_secret_file.as_ref(),
        args.client_secret_command.as_ref(),
    )
}

#[cfg(feature = "azure-identity")]
fn certificate_password_source(args: &SignInArgs) -> Option<SecretSource> {
    let command = args.certificate_password_command.as_ref();
    secret_source(args, args.certificate_password_env.as_ref(), args.certificate_password_file.as_ref(), command)
}

/// At most one of the three is set.
fn secret_source(
    args: &SignInArgs,
    variable: Option<&String>,
    file: Option<&PathBuf>,
    command: Option<&String>,
) -> Option<SecretSource> {
    match (variable, file, command) {
        (Some(name), _, _) => Some(SecretSource::Environment(name.clone())),
        (_, Some(path), _) if path == Path::new("-") => Some(SecretSource::StandardInput),
        (_, Some(path), _) => Some(SecretSource::File(path.clone())),
        (_, _, Some(line)) => Some(SecretSource::Command(SecretCommand::new(line).time_limit(args.command_timeout))),
        (None, None, None) => None,
    }
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The method that a person probably wants: a token or the Azure CLI, if it is there, else a code.
pub(crate) fn suggested() -> AuthMethod {
    if is_set(TOKEN_VARIABLE) {
        return AuthMethod::Token;
    }
    if is_on_path("az") { AuthMethod::AzureCli } else { AuthMethod::DeviceCode }
}

/// Whether a command line tool is installed.
fn is_on_path(name: &str) -> bool {
    let names: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| names.iter().any(|ending| folder.join(format!("{name}{ending}")).is_file()))
}
