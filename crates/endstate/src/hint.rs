//! What to do next, by the kind of a failure.

use endstate_paging::{FetchError, FetchErrorKind};

/// One or two sentences for the person at the keyboard; `None` where the message says it all.
pub(crate) fn what_next(failure: &FetchError, is_first_page: bool) -> Option<String> {
    let text = match failure.kind() {
        FetchErrorKind::Connect => {
            "Check the service root, the name resolution and the proxy (HTTPS_PROXY); a proxy that opens TLS needs --ca-file."
        }
        FetchErrorKind::Timeout => "Try again, or give a page more time with --timeout.",
        FetchErrorKind::Interrupted | FetchErrorKind::Unavailable => "Every attempt failed; try again later.",
        FetchErrorKind::Throttled => {
            let seconds = failure.retry_after().map_or(60, |wait| wait.as_secs().max(1));
            return Some(format!(
                "Come back in {seconds} s, or lower --calls-per-minute: another client may share the limit."
            ));
        }
        FetchErrorKind::Malformed => "Every attempt ended in a broken answer; try again later.",
        FetchErrorKind::Unauthorized => {
            "The token has expired or is for another service: get a new one whose audience is this service. \
             `endstate doctor` shows what it is for."
        }
        FetchErrorKind::Forbidden => {
            "The token is good but may not read device states: ask the administrator for the read permission and its consent."
        }
        FetchErrorKind::NotFound if is_first_page => {
            "Either the path is wrong (check --service-root), or the service answers so when it has none: \
             --empty-on-404 accepts it as an empty collection."
        }
        FetchErrorKind::NotFound | FetchErrorKind::Expired => "The continuation has expired; pull again.",
        FetchErrorKind::Redirected => {
            "Redirects are never followed, because the token would go along: check --service-root, or sign in to the proxy."
        }
        FetchErrorKind::NotAPage => {
            "That is no OData service: check --service-root, or sign in to the network (a captive portal answers so)."
        }
        FetchErrorKind::LinkRefused => {
            "Nothing was sent there. If that is where the collection now stands, pull from it: --service-root."
        }
        FetchErrorKind::NoToken => match failure.server() {
            Some(server) => return Some(sign_in(&server.code).to_owned()),
            None => no_token(&failure.to_string()),
        },
        FetchErrorKind::TooLarge => {
            "Ask for smaller pages with --page-size, or allow larger ones with --max-page-bytes."
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// What to do where there is no token and nobody refused one.
pub(crate) fn no_token(message: &str) -> &'static str {
    if message.contains("ENDSTATE_TOKEN is not set") {
        "Set ENDSTATE_TOKEN, or choose a way to sign in with --auth or --profile; without a tenant, try --demo."
    } else if message.starts_with("there is no token") {
        "`endstate config show` with the same options has each setting and where it is from."
    } else if message.contains("a device code") {
        "The same command again shows a new code."
    } else {
        "`endstate doctor` with the same options says which step fails."
    }
}

/// What to do about a refusal of the identity service, by its code (Microsoft Entra, "Authentication and authorization error
/// codes").
pub(crate) fn sign_in(code: &str) -> &'static str {
    match code {
        "AADSTS7000215" => {
            "Take the secret's value, not its id; it was shown once, when it was made. A new one: https://entra.microsoft.com > App registrations > the app > \
             Certificates & secrets."
        }
        "AADSTS7000222" => {
            "The secret has expired. Make a new one: https://entra.microsoft.com > App registrations > the app > Certificates & secrets."
        }
        "AADSTS700016" => {
            "Check --client (the application id) and --tenant: the app is not in that tenant, or not consented to."
        }
        "AADSTS90002" | "AADSTS900023" => "Check --tenant and --cloud: that cloud has no such tenant.",
        "AADSTS500011" => {
            "The tenant does not have the service that the token is for: check --cloud and --scope, and that the tenant has \
             Defender for Endpoint."
        }
        "AADSTS1002012" | "AADSTS70011" => "Check --scope: an application's ends in /.default.",
        "AADSTS700027" => {
            "Upload the certificate's public part: https://entra.microsoft.com > App registrations > the app > Certificates & secrets."
        }
        "AADSTS700024" => "The assertion's time does not fit: set this machine's clock.",
        "AADSTS70021" | "AADSTS700211" | "AADSTS700212" | "AADSTS700213" => {
            "Issuer, subject and audience have to be those of the federated credential: https://entra.microsoft.com > App registrations > the app > \
             Certificates & secrets > Federated credentials."
        }
        "AADSTS65001" => {
            "Ask an administrator to grant consent: https://entra.microsoft.com > App registrations > the app > API permissions."
        }
        "AADSTS7000218" => {
            "Allow public client flows for device codes: https://entra.microsoft.com > App registrations > the app > Authentication."
        }
        "AADSTS50076" | "AADSTS50079" | "AADSTS53003" | "AADSTS530003" => {
            "Conditional access forbids this sign-in as it is: ask the administrator for an exception, or sign in as an app."
        }
        _ => {
            "The code is explained at https://login.microsoftonline.com/error; `endstate doctor` checks the sign-in by itself."
        }
    }
}
