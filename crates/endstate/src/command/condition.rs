//! `--where`: a condition from the command line.

use endstate_analysis::Condition;
use endstate_model::Entity;

use crate::exit::UsageError;

/// Parses the condition, if there is one. The error points at the faulty place.
pub(super) fn parse<E: Entity>(text: Option<&str>) -> anyhow::Result<Option<Condition<E>>> {
    let Some(text) = text else { return Ok(None) };
    let condition = text.parse().map_err(|error: endstate_analysis::ConditionError| {
        UsageError::new(format!("--where: {error}")).at(text, error.position())
    });
    Ok(Some(condition?))
}
