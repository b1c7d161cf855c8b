//! What is printed: stdout is data, stderr is talk. The only place that prints.
#![expect(clippy::disallowed_macros, reason = "this is where talk is printed")]

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Data. A closed pipe is an error, for the caller to end on.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// One line of talk.
pub(crate) fn say(line: impl Display) {
    anstream::eprintln!("{line}");
}

/// Something that is not as it should be.
pub(crate) fn warn(line: impl Display) {
    anstream::eprintln!("{WARNING}warning:{WARNING:#} {line}");
}

/// What to do next.
pub(crate) fn hint(line: impl Display) {
    anstream::eprintln!("  {line}");
}

/// A failure with its causes, one a line.
pub(crate) fn error(error: &anyhow::Error) {
    anstream::eprintln!("{BAD}error:{BAD:#} {error}");
    for cause in error.chain().skip(1) {
        anstream::eprintln!("  caused by: {cause}");
    }
}

/// The verdict, marked.
pub(crate) fn verdict(is_complete: bool, line: impl Display) {
    anstream::eprintln!("{}", marked_verdict(is_complete, line));
}

/// The verdict's line, its first word marked by colour; readable without.
pub(crate) fn marked_verdict(is_complete: bool, line: impl Display) -> String {
    let style = if is_complete { GOOD } else { BAD };
    let line = line.to_string();
    let (word, rest) = line.split_once(':').unwrap_or((&line, ""));
    format!("{style}{word}{style:#}:{rest}")
}

/// Whoever read our output has gone: that is an end like any other.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.into_iter().any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
