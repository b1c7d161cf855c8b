//! Progress on a terminal: pages, devices of the expected number, rate, calls left.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use endstate_paging::{PullReport, RetryNotice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::error_chain;
use super::escape::{escaped, escaped_lines};
use super::output;

/// The one line of progress, if stderr is a terminal.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// The message of each pull, because several tenants are pulled at once.
static MESSAGES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Shows the progress of a pull. Without a terminal, only retries are shown.
#[derive(Debug)]
pub(crate) struct Progress {
    started: Instant,
    /// The tenant; empty for a single one.
    tenant: String,
}

impl Progress {
    pub(crate) fn start(tenant: Option<&str>) -> Self {
        let bar = BAR.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        let progress = Self { started: Instant::now(), tenant: tenant.unwrap_or_default().to_owned() };
        // An earlier pull may have finished the bar.
        if progress.set_message(Some("connecting".to_owned())) == 1 {
            bar.reset();
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        progress
    }

    /// Shows this pull's message beside those of other pulls, or removes it. Returns how many pulls
    /// still have a message.
    fn set_message(&self, message: Option<String>) -> usize {
        let mut messages = MESSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        match message {
            Some(message) => messages.insert(self.tenant.clone(), message),
            None => messages.remove(&self.tenant),
        };
        let named = |(tenant, message): (&String, &String)| match tenant.as_str() {
            "" => message.clone(),
            tenant => format!("{tenant}: {message}"),
        };
        Self::show(&messages.iter().map(named).collect::<Vec<_>>().join(" | "));
        messages.len()
    }

    /// Shows a message until the next page.
    pub(crate) fn show(message: &str) {
        if let Some(bar) = BAR.get() {
            bar.set_message(escaped(message).into_owned());
        }
    }

    /// Prints one line of talk without tearing the line of progress.
    pub(crate) fn say(line: &str) {
        suspended(|| output::say(line));
    }

    /// Shows the state after a page.
    pub(crate) fn page(&self, report: &PullReport, calls_left: Option<usize>) {
        self.set_message(Some(page_message(report, calls_left, self.started.elapsed())));
    }

    /// Reports a failed attempt before the wait for the next one.
    pub(crate) fn retry(tenant: Option<&str>, notice: &RetryNotice) {
        let RetryNotice { page, attempt, delay, failure, .. } = notice;
        let tenant = tenant.map(|tenant| format!("{tenant}: ")).unwrap_or_default();
        let failure = error_chain::one_line(failure);
        Self::say(&format!(
            "{tenant}page {page}, attempt {attempt}: {failure}; retrying in {:.1} s",
            delay.as_secs_f64()
        ));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.set_message(None) == 0
            && let Some(bar) = BAR.get()
        {
            bar.finish_and_clear();
        }
    }
}

fn page_message(report: &PullReport, calls_left: Option<usize>, elapsed: Duration) -> String {
    let PullReport { pages, entities, .. } = report;
    let expected = report.expected.map(|expected| format!(" of {expected}")).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
    let rate = *entities as f64 / elapsed.as_secs_f64().max(0.001);
    let left = calls_left.map(|left| format!(", {left} calls left this minute")).unwrap_or_default();
    format!("page {pages}, {entities}{expected} devices, {rate:.0} a second{left}")
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
        let text = String::from_utf8_lossy(bytes);
        // A line of the log is one write, and ends in a line feed.
        suspended(|| io::stderr().write_all(escaped_lines(&text).as_bytes()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_shows_pages_devices_rate_and_calls_left() {
        let mut report = PullReport::default();
        (report.pages, report.entities) = (3, 300);
        assert_eq!(page_message(&report, None, Duration::from_secs(2)), "page 3, 300 devices, 150 a second");
        report.expected = Some(444);
        let line = page_message(&report, Some(97), Duration::from_secs(2));
        assert_eq!(line, "page 3, 300 of 444 devices, 150 a second, 97 calls left this minute");
    }
}
