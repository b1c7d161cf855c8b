//! From settings to a source of tokens: which way to sign in, and what it needs.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
#[cfg(feature = "azure-identity")]
use endstate_reqwest::{AzureMethod, AzureSignIn};
use endstate_reqwest::{
    CachedToken, ClientId, CommandToken, DeviceCode, DeviceCodeStep, EnvironmentToken, FileToken, FixedToken,
    IdentityClient, SecretPlace, TenantId, TokenProvider, TokioClock,
};

use crate::args::{AuthMethod, SignInArgs};
use crate::config_file::is_variable_name;
use crate::progress::Progress;
use crate::service_place::ServicePlace;
use crate::settings::Settings;

/// The way to sign in that was taken.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) method: AuthMethod,
    pub(crate) token: Arc<dyn TokenProvider>,
}

/// What `auto` tries, in this order. A person is never asked unless `--auth device-code` says so.
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

const TOKEN_VARIABLE: &str = "ENDSTATE_TOKEN";
const SECRET_VARIABLE: &str = "AZURE_CLIENT_SECRET";
#[cfg(feature = "azure-identity")]
const PASSWORD_VARIABLE: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
const JOB_TOKEN_VARIABLE: &str = "SYSTEM_ACCESSTOKEN";

/// The method that the settings name, else the first of [`AUTOMATIC`] that is configured.
pub(crate) fn method(settings: &Settings, is_one_of_many: bool) -> AuthMethod {
    let args = &settings.sign_in;
    if args.auth != AuthMethod::Auto {
        return args.auth;
    }
    let configured = AUTOMATIC.iter().find(|method| is_configured(**method, args, is_one_of_many));
    // What is said where nothing is configured is about tokens.
    configured.copied().unwrap_or(AuthMethod::Token)
}

fn is_configured(method: AuthMethod, args: &SignInArgs, is_one_of_many: bool) -> bool {
    let is_app = args.tenant.is_some() && args.client.is_some();
    match method {
        // One token would make several tenants the same one, unless each says that it is its own.
        AuthMethod::Token => token_place(args).is_some() || (!is_one_of_many && is_set(TOKEN_VARIABLE)),
        AuthMethod::ClientSecret => is_app && (client_secret_place(args).is_some() || is_set(SECRET_VARIABLE)),
        AuthMethod::ClientCertificate => is_app && args.certificate.is_some(),
        AuthMethod::WorkloadIdentity => is_app && args.federated_token_file.is_some(),
        AuthMethod::AzurePipelines => {
            is_app && args.service_connection.is_some() && is_set(JOB_TOKEN_VARIABLE) && is_set("SYSTEM_OIDCREQUESTURI")
        }
        // An app service's, told apart from what `azure_identity` does not know: Azure Arc, Service Fabric, Cloud Shell (which has
        // `az`). A virtual machine's is found by asking for it alone, which takes a minute where there is none.
        AuthMethod::ManagedIdentity => {
            is_set("IDENTITY_ENDPOINT") && is_set("IDENTITY_HEADER") && !is_set("IDENTITY_SERVER_THUMBPRINT")
        }
        AuthMethod::AzureCli => is_on_path("az"),
        AuthMethod::AzureDeveloperCli => is_on_path("azd"),
        AuthMethod::DeviceCode | AuthMethod::Auto => false,
    }
}

impl SignIn {
    /// Prepares the sign-in. Nobody is asked until a token is needed. `pem` has further certificate authorities to trust.
    pub(crate) async fn prepare(
        settings: &Settings,
        place: &ServicePlace,
        pem: Option<&[u8]>,
        is_one_of_many: bool,
    ) -> anyhow::Result<Self> {
        let method = method(settings, is_one_of_many);
        let name = method.name();
        tracing::info!(method = name, asked = settings.sign_in.auth.name(), "signing in");
        let args = &settings.sign_in;
        let token = match method {
            AuthMethod::Token => token(args).await?,
            AuthMethod::DeviceCode => device_code(settings, place, pem)?,
            _ => azure(method, args, place, pem).with_context(|| format!("--auth {name} cannot be used"))?,
        };
        Ok(Self { method, token })
    }
}

