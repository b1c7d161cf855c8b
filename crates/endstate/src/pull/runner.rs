//! Runs a pull from the source that the settings name, or from the first that the service has.

use endstate_model::{Entity, MachineSecurityState};
use endstate_paging::FetchError;

use super::outcome::EndedPull;
use super::request::PullRequest;
use super::{assessments, export, hunting, preview};
use crate::rows::RowSink;
use crate::service::source::LiveSource;
use crate::service::source_kind::SourceKind;
use crate::store::receipt::Receipt;
use crate::terminal::output;

/// Runs a pull and passes each row to `sink`, whose error ends it.
pub(crate) async fn run<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let condition = request.condition;
    let ended = run_from(source, request, sink).await?;
    let is_states = E::ENTITY_SET == MachineSecurityState::ENTITY_SET;
    if !source.is_automatic || !is_states || !is_absent(&ended) || !source.can_switch_to(SourceKind::Hunting) {
        return Ok(ended);
    }

    let mut why = "the service does not have the documented collection".to_owned();
    let hunting = source.switch_to(SourceKind::Hunting)?;
    announce(&why, "advanced hunting", "hunting");
    let ended = run_from(&hunting, PullRequest::new(&hunting, condition)?, sink).await?;
    let Some(lack) = lacks_access(&ended).filter(|_| source.can_switch_to(SourceKind::Assessments)) else {
        return Ok(with_reason(ended, why));
    };

    why = format!("{why}, and advanced hunting is not available: {lack}");
    let assessments = source.switch_to(SourceKind::Assessments)?;
    announce(&lack, "the secure configuration assessment", "assessments");
    let ended = run_from(&assessments, PullRequest::new(&assessments, condition)?, sink).await?;
    Ok(with_reason(ended, why))
}

async fn run_from<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    // Boxed: what reads one source is large, and only one of them is needed.
    match source.kind {
        SourceKind::Preview => Box::pin(preview::run(source, request, sink)).await,
        SourceKind::Assessments => Box::pin(assessments::run(source, request, sink)).await,
        SourceKind::Hunting => Box::pin(hunting::run(source, request, sink)).await,
        SourceKind::Export => Box::pin(export::run(source, request, sink)).await,
    }
}

fn announce(why: &str, what: &str, name: &str) {
    output::say(format_args!("{}{}; reading {what} (--source {name})", why[..1].to_uppercase(), &why[1..]));
}

fn with_reason(ended: EndedPull, why: String) -> EndedPull {
    EndedPull { receipt: Receipt { why_states_from: Some(why), ..ended.receipt }, ..ended }
}

/// Whether the answer to the first page proves that the service does not have the collection: 404,
/// or what Microsoft Graph says of a path that it does not know. A failure that could pass proves
/// nothing.
fn is_absent(ended: &EndedPull) -> bool {
    let is_unknown_segment = |failure: &FetchError| {
        let message = failure.server().map(|server| server.message.as_str()).unwrap_or_default();
        failure.status() == Some(400) && message.contains("Resource not found for the segment")
    };
    let failure = ended.failure.as_ref().filter(|_| ended.receipt.pages == 0);
    failure.is_some_and(|failure| failure.status() == Some(404) || is_unknown_segment(failure))
}

/// What is missing for advanced hunting, if the answer to its first query says so: the permission,
/// or the licence, without which the service does not know the tables.
fn lacks_access(ended: &EndedPull) -> Option<String> {
    let failure = ended.failure.as_ref().filter(|_| ended.receipt.pages == 0)?;
    let message = failure.server().map(|server| server.message.as_str()).unwrap_or_default();
    match failure.status() {
        Some(403) => Some("the permission ThreatHunting.Read.All is missing".to_owned()),
        Some(400) if message.contains("Failed to resolve table or column") => {
            Some("a licence or a role for its tables is missing".to_owned())
        }
        _ => None,
    }
}
