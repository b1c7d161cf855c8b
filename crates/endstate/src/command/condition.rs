//! `--where`: a condition from the command line.

use endstate_analysis::{Condition, UnknownValue};
use endstate_model::{Entity, Field, UtcTime};
use jiff::Timestamp;

use crate::exit::UsageError;
use crate::terminal::output;

/// Parses the condition, if there is one. The error points at the faulty place.
pub(super) fn parse<E: Entity>(text: Option<&str>) -> anyhow::Result<Option<Condition<E>>> {
    let Some(text) = text else { return Ok(None) };
    let condition = text.parse().map_err(|error: endstate_analysis::ConditionError| {
        UsageError::new(format!("--where: {error}")).at(text, error.position())
    });
    let condition: Condition<E> = condition?;
    let condition = condition.at(UtcTime::from_second(Timestamp::now().as_second()));
    for UnknownValue { field, value, nearest, .. } in condition.unknown_values() {
        let suggestion = nearest.as_ref().map(|nearest| format!("; did you mean '{nearest}'?")).unwrap_or_default();
        output::warn(format_args!("--where: '{value}' is not a known {field}{suggestion}"));
    }
    Ok(Some(condition))
}

/// Whether a condition is about the name, the group or the like of devices, which documented states
/// do not have.
pub(super) fn names_devices<E: Entity>(condition: &Condition<E>) -> bool {
    let named = condition.fields();
    let is_of_device = |field: &&Field| field.parent.is_some();
    E::FIELDS.iter().filter(is_of_device).any(|field| named.contains(&field.name))
}
