//! What to do next, chosen by the type of an error.

use endstate_paging::{FetchError, FetchErrorKind};
use endstate_reqwest::{Error, SecretSource, SignInMethod};

use crate::service::permission::Permission;
use crate::service::sign_in::TOKEN_VARIABLE;
use crate::service::source_kind::SourceKind;

/// The hint for a page of a source that could not be fetched; `None` if the error says it all.
/// `entra_portal` is the Microsoft Entra admin center of the cloud.
pub(crate) fn for_fetch_error(
    failure: &FetchError,
    is_first_page: bool,
    kind: SourceKind,
    entra_portal: &str,
) -> Option<String> {
    let source = std::error::Error::source(failure);
    if let Some(error) = source.and_then(|source| source.downcast_ref::<Error>()) {
        return Some(for_sign_in_error(error, entra_portal));
    }

    let text = match failure.kind() {
        FetchErrorKind::Connect => {
            "Check --service-root, DNS and the proxy (HTTPS_PROXY). If the proxy inspects TLS, set --ca-file."
        }
        FetchErrorKind::Timeout => "Try again, or increase --timeout.",
        FetchErrorKind::Interrupted | FetchErrorKind::Unavailable => "Every attempt failed. Try again later.",
        FetchErrorKind::Throttled => {
            let seconds = failure.retry_after().map_or(60, |wait| wait.as_secs().max(1));
            return Some(format!(
                "Retry after {seconds} s, or lower --calls-per-minute: another client may share the limit."
            ));
        }
        FetchErrorKind::Malformed => "Every attempt ended with a broken response. Try again later.",
        FetchErrorKind::Unauthorized => {
            "The token has expired, or is for another service. Get a new one whose audience is this service. \
             `endstate doctor` shows the audience."
        }
        FetchErrorKind::Forbidden if !kind.permissions().is_empty() => {
            return Some(format!(
                "The token is valid, but is not allowed to read device states. Ask an administrator to grant {} and to \
                 consent. `endstate doctor` shows which permission is missing.",
                permissions(kind)
            ));
        }
        FetchErrorKind::Forbidden => {
            "The token is valid, but is not allowed to read device states. Ask an administrator to add the read \
             permission and to grant consent."
        }
        FetchErrorKind::NotFound if is_first_page => {
            "Either the path is wrong (check --service-root), or the service has no devices and answers 404. \
             --empty-on-404 accepts it as an empty collection."
        }
        FetchErrorKind::NotFound | FetchErrorKind::Expired => "The continuation has expired. Pull again.",
        FetchErrorKind::Redirected => {
            "endstate never follows redirects, because they would receive the token. Check --service-root, or sign in \
             to the proxy."
        }
        FetchErrorKind::NotAPage => {
            "This is not an OData service. Check --service-root, or sign in to the network (captive portals answer \
             like this)."
        }
        FetchErrorKind::LinkRefused => {
            "endstate sent nothing there, and kept what it had read. Do not sign in to that host. If Microsoft documents \
             a new host for the collection, a newer version of endstate knows it (`endstate clouds`)."
        }
        FetchErrorKind::TooLarge => "Request smaller pages with --page-size, or increase --max-page-bytes.",
        _ => return None,
    };
    Some(text.replace("--service-root", kind.api().root_option()))
}

/// The permissions of a source, each as an application and as a delegated permission.
fn permissions(kind: SourceKind) -> String {
    let name = |permission: &Permission| match permission {
        Permission { application, delegated, .. } if application == delegated => (*application).to_owned(),
        Permission { application, delegated, .. } => format!("{application} (for a person, {delegated})"),
    };
    let names: Vec<_> = kind.permissions().iter().map(name).collect();
    names.join(" and ")
}

/// The hint for a token that could not be obtained.
pub(crate) fn for_sign_in_error(error: &Error, entra_portal: &str) -> String {
    if error.is_command_time_limit() {
        return "Run the command by hand to see what it waits for, or increase --command-timeout.".to_owned();
    }

    match error {
        Error::SignInRefused { server, .. } => for_entra_code(&server.code, entra_portal),
        Error::NoSecret { secret_source: Some(SecretSource::Environment(name)), .. } if name == TOKEN_VARIABLE => {
            "Set ENDSTATE_TOKEN, or choose a sign-in with --auth or --profile. Without a tenant, try --demo.".to_owned()
        }
        Error::WrongTenant { .. } => {
            "Sign in to the tenant of the settings, or change --tenant. `endstate config show` with the same options \
             shows each setting and its source."
                .to_owned()
        }
        Error::NoSecret { .. } => {
            "`endstate config show` with the same options shows each setting and its source.".to_owned()
        }
        Error::SignInUnreachable { .. } => "Check --authority, DNS and the proxy (HTTPS_PROXY). If the proxy inspects \
                                            TLS, set --ca-file."
            .to_owned(),
        Error::SignInFailed { method: SignInMethod::DeviceCode, .. } => {
            "Run the same command again to get a new code.".to_owned()
        }
        Error::SignInFailed { method: SignInMethod::AzureCli, .. } => {
            "Install the Azure CLI, add `az` to the PATH and run `az login`, or choose another sign-in with --auth."
                .to_owned()
        }
        Error::SignInFailed { method: SignInMethod::AzureDeveloperCli, .. } => {
            "Install the Azure Developer CLI, add `azd` to the PATH and run `azd auth login`, or choose another \
             sign-in with --auth."
                .to_owned()
        }
        _ => "`endstate doctor` with the same options shows which step fails.".to_owned(),
    }
}

