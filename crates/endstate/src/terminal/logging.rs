//! `-v`: what the crates of this workspace log, on stderr.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::progress::SuspendingStderr;

/// Starts logging; without `-v` nothing is logged.
///
/// Only lines of this workspace pass, at every level: HTTP libraries log bytes, and with them the
/// token.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let own_crates = Targets::new().with_target("endstate", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| SuspendingStderr)
        .with_ansi(false)
        .with_timer(uptime())
        .with_target(false);
    tracing_subscriber::registry().with(own_crates).with(lines).init();
}
