//! Which source is next if the settings leave the choice, and the answers that prove that one is
//! not there.

use endstate_paging::FetchError;

use super::sign_in;
use super::source_kind::SourceKind;
use crate::cli::{AuthMethod, ServiceArgs};
use crate::config::endpoint::{Api, Endpoint};
use crate::config::settings::Settings;

/// The source after one that the service does not have, and why it does not. `failure` is that of
/// its first request. A failure that could pass proves nothing.
pub(crate) fn after(kind: SourceKind, failure: &FetchError) -> Option<(SourceKind, String)> {
    match kind {
        SourceKind::Preview if is_absent(failure) => {
            Some((SourceKind::Hunting, "the service does not have the documented collection".to_owned()))
        }
        SourceKind::Hunting => Some((SourceKind::Assessments, lack(failure)?.to_owned())),
        _ => None,
    }
}

/// What keeps another source from being read with the same settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The service has a root of its own, and the settings do not say where the other API is.
    UnknownRoot,
    /// The token or the scope of the settings is for one API, and no other may receive it.
    OtherToken,
}

/// What keeps `to` from being read with settings that are for `from`.
pub(crate) fn obstacle(settings: &Settings, from: SourceKind, to: SourceKind) -> Option<Obstacle> {
    if !Endpoint::is_known(&settings.service, to.api()) {
        return Some(Obstacle::UnknownRoot);
    }
    let ServiceArgs { scope, service_root, defender_root, graph_root, .. } = &settings.service;
    let is_for_one_api = sign_in::method(settings) == AuthMethod::Token || scope.is_some();
    // A user who names the root of an API names a host for the token.
    let is_named = match to.api() {
        Api::Preview => service_root.is_some(),
        Api::Defender => defender_root.is_some(),
        Api::Graph => graph_root.is_some(),
    };

    let origin = |kind: SourceKind| {
        let endpoint = Endpoint::for_api(&settings.service, kind.api()).ok()?;
        Some(endpoint.root.origin().clone())
    };
    (is_for_one_api && !is_named && origin(from) != origin(to)).then_some(Obstacle::OtherToken)
}

/// Whether the answer to the first page is 404, or what Microsoft Graph says of a path that it does
/// not know.
fn is_absent(failure: &FetchError) -> bool {
    failure.status() == Some(404)
        || failure.status() == Some(400) && message(failure).contains("Resource not found for the segment")
}

/// What is missing for advanced hunting, if the answer to its first query says so: the permission,
/// or the license, without which the service does not know the tables.
fn lack(failure: &FetchError) -> Option<&'static str> {
    match failure.status() {
        // A proxy may refuse, too. Only the service has this body.
        Some(403) if failure.server().is_some() => Some("the permission ThreatHunting.Read.All is missing"),
        Some(400) if message(failure).contains("Failed to resolve table or column") => {
            Some("a license or a role for its tables is missing")
        }
        _ => None,
    }
}

fn message(failure: &FetchError) -> &str {
    failure.server().map(|server| server.message.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::{CliOverrides, ProfileOrigin};

    #[test]
    fn a_token_for_one_api_is_not_sent_to_another() {
        let settings = Settings::resolve(&CliOverrides::default(), None, ProfileOrigin::Environment, false).unwrap();
        let with = |auth: AuthMethod| {
            let mut settings = settings.clone();
            settings.sign_in.auth = auth;
            settings
        };
        let after_hunting = |settings: &Settings| obstacle(settings, SourceKind::Hunting, SourceKind::Assessments);

        let token = with(AuthMethod::Token);
        assert_eq!(obstacle(&token, SourceKind::Preview, SourceKind::Hunting), None, "both are Microsoft Graph");
        assert_eq!(after_hunting(&token), Some(Obstacle::OtherToken));
        assert_eq!(after_hunting(&with(AuthMethod::AzureCli)), None, "it gets a token for each");

        let mut named = token;
        named.service.defender_root = Some("http://127.0.0.1:1/api".to_owned());
        assert_eq!(after_hunting(&named), None);
    }
}
