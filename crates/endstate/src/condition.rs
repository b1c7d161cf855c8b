//! `--where`: a condition from the command line, and what is said of one that means nothing.

use anyhow::anyhow;
use endstate_analysis::Condition;
use endstate_model::Entity;

use crate::exit::Exit;
use crate::output;

/// Understands a condition; the error points at the place.
pub(crate) fn parsed<E: Entity>(text: &str) -> anyhow::Result<Condition<E>> {
    text.parse().map_err(|error: endstate_analysis::ConditionError| {
        let place = " ".repeat(error.position());
        anyhow!("--where: {error}\n    {text}\n    {place}^")
    })
}

/// Tells what is wrong with the command line.
pub(crate) fn usage(error: &anyhow::Error) -> Exit {
    output::error(error);
    Exit::Usage
}
