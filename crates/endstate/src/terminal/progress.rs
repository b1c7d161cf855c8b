//! The line of progress on a terminal, which talk and logs do not tear.

use std::borrow::Cow;
use std::collections::BTreeMap;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use endstate_paging::{PullReport, RetryNotice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::error_chain;
use super::output;
use super::pull_status::{self, PullStatus, RateLimitWait};

/// The one line of progress, if stderr is a terminal.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Whether rows go to the terminal, which then has no place for progress.
static IS_HIDDEN: AtomicBool = AtomicBool::new(false);

/// Several tenants are pulled at once.
static PULLS: Mutex<Pulls> = Mutex::new(Pulls { running: BTreeMap::new(), ended: 0, message: None });

/// The pulls of this run.
#[derive(Debug)]
struct Pulls {
    /// By tenant; under an empty name if there is only one.
    running: BTreeMap<String, PullStatus>,
    ended: usize,
    /// What is shown instead, until the next page.
    message: Option<String>,
}

fn pulls() -> MutexGuard<'static, Pulls> {
    PULLS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows the progress of a pull. Without a terminal, only retries are shown.
#[derive(Debug)]
pub(crate) struct Progress {
    tenant: String,
}

impl Progress {
    /// Shows a pull of items that are called `noun`.
    pub(crate) fn start(tenant: Option<&str>, noun: &'static str, rate_limit_wait: RateLimitWait) -> Self {
        let tenant = tenant.unwrap_or_default().to_owned();
        let is_first = {
            let mut pulls = pulls();
            let status = PullStatus::new(noun, rate_limit_wait, Instant::now());
            pulls.running.insert(tenant.clone(), status);
            pulls.running.len() == 1
        };
        if !IS_HIDDEN.load(Ordering::Relaxed) && !output::is_quiet() {
            let bar = BAR.get_or_init(bar);
            // An earlier pull may have finished the bar.
            if is_first {
                bar.reset();
                bar.enable_steady_tick(Duration::from_millis(120));
            }
        }
        Self { tenant }
    }

    /// Hides progress, for rows that are written to the same terminal.
    pub(crate) fn hide() {
        IS_HIDDEN.store(true, Ordering::Relaxed);
    }

    /// Shows a message until the next page.
    pub(crate) fn show(message: &str) {
        pulls().message = Some(message.to_owned());
    }

    /// Prints one line of talk without tearing the line of progress.
    pub(crate) fn say(line: &str) {
        suspended(|| output::say(line));
    }

    /// Shows the state after a page.
    pub(crate) fn page(&self, report: &PullReport) {
        let mut pulls = pulls();
        pulls.message = None;
        if let Some(status) = pulls.running.get_mut(&self.tenant) {
            status.page(report, Instant::now());
        }
    }

    /// Reports a failed attempt before the wait for the next one.
    pub(crate) fn retry(tenant: Option<&str>, notice: &RetryNotice) {
        let RetryNotice { page, attempt, delay, failure, .. } = notice;
        if let Some(status) = pulls().running.get_mut(tenant.unwrap_or_default()) {
            status.retry(notice, Instant::now());
        }
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
        let mut pulls = pulls();
        pulls.running.remove(&self.tenant);
        pulls.ended += 1;
        if pulls.running.is_empty() {
            pulls.ended = 0;
            drop(pulls);
            if let Some(bar) = BAR.get() {
                bar.finish_and_clear();
            }
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // Written each time that the line is drawn, so a wait counts down.
    let status = |_: &ProgressState, line: &mut dyn std::fmt::Write| {
        let pulls = pulls();
        let message = match &pulls.message {
            Some(message) => Cow::Borrowed(message.as_str()),
            None => pull_status::line(pulls.running.values(), pulls.ended, Instant::now()).into(),
        };
        // Writing to the line cannot fail.
        let _ = line.write_str(&output::safe(&message));
    };
    let style = ProgressStyle::with_template("{spinner} {status}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.with_key("status", status));
    bar
}

/// Prints without tearing the line of progress.
pub(super) fn suspended<R>(print: impl FnOnce() -> R) -> R {
    match BAR.get() {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}
