//! A triage as workflow commands of GitHub Actions, which make annotations.
//!
//! GitHub shows ten errors and ten warnings of a step, so the worst come first, and the last one
//! says how many more there are. The escapes are those of GitHub's own [toolkit][commands].
//!
//! [commands]: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands

use std::fmt::Write as _;

use super::annotation::{Annotation, Level, Rule};
use crate::terminal::escape::escaped;
use crate::terminal::number::counted;

/// Annotations of a level that GitHub shows of one step.
const SHOWN: usize = 10;

/// The commands, a line each, the worst first.
pub(super) fn commands(annotations: &[Annotation]) -> String {
    let mut text = String::new();
    for (level, command) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "notice")] {
        let of_level: Vec<_> = annotations.iter().filter(|annotation| annotation.level == level).collect();
        let shown = if of_level.len() > SHOWN { SHOWN - 1 } else { of_level.len() };
        for Annotation { rule, tenant, message, .. } in &of_level[..shown] {
            let tenant = tenant.as_ref().map(|tenant| format!("{tenant}: ")).unwrap_or_default();
            let title = property(&format!("{tenant}{}", rule.title()));
            // A check says itself what it means.
            let meaning = Some(rule.meaning()).filter(|_| !matches!(rule, Rule::Check(_)));
            let sentences: Vec<_> = meaning.into_iter().chain(rule.remedy().into_iter().take(1)).collect();
            let message = format!("{message}. {}", sentences.join(" "));
            let _ = writeln!(text, "::{command} title={title}::{}", data(&message));
        }
        let more = of_level.len() - shown;
        if more > 0 {
            let _ = writeln!(text, "::{command} title=endstate::{}", data(&counted(more as u64, "more finding")));
        }
    }
    text
}

/// The message of a command.
fn data(text: &str) -> String {
    escaped(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, such as its title.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
