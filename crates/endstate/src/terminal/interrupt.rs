//! What ends the program early, from a moment that the caller chooses: Ctrl-C, SIGTERM and SIGHUP.

use std::io;
use std::pin::Pin;

use futures_util::FutureExt;
use futures_util::future::select_all;

/// The next request to end.
pub(crate) type Interrupt = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Listens from now on for Ctrl-C, for SIGTERM, which service managers and CI send, and for SIGHUP,
/// which the end of a terminal sends. None before the future is awaited is lost, or kills the
/// program.
pub(crate) fn listen() -> Interrupt {
    Box::pin(select_all(signals::listen().into_iter().chain([ctrl_c()])).map(|(first, ..)| first))
}

/// Listens from now on for Ctrl-C only. The others come twice: `timeout` sends to the process and
/// to its group, a terminal's end is sent by the system and by the shell.
pub(crate) fn ctrl_c() -> Interrupt {
    // The runtime's own future begins to listen when it is first polled. In a task of its own, that
    // is some time later.
    let mut interrupt: Interrupt = Box::pin(tokio::signal::ctrl_c());
    match interrupt.as_mut().now_or_never() {
        None => interrupt,
        Some(result) => Box::pin(std::future::ready(result)),
    }
}

#[cfg(unix)]
mod signals {
    //! SIGTERM and SIGHUP.

    use tokio::signal::unix::{SignalKind, signal};

    use super::Interrupt;

    pub(super) fn listen() -> Vec<Interrupt> {
        let hang_up = (!is_hang_up_ignored()).then(SignalKind::hangup);
        hang_up.into_iter().chain([SignalKind::terminate()]).map(next).collect()
    }

    fn next(kind: SignalKind) -> Interrupt {
        let signal = signal(kind);
        Box::pin(async move {
            signal?.recv().await;
            Ok(())
        })
    }

    /// Whether the program was started by `nohup`, and is to continue after the terminal's end.
    /// Known on Linux only (proc(5), `SigIgn`).
    fn is_hang_up_ignored() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // Signal 1 is the lowest bit.
        mask.is_some_and(|mask| mask & 1 == 1)
    }
}

#[cfg(not(unix))]
mod signals {
    //! Ctrl-C is all there is.

    pub(super) fn listen() -> Vec<super::Interrupt> {
        Vec::new()
    }
}
