//! Runs a pull from the source that the settings name, or from the first that the service has.

use endstate_model::{Entity, MachineSecurityState};
use endstate_paging::FetchError;
use tracing::Instrument;

use super::outcome::EndedPull;
use super::request::PullRequest;
use super::{assessments, export, hunting, preview, run};
use crate::rows::RowSink;
use crate::service::automatic_source::{self, Obstacle};
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
    let is_states = E::ENTITY_SET == MachineSecurityState::ENTITY_SET;
    if !is_states {
        return run_from(source, request, sink).await;
    }

    let mut first = Some(request);
    let read = async |source: &LiveSource| {
        let request = first.take().map_or_else(|| PullRequest::new(source, condition), Ok)?;
        run_from(source, request, sink).await
    };
    let (ended, why) = first_available(source, read).await?;
    Ok(EndedPull { receipt: Receipt { why_states_from: why, ..ended.receipt }, ..ended })
}

/// What a source was read for, as far as it came.
pub(crate) trait Attempt {
    /// The pull that shows whether the service has the source, if it read nothing.
    fn ended(&self) -> Option<&EndedPull>;
}

impl Attempt for EndedPull {
    fn ended(&self) -> Option<&EndedPull> {
        Some(self)
    }
}

/// Reads the source of the settings. If they leave the choice and the service does not have it,
/// reads today's sources instead. Returns also why the states are from another source.
pub(crate) async fn first_available<A: Attempt>(
    source: &LiveSource,
    mut read: impl AsyncFnMut(&LiveSource) -> anyhow::Result<A>,
) -> anyhow::Result<(A, Option<String>)> {
    let mut attempt = read(source).await?;
    let (mut kind, mut why) = (source.kind, None);
    while source.is_automatic
        && let Some(failure) = attempt.ended().and_then(first_failure)
        && let Some((next, reason)) = automatic_source::after(kind, failure)
    {
        if let Some(obstacle) = source.obstacle(kind, next) {
            if obstacle == Obstacle::OtherToken {
                let (title, name) = (next.title(), next.state_source());
                output::warn(format_args!(
                    "{reason}, but {title} needs a token of its own; sign in another way, or set --source {name} with a \
                     token for it"
                ));
            }
            break;
        }
        announce(&reason, next);

        why = Some(match why {
            None => reason,
            Some(why) => format!("{why}, and {} is not available: {reason}", kind.title()),
        });
        attempt = read(&source.switch_to(next)?).await?;
        kind = next;
    }
    Ok((attempt, why))
}

/// Runs a pull from this source and no other.
pub(crate) async fn run_from<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let span = run::span(source);
    // Boxed: what reads one source is large, and only one of them is needed.
    match source.kind {
        SourceKind::Preview => Box::pin(preview::run(source, request, sink).instrument(span)).await,
        SourceKind::Assessments => Box::pin(assessments::run(source, request, sink).instrument(span)).await,
        SourceKind::Hunting => Box::pin(hunting::run(source, request, sink).instrument(span)).await,
        SourceKind::Export => Box::pin(export::run(source, request, sink).instrument(span)).await,
    }
}

fn announce(why: &str, next: SourceKind) {
    let name = next.state_source();
    output::say(format_args!("{}{}; reading {} (--source {name})", why[..1].to_uppercase(), &why[1..], next.title()));
}

/// What failed, if nothing was read before.
fn first_failure(ended: &EndedPull) -> Option<&FetchError> {
    ended.failure.as_ref().filter(|_| ended.receipt.pages == 0)
}
