//! Output: data on stdout, messages on stderr.

use std::borrow::Cow;
use std::env;
use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use endstate_reqwest::redacted;
use terminal_size::{Width, terminal_size_of};
use textwrap::{Options, WordSplitter};

use super::error_chain;
use super::escape::{EscapingWriter, escaped, escaped_lines};
use crate::cli::Color;
use crate::exit::{ErrorWithHints, Excerpt, UsageError};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Whether only results, warnings and errors are printed.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Sets whether only results, warnings and errors are printed.
pub(crate) fn set_quiet(is_quiet: bool) {
    IS_QUIET.store(is_quiet, Ordering::Relaxed);
}

pub(super) fn is_quiet() -> bool {
    IS_QUIET.load(Ordering::Relaxed)
}

/// Sets when output has color, for everything that is printed from here on.
pub(crate) fn set_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::AlwaysAnsi,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Prints a result for people on stdout. Its text from outside is escaped already. A closed pipe is
/// an error, on which the caller ends.
pub(crate) fn data(text: &str) -> io::Result<()> {
    data_with(|out| out.write_all(text.as_bytes()))
}

/// Prints a result for people on stdout, as [`data`] does, that `write` writes.
pub(crate) fn data_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    write(&mut stdout)?;
    stdout.flush()
}

/// Prints a result for programs, which [`for_programs`] has made, in the parts in which `write`
/// passes it on. Nothing is stripped: an escape sequence in a cell must not swallow the rows after
/// it.
pub(crate) fn data_for_programs(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    write(&mut stdout)?;
    stdout.flush()
}

/// Whether results go to a file, which has no width and is no terminal.
static IS_TO_FILE: AtomicBool = AtomicBool::new(false);

/// Sets that results go to a file, for everything that is rendered from here on.
pub(crate) fn set_results_to_file() {
    IS_TO_FILE.store(true, Ordering::Relaxed);
}

fn is_to_file() -> bool {
    IS_TO_FILE.load(Ordering::Relaxed)
}

/// A result for programs, such as JSON or CSV: without secrets that came back, and else verbatim,
/// unless stdout is a terminal.
pub(crate) fn for_programs(text: String) -> String {
    let text = match redacted(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(redacted) => redacted,
    };
    if io::stdout().is_terminal() && !is_to_file() { escaped_lines(&text).into_owned() } else { text }
}

/// Stdout, for a writer that buffers data itself.
#[derive(Debug)]
pub(crate) enum Stdout {
    Verbatim(io::Stdout),
    /// To a terminal.
    Escaping(EscapingWriter<io::Stdout>),
}

pub(crate) fn stdout() -> Stdout {
    let stdout = io::stdout();
    if stdout.is_terminal() { Stdout::Escaping(EscapingWriter::new(stdout)) } else { Stdout::Verbatim(stdout) }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Verbatim(stdout) => stdout.write(bytes),
            Self::Escaping(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Verbatim(stdout) => stdout.flush(),
            Self::Escaping(stdout) => stdout.flush(),
        }
    }
}

/// The width of the terminal that shows stdout, in columns: the terminal's own, else `COLUMNS` of
/// the environment. `None` if neither is known.
pub(crate) fn width() -> Option<u16> {
    if is_to_file() {
        return None;
    }
    let own = || terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
    let of_environment = || env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    own().or_else(of_environment)
}

/// Whether a person sees stdout.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Text wrapped at words to the width of the terminal.
pub(crate) fn wrapped(line: &str) -> String {
    match width() {
        Some(width) => textwrap::fill(
            line,
            Options::new(width.into()).break_words(false).word_splitter(WordSplitter::NoHyphenation),
        ),
        None => line.to_owned(),
    }
}

/// Text from outside for people: without secrets that came back, and with escapes visible.
pub(crate) fn safe(text: &str) -> String {
    escaped(&redacted(text)).into_owned()
}

/// Prints a message of one line.
pub(crate) fn say(line: impl Display) {
    if is_quiet() {
        return;
    }
    message(format_args!("{}", safe(&line.to_string())));
}

/// Prints a line on stderr. If that is closed, as after the terminal's end, the work continues
/// without messages.
fn message(line: fmt::Arguments<'_>) {
    writeln!(anstream::stderr().lock(), "{line}").ok();
}

/// Prints a warning.
pub(crate) fn warn(line: impl Display) {
    message(format_args!("{WARNING}warning:{WARNING:#} {}", safe(&line.to_string())));
}

/// Prints what to do next.
pub(crate) fn hint(line: impl Display) {
    if is_quiet() {
        return;
    }
    message(format_args!("hint: {}", safe(&line.to_string())));
}

/// Prints a detail of the line before.
pub(crate) fn detail(line: impl Display) {
    if is_quiet() {
        return;
    }
    message(format_args!("  {}", safe(&line.to_string())));
}

/// Prints an error and its causes, each on its own line.
pub(crate) fn error(error: &anyhow::Error) {
    message(format_args!("{BAD}error:{BAD:#} {}", safe(&error.to_string())));
    if let Some(UsageError { excerpt: Some(Excerpt { text, position }), .. }) = error.downcast_ref() {
        // Escapes before the mark make the text longer.
        let before: String = text.chars().take(*position).collect();
        let indent = escaped(&before).chars().count();
        message(format_args!("    {}\n    {:indent$}^", escaped(text), ""));
    }
    for cause in error_chain::causes(error.as_ref()) {
        message(format_args!("  caused by: {}", safe(&cause)));
    }
    if let Some(ErrorWithHints { hints, .. }) = error.downcast_ref() {
        hints.iter().for_each(hint);
    }
}

/// Prints an outcome.
pub(crate) fn outcome(is_complete: bool, line: impl Display) {
    if is_quiet() && is_complete {
        return;
    }
    message(format_args!("{}", marked_outcome(is_complete, line)));
}

/// The line of an outcome with its first word marked by color. It is readable without color.
pub(crate) fn marked_outcome(is_complete: bool, line: impl Display) -> String {
    let style = if is_complete { GOOD } else { BAD };
    let line = line.to_string();
    let line = wrapped(&safe(&line));
    let (word, rest) = line.split_once(':').unwrap_or((&line, ""));
    format!("{style}{word}{style:#}:{rest}")
}

/// Whether the reader of the output has closed it.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.into_iter().any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
