//! What a token says of itself, held against what the settings ask for.

use std::time::{Duration, SystemTime};

use endstate_reqwest::{Cloud, TokenClaims};

use crate::check::Check;
use crate::service_place::ServicePlace;
use crate::settings::Settings;

const NAME: &str = "token";

/// Audiences that stand for a service: its name and its application id.
const APPLICATIONS: &[(&str, &str)] = &[
    ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"),
    ("https://api.securitycenter.microsoft.com", "fc780465-2017-40d4-a0c5-307022471b92"),
];

/// Checks audience, tenant, permissions and expiry, in this order; the first that is wrong is told.
pub(crate) fn of(claims: Option<&TokenClaims>, place: &ServicePlace, settings: &Settings, now: SystemTime) -> Check {
    let Some(claims) = claims else {
        return Check::warning(
            NAME,
            "it cannot be read here; tokens are opaque to a client, and only the service knows what it says",
            "Nothing needs to be done if the page below is there.",
        );
    };
    let expected = place.scope.resource();
    if let Some(audience) = &claims.audience
        && !is_for(audience, expected)
    {
        let message = format!("it is for {audience}, and this service asks for {expected} (aud)");
        return Check::failed(
            NAME,
            message,
            format!("Ask for a token with --scope {}, or check --cloud.", place.scope),
        );
    }
    if let (Some(tenant), Some(wanted)) = (&claims.tenant, &settings.sign_in.tenant)
        && wanted.is_guid()
        && !tenant.eq_ignore_ascii_case(wanted.as_str())
    {
        let message = format!("it is of the tenant {tenant}, and {wanted} was asked for (tid)");
        return Check::failed(NAME, message, "Sign in to the tenant itself: az login --tenant, or another token.");
    }
    if claims.roles.is_empty() && claims.scopes.is_empty() {
        let message = "it has no permissions (neither roles nor scp)";
        return Check::failed(
            NAME,
            message,
            format!("Add the permission and grant consent: {}", permissions_page(Some(claims), place)),
        );
    }
    let left = claims.expires_at.map(|expiry| expiry.duration_since(now).unwrap_or_default());
    if left == Some(Duration::ZERO) {
        return Check::failed(
            NAME,
            "it has expired (exp)",
            "Get a new token; with --auth other than token that is done for you.",
        );
    }
    let message = described(claims, left);
    match left {
        Some(left) if left < Duration::from_mins(5) => Check::warning(
            NAME,
            message,
            "It may end in the middle of a pull; with --auth other than token it is renewed.",
        ),
        _ => Check::ok(NAME, message),
    }
}

fn is_for(audience: &str, expected: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    audience.eq_ignore_ascii_case(expected)
        || APPLICATIONS.iter().any(|(url, id)| *url == expected && audience.eq_ignore_ascii_case(id))
}

fn described(claims: &TokenClaims, left: Option<Duration>) -> String {
    let audience = claims.audience.as_deref().unwrap_or("an audience that it does not tell");
    let tenant = claims.tenant.as_deref().map(|tenant| format!(", tenant {tenant}")).unwrap_or_default();
    let permissions = match (claims.roles.as_slice(), claims.scopes.as_slice()) {
        ([], scopes) => format!("in a person's name: {}", scopes.join(", ")),
        (roles, _) => format!("the app's own: {}", roles.join(", ")),
    };
    let left = left.map(|left| format!("; good for {} min", left.as_secs() / 60)).unwrap_or_default();
    format!("for {audience}{tenant}; permissions, {permissions}{left}")
}

/// Where the permissions of the app are.
pub(crate) fn permissions_page(claims: Option<&TokenClaims>, place: &ServicePlace) -> String {
    let portal = portal(place);
    match claims.and_then(|claims| claims.client.as_ref()) {
        Some(client) => {
            format!("{portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/{client}")
        }
        None => format!("{portal} > App registrations > the app > API permissions"),
    }
}

/// Where a tenant of the cloud is administered.
pub(crate) fn portal(place: &ServicePlace) -> &'static str {
    match place.service.cloud {
        Cloud::GccHigh | Cloud::Dod => "https://entra.microsoft.us",
        _ => "https://entra.microsoft.com",
    }
}
