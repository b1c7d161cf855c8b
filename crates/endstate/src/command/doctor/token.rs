//! What the token says about itself, compared with the settings.

use std::time::{Duration, SystemTime};

use endstate_reqwest::TokenClaims;

use super::check::{Check, TOKEN};
use crate::config::endpoint::Endpoint;
use crate::config::settings::Settings;
use crate::service::source_kind::SourceKind;

/// Audiences that mean a service: its name and its application ID.
const APPLICATIONS: &[(&str, &str)] = &[
    ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"),
    ("https://api.securitycenter.microsoft.com", "fc780465-2017-40d4-a0c5-307022471b92"),
];

/// Checks audience, tenant, permissions and expiry in this order, and reports the first that is
/// wrong.
pub(super) fn check(claims: Option<&TokenClaims>, endpoint: &Endpoint, settings: &Settings, now: SystemTime) -> Check {
    let Some(claims) = claims else {
        return Check::warning(
            TOKEN,
            "the token cannot be read here; tokens are opaque to a client, and only the service knows their content",
            "Nothing to do if the page check below passes.",
        );
    };
    let left = claims.expires_at.map(|expiry| expiry.duration_since(now).unwrap_or_default());
    if let Some(failed) = mismatch(claims, endpoint, settings).or_else(|| expired(left)) {
        return failed;
    }
    let message = describe(claims, left);
    match left {
        Some(left) if left < Duration::from_secs(5 * 60) => Check::warning(
            TOKEN,
            message,
            "It may expire in mid-pull. With an --auth other than token, endstate renews it.",
        ),
        _ => Check::ok(TOKEN, message),
    }
}

fn mismatch(claims: &TokenClaims, endpoint: &Endpoint, settings: &Settings) -> Option<Check> {
    let expected = endpoint.scope.resource();
    if let Some(audience) = &claims.audience
        && !is_for(audience, expected)
    {
        let message = format!("the token is for {audience}, but this service requires {expected} (aud)");
        let remedy = format!("Get a token with --scope {}, or check --cloud.", endpoint.scope);
        return Some(Check::failed(TOKEN, message, remedy));
    }
    if let (Some(tenant), Some(wanted)) = (&claims.tenant, &settings.sign_in.tenant)
        && wanted.is_guid()
        && !tenant.eq_ignore_ascii_case(wanted.as_str())
    {
        let message = format!("the token is of the tenant {tenant}, not of {wanted} (tid)");
        let remedy = "Sign in to that tenant: az login --tenant, or another token.";
        return Some(Check::failed(TOKEN, message, remedy));
    }
    if claims.roles.is_empty() && claims.scopes.is_empty() {
        let message = "the token has no permissions (neither roles nor scp)";
        let remedy = format!("Add the permission and grant consent: {}", permissions_page(Some(claims), endpoint));
        return Some(Check::failed(TOKEN, message, remedy));
    }
    missing_permissions(claims, endpoint, SourceKind::from_settings(settings))
}

/// The permissions that the source needs and that the token does not have.
fn missing_permissions(claims: &TokenClaims, endpoint: &Endpoint, kind: SourceKind) -> Option<Check> {
    let is_application = !claims.roles.is_empty();
    let granted = if is_application { &claims.roles } else { &claims.scopes };
    let missing: Vec<_> = kind.permissions().iter().filter(|permission| !permission.is_in(granted)).collect();
    let api = missing.first()?.api;
    let sort = if is_application { "application" } else { "delegated" };
    let names: Vec<_> = missing
        .iter()
        .map(|permission| if is_application { permission.application } else { permission.delegated })
        .collect();

    let names = names.join(", ");
    let message = format!("the token lacks {sort} permissions that --source {} needs: {names}", kind.state_source());
    let remedy = format!(
        "Add a permission > {api} > {} permissions > {names}, then grant admin consent: {}",
        if is_application { "Application" } else { "Delegated" },
        permissions_page(Some(claims), endpoint)
    );
    Some(Check::failed(TOKEN, message, remedy))
}

fn expired(left: Option<Duration>) -> Option<Check> {
    let remedy = "Get a new token. With an --auth other than token, endstate does that for you.";
    (left == Some(Duration::ZERO)).then(|| Check::failed(TOKEN, "the token has expired (exp)", remedy))
}

fn is_for(audience: &str, expected: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    audience.eq_ignore_ascii_case(expected)
        || APPLICATIONS.iter().any(|(url, id)| *url == expected && audience.eq_ignore_ascii_case(id))
}

fn describe(claims: &TokenClaims, left: Option<Duration>) -> String {
    let audience = claims.audience.as_deref().unwrap_or("an unknown audience");
    let tenant = claims.tenant.as_deref().map(|tenant| format!(", tenant {tenant}")).unwrap_or_default();
    let permissions = match (claims.roles.as_slice(), claims.scopes.as_slice()) {
        ([], scopes) => format!("delegated permissions: {}", scopes.join(", ")),
        (roles, _) => format!("application permissions: {}", roles.join(", ")),
    };
    let left = left.map(|left| format!("; valid for {} min", left.as_secs() / 60)).unwrap_or_default();
    format!("for {audience}{tenant}; {permissions}{left}")
}

/// Where the permissions of the app are.
pub(super) fn permissions_page(claims: Option<&TokenClaims>, endpoint: &Endpoint) -> String {
    let portal = endpoint.cloud.entra_portal;
    match claims.and_then(|claims| claims.client.as_ref()) {
        Some(client) => {
            format!("{portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/{client}")
        }
        None => format!("{portal} > App registrations > the app > API permissions"),
    }
}
