//! `-v`: what our own crates log, on stderr.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging; without `-v` nothing is logged.
///
/// Only what our crates log is let through, whatever the level: HTTP libraries log bytes, and with them the token.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let ours = Targets::new().with_target("endstate", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| crate::progress::SuspendingStderr)
        .with_ansi(false)
        .with_timer(uptime())
        .with_target(false);
    tracing_subscriber::registry().with(ours).with(lines).init();
}