async fn token(args: &SignInArgs) -> anyhow::Result<Arc<dyn TokenProvider>> {
    Ok(match checked(token_place(args))? {
        None => Arc::new(EnvironmentToken::new(TOKEN_VARIABLE)),
        Some(SecretPlace::Environment(name)) => Arc::new(EnvironmentToken::new(name)),
        Some(SecretPlace::File(path)) => Arc::new(FileToken::new(path)),
        Some(SecretPlace::Command(command)) => Arc::new(CommandToken::new(command)),
        // There is one standard input, and it is read once.
        Some(place) => Arc::new(FixedToken::new(place.secret().await?)),
    })
}

fn device_code(
    settings: &Settings,
    place: &ServicePlace,
    pem: Option<&[u8]>,
) -> anyhow::Result<Arc<dyn TokenProvider>> {
    let (tenant, client) = app(&settings.sign_in).context("--auth device-code cannot be used")?;
    let whose = settings.profile.as_ref().map(|profile| format!(" for {profile}")).unwrap_or_default();
    let tell = move |step: DeviceCodeStep<'_>| match step {
        DeviceCodeStep::Code(code) => Progress::say(&format!(
            "to sign in{whose}, open {} on any device and type in the code {} (good for {} min)",
            code.address,
            code.code,
            code.lifetime().as_secs().div_ceil(60)
        )),
        DeviceCodeStep::Waiting(left) => Progress::message(&waiting(left)),
        _ => Progress::message("connecting"),
    };
    let client_of_identity = IdentityClient::new(&place.authority, pem)?;
    let clock = Arc::new(TokioClock::new());
    let source =
        DeviceCode::new(client_of_identity, place.authority.clone(), tenant, client, &place.scope, clock, tell);
    Ok(Arc::new(CachedToken::new(source)))
}

/// What the line of progress says until the code is typed in.
fn waiting(left: Duration) -> String {
    let seconds = left.as_secs();
    format!("waiting for the code to be typed in, {}:{:02} left", seconds / 60, seconds % 60)
}