/// The hint for a refusal of the identity service, by its code (Microsoft Entra, "Authentication
/// and authorization error codes").
fn for_entra_code(code: &str, entra_portal: &str) -> String {
    let registration = |page: &str| format!("{entra_portal} > App registrations > the app > {page}");

    match code {
        "AADSTS7000215" => format!(
            "Use the secret's value, not its ID. The value is shown only once, when the secret is created. To create \
             a new one: {}.",
            registration("Certificates & secrets")
        ),
        "AADSTS7000222" => {
            format!("The secret has expired. Create a new one: {}.", registration("Certificates & secrets"))
        }
        "AADSTS700016" => "Check --client (the application ID) and --tenant: the app is not in that tenant, or has \
                           no consent there."
            .to_owned(),
        "AADSTS90002" | "AADSTS900023" => "Check --tenant and --cloud: that cloud has no such tenant.".to_owned(),
        "AADSTS500011" => "The tenant does not have the service that the token is for. Check --cloud and --scope, and \
                           that the tenant has Defender for Endpoint."
            .to_owned(),
        "AADSTS1002012" | "AADSTS70011" => "Check --scope: the scope of an application ends with /.default.".to_owned(),
        "AADSTS700027" => {
            format!("Upload the certificate's public part: {}.", registration("Certificates & secrets"))
        }
        "AADSTS700024" => "The assertion is not valid at this time. Set this machine's clock.".to_owned(),
        "AADSTS70021" | "AADSTS700211" | "AADSTS700212" | "AADSTS700213" => format!(
            "Issuer, subject and audience must match the federated credential: {}.",
            registration("Certificates & secrets > Federated credentials")
        ),
        "AADSTS65001" => format!("Ask an administrator to grant consent: {}.", registration("API permissions")),
        "AADSTS7000218" => {
            format!("Allow public client flows for device codes: {}.", registration("Authentication"))
        }
        "AADSTS50076" | "AADSTS50079" | "AADSTS53003" | "AADSTS530003" => {
            "Conditional access blocks this sign-in. Ask an administrator for an exception, or sign in as an app."
                .to_owned()
        }
        _ => "https://login.microsoftonline.com/error explains the code. `endstate doctor` checks the sign-in \
              separately."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use endstate_reqwest::{Cloud, CloudEndpoint};

    use super::*;

    #[test]
    fn a_government_tenant_gets_the_admin_center_of_its_own_cloud() {
        let codes = ["AADSTS7000215", "AADSTS7000222", "AADSTS700027", "AADSTS70021", "AADSTS65001", "AADSTS7000218"];
        for (cloud, host) in [
            (Cloud::Commercial, "https://entra.microsoft.com >"),
            (Cloud::GccHigh, "https://entra.microsoft.us >"),
            (Cloud::Dod, "https://entra.microsoft.us >"),
        ] {
            let portal = CloudEndpoint::for_cloud(cloud, None).unwrap().entra_portal;
            for code in codes {
                let hint = for_entra_code(code, portal);
                assert!(hint.contains(host), "{cloud}, {code}: {hint}");
            }
        }
    }

    #[test]
    fn a_token_that_is_missing_has_another_hint_than_one_that_cannot_be_read() {
        let missing = |secret_source| {
            let error = Error::NoSecret { secret_source, reason: "an unrelated text".to_owned(), source: None };
            let failure = FetchError::new(FetchErrorKind::NoToken, "could not get a token").with_source(error);
            for_fetch_error(&failure, true, SourceKind::Preview, "https://entra.microsoft.com").unwrap()
        };
        let default = missing(Some(SecretSource::Environment(TOKEN_VARIABLE.to_owned())));
        assert!(default.starts_with("Set ENDSTATE_TOKEN"), "{default}");
        let chosen = missing(Some(SecretSource::File("token".into())));
        assert!(chosen.starts_with("`endstate config show`"), "{chosen}");
    }
}
