//! Progress on a terminal: pages, devices of the expected number, rate, calls left.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use endstate_paging::{PullReport, RetryNotice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The one line of progress, if stderr is a terminal.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// What each pull has to say on it; several tenants are pulled at once.
static MESSAGES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Shows how a pull goes on. Without a terminal only waits are told.
#[derive(Debug)]
pub(crate) struct Progress {
    started: std::time::Instant,
    /// The tenant; empty where there is one.
    whose: String,
}

impl Progress {
    pub(crate) fn start(whose: Option<&str>) -> Self {
        let bar = BAR.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        let progress = Self { started: std::time::Instant::now(), whose: whose.unwrap_or_default().to_owned() };
        // There may have been a pull before.
        if progress.show(Some("connecting".to_owned())) == 1 {
            bar.reset();
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        progress
    }

    /// Shows what this pull has to say beside what the others have, or that it has nothing more; how many still have.
    fn show(&self, message: Option<String>) -> usize {
        let mut messages = MESSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        match message {
            Some(message) => messages.insert(self.whose.clone(), message),
            None => messages.remove(&self.whose),
        };
        let named = |(whose, message): (&String, &String)| match whose.as_str() {
            "" => message.clone(),
            whose => format!("{whose}: {message}"),
        };
        Self::message(&messages.iter().map(named).collect::<Vec<_>>().join(" | "));
        messages.len()
    }

    /// Shows a message of somebody else's, until the next page.
    pub(crate) fn message(message: &str) {
        if let Some(bar) = BAR.get() {
            bar.set_message(message.to_owned());
        }
    }

    /// One line of talk, which does not tear the line of progress.
    pub(crate) fn say(line: &str) {
        suspended(|| crate::output::say(line));
    }

    /// After a page.
    pub(crate) fn page(&self, report: &PullReport, calls_left: Option<usize>) {
        self.show(Some(message(report, calls_left, self.started.elapsed())));
    }

    /// Before a wait.
    pub(crate) fn waiting(whose: Option<&str>, notice: &RetryNotice) {
        let RetryNotice { page, attempt, delay, failure, .. } = notice;
        let whose = whose.map(|whose| format!("{whose}: ")).unwrap_or_default();
        let line = format!("{whose}page {page}, attempt {attempt}: {failure}; again in {:.1} s", delay.as_secs_f64());
        Self::say(&line);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.show(None) == 0
            && let Some(bar) = BAR.get()
        {
            bar.finish_and_clear();
        }
    }
}

fn message(report: &PullReport, calls_left: Option<usize>, elapsed: Duration) -> String {
    let PullReport { pages, entities, .. } = report;
    let of = report.expected.map(|expected| format!(" of {expected}")).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
    let rate = *entities as f64 / elapsed.as_secs_f64().max(0.001);
    let left = calls_left.map(|left| format!(", {left} calls left this minute")).unwrap_or_default();
    format!("page {pages}, {entities}{of} devices, {rate:.0} a second{left}")
}

/// Prints without tearing the line of progress.
fn suspended<R>(print: impl FnOnce() -> R) -> R {
    match BAR.get() {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// Stderr that does not tear the line of progress.
#[derive(Debug)]
pub(crate) struct SuspendingStderr;

impl Write for SuspendingStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        suspended(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_pages_devices_of_the_expected_rate_and_calls_left() {
        let mut report = PullReport::default();
        (report.pages, report.entities) = (3, 300);
        assert_eq!(message(&report, None, Duration::from_secs(2)), "page 3, 300 devices, 150 a second");
        report.expected = Some(444);
        let line = message(&report, Some(97), Duration::from_secs(2));
        assert_eq!(line, "page 3, 300 of 444 devices, 150 a second, 97 calls left this minute");
    }
}