/// The ways that are Azure's SDK's.
#[cfg(feature = "azure-identity")]
fn azure(
    method: AuthMethod,
    args: &SignInArgs,
    place: &ServicePlace,
    pem: Option<&[u8]>,
) -> anyhow::Result<Arc<dyn TokenProvider>> {
    let azure_method = match method {
        AuthMethod::ClientSecret => {
            let (tenant, client) = app(args)?;
            let secret =
                checked(client_secret_place(args))?.unwrap_or(SecretPlace::Environment(SECRET_VARIABLE.to_owned()));
            AzureMethod::ClientSecret { tenant, client, secret }
        }
        AuthMethod::ClientCertificate => {
            let (tenant, client) = app(args)?;
            let certificate = args
                .certificate
                .clone()
                .ok_or_else(|| lacking("a certificate", "certificate", "AZURE_CLIENT_CERTIFICATE_PATH"))?;
            let password = checked(certificate_password_place(args))?
                .or_else(|| is_set(PASSWORD_VARIABLE).then(|| SecretPlace::Environment(PASSWORD_VARIABLE.to_owned())));
            let send_chain = args.send_certificate_chain;
            AzureMethod::ClientCertificate { tenant, client, certificate, password, send_chain }
        }
        AuthMethod::WorkloadIdentity => {
            let (tenant, client) = app(args)?;
            let token_file = args.federated_token_file.clone().ok_or_else(|| {
                lacking("the service account's token", "federated-token-file", "AZURE_FEDERATED_TOKEN_FILE")
            })?;
            AzureMethod::WorkloadIdentity { tenant, client, token_file }
        }
        AuthMethod::AzurePipelines => {
            let (tenant, client) = app(args)?;
            let service_connection = args.service_connection.clone().ok_or_else(|| {
                lacking("a service connection", "service-connection", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
            })?;
            let system_access_token = SecretPlace::Environment(JOB_TOKEN_VARIABLE.to_owned());
            AzureMethod::AzurePipelines { tenant, client, service_connection, system_access_token }
        }
        AuthMethod::ManagedIdentity => AzureMethod::ManagedIdentity { client: args.client.clone() },
        AuthMethod::AzureCli => AzureMethod::AzureCli { tenant: args.tenant.clone() },
        _ => AzureMethod::AzureDeveloperCli { tenant: args.tenant.clone() },
    };
    let client = match method {
        AuthMethod::ManagedIdentity => IdentityClient::direct(pem)?,
        _ => IdentityClient::new(&place.authority, pem)?,
    };
    let sign_in = AzureSignIn::new(azure_method, client, place.authority.clone(), place.scope.clone());
    Ok(Arc::new(CachedToken::new(sign_in)))
}

#[cfg(not(feature = "azure-identity"))]
fn azure(_: AuthMethod, _: &SignInArgs, _: &ServicePlace, _: Option<&[u8]>) -> anyhow::Result<Arc<dyn TokenProvider>> {
    bail!("this program was built without the feature azure-identity; take a token or a device code")
}

/// Tenant and client, which every sign-in of an application needs.
fn app(args: &SignInArgs) -> anyhow::Result<(TenantId, ClientId)> {
    let tenant = args.tenant.clone().ok_or_else(|| lacking("a tenant", "tenant", "AZURE_TENANT_ID"))?;
    let client = args.client.clone().ok_or_else(|| lacking("a client", "client", "AZURE_CLIENT_ID"))?;
    if tenant.as_str().eq_ignore_ascii_case("common") || tenant.as_str().eq_ignore_ascii_case("organizations") {
        bail!("the tenant has to be one tenant, not '{tenant}': device states are of one");
    }
    Ok((tenant, client))
}

fn lacking(what: &str, setting: &str, variable: &str) -> anyhow::Error {
    anyhow!("it needs {what}: --{setting}, {variable}, or '{setting}' in a profile")
}

/// A variable's name, so that a secret that was given in its place is not shown.
fn checked(place: Option<SecretPlace>) -> anyhow::Result<Option<SecretPlace>> {
    if let Some(SecretPlace::Environment(name)) = &place
        && !is_variable_name(name)
    {
        bail!("a setting that ends in -env has to be the name of an environment variable, and not what is in it");
    }
    Ok(place)
}

fn token_place(args: &SignInArgs) -> Option<SecretPlace> {
    place(args.token_env.as_ref(), args.token_file.as_ref(), args.token_command.as_ref())
}

fn client_secret_place(args: &SignInArgs) -> Option<SecretPlace> {
    place(args.client_secret_env.as_ref(), args.client_secret_file.as_ref(), args.client_secret_command.as_ref())
}

#[cfg(feature = "azure-identity")]
fn certificate_password_place(args: &SignInArgs) -> Option<SecretPlace> {
    let command = args.certificate_password_command.as_ref();
    place(args.certificate_password_env.as_ref(), args.certificate_password_file.as_ref(), command)
}

/// One of the three is given, or none.
fn place(variable: Option<&String>, file: Option<&PathBuf>, command: Option<&String>) -> Option<SecretPlace> {
    match (variable, file, command) {
        (Some(name), _, _) => Some(SecretPlace::Environment(name.clone())),
        (_, Some(path), _) if path == Path::new("-") => Some(SecretPlace::StandardInput),
        (_, Some(path), _) => Some(SecretPlace::File(path.clone())),
        (_, _, Some(command)) => Some(SecretPlace::Command(command.clone())),
        (None, None, None) => None,
    }
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Whether a command line tool is there.
fn is_on_path(name: &str) -> bool {
    let names: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| names.iter().any(|ending| folder.join(format!("{name}{ending}")).is_file()))
}
