//! Prints how a pull ended.

use anyhow::bail;

use crate::exit::Reported;
use crate::pull::outcome::EndedPull;
use crate::pull::read::ReadPull;
use crate::report::outcome::OutcomeText;
use crate::store::pull_info::PullInfo;
use crate::terminal::output;

/// Prints the outcome of a pull, what went wrong, and what to do next.
pub(super) fn print_outcome(ended: &EndedPull) {
    print(&OutcomeText::new(ended));
}

/// Prints the outcome of a pull that read nothing, and ends the command. Of a pull with rows,
/// prints only the details: the result shows its outcome.
pub(super) fn require_rows(read: ReadPull) -> anyhow::Result<ReadPull> {
    let Some(ended) = &read.ended else { return Ok(read) };
    let exit = ended.exit();
    if exit.is_usable() {
        print(&OutcomeText::details_only(ended));
        return Ok(read);
    }
    print_outcome(ended);
    bail!(Reported(exit))
}

/// Prints the outcome of a pull beside a result whose format has no place for it.
pub(super) fn print_completeness(pull: &PullInfo) {
    output::outcome(pull.outcome().is_complete(), pull.completeness.line());
}

fn print(text: &OutcomeText) {
    if let Some((is_complete, headline)) = &text.headline {
        output::outcome(*is_complete, headline);
    }
    for detail in &text.details {
        output::detail(detail);
    }
    for hint in &text.hints {
        output::hint(hint);
    }
}
