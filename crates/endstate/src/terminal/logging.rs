//! `-v`: what the crates of this workspace log, on stderr.

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::progress::SuspendingStderr;

/// Starts logging; without `-v` nothing is logged.
///
/// `logs_emulator` is for the command that serves one. Only lines of this workspace pass, at every
/// level: HTTP libraries log bytes, and with them the token.
pub(crate) fn start(verbose: u8, logs_emulator: bool) {
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    // The emulator of a demo is not what the user wants to see.
    let emulator = if logs_emulator { LevelFilter::from_level(level) } else { LevelFilter::OFF };
    let own_crates = Targets::new().with_target("endstate", level).with_target("endstate_emulator", emulator);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| SuspendingStderr)
        .with_ansi(false)
        .with_timer(uptime())
        .with_target(false);
    tracing_subscriber::registry().with(own_crates).with(lines).init();
}
