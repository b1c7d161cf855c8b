//! Which source is next if the settings leave the choice, and the answers that prove that one is
//! not there.

use endstate_paging::FetchError;

use super::source_kind::SourceKind;

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
        Some(403) => Some("the permission ThreatHunting.Read.All is missing"),
        Some(400) if message(failure).contains("Failed to resolve table or column") => {
            Some("a license or a role for its tables is missing")
        }
        _ => None,
    }
}

fn message(failure: &FetchError) -> &str {
    failure.server().map(|server| server.message.as_str()).unwrap_or_default()
}
