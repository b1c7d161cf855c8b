//! Output: data on stdout, messages on stderr.
#![expect(clippy::disallowed_macros, reason = "messages are printed here")]

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use terminal_size::{Width, terminal_size};

use crate::cli::Color;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Sets when output has color, for everything that is printed from here on.
pub(crate) fn set_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::AlwaysAnsi,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Prints data on stdout. A closed pipe is an error, on which the caller ends.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Stdout, for a writer that buffers data itself.
pub(crate) fn stdout() -> io::Stdout {
    io::stdout()
}

/// The width of the terminal that shows stdout, in columns; `None` if stdout is not a terminal.
pub(crate) fn width() -> Option<u16> {
    let (Width(columns), _) = terminal_size().filter(|_| io::stdout().is_terminal())?;
    Some(columns)
}

/// Prints a message of one line.
pub(crate) fn say(line: impl Display) {
    anstream::eprintln!("{line}");
}

/// Prints a warning.
pub(crate) fn warn(line: impl Display) {
    anstream::eprintln!("{WARNING}warning:{WARNING:#} {line}");
}

/// Prints what to do next.
pub(crate) fn hint(line: impl Display) {
    anstream::eprintln!("hint: {line}");
}

/// Prints a detail of the line before.
pub(crate) fn detail(line: impl Display) {
    anstream::eprintln!("  {line}");
}

/// Prints an error and its causes, each on its own line.
pub(crate) fn error(error: &anyhow::Error) {
    anstream::eprintln!("{BAD}error:{BAD:#} {error}");
    for cause in error.chain().skip(1) {
        anstream::eprintln!("  caused by: {cause}");
    }
}

/// Prints an outcome.
pub(crate) fn outcome(is_complete: bool, line: impl Display) {
    anstream::eprintln!("{}", marked_outcome(is_complete, line));
}

/// The line of an outcome with its first word marked by color. It is readable without color.
pub(crate) fn marked_outcome(is_complete: bool, line: impl Display) -> String {
    let style = if is_complete { GOOD } else { BAD };
    let line = line.to_string();
    let (word, rest) = line.split_once(':').unwrap_or((&line, ""));
    format!("{style}{word}{style:#}:{rest}")
}

/// Whether the reader of the output has closed it.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.into_iter().any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
