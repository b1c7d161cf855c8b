//! What ends the program early: Ctrl-C, SIGTERM and SIGHUP.
//!
//! A pull ends at the next page, and keeps what it has. Anything else ends at once, with the
//! commands that it has started, and without the file that it is writing.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::select_all;

/// The next request to end, as the exit code of a program that it ends at once.
pub(crate) type Interrupt = Pin<Box<dyn Future<Output = io::Result<i32>> + Send>>;

/// Requests to end that a caller handles itself, as long as this value is kept.
pub(crate) struct Listener {
    next: Interrupt,
    _held: Held,
}

/// As long as this value is kept, no request ends the program at once.
#[derive(Debug)]
pub(crate) struct Held(());

/// The exit code of a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: i32 = 130;

/// The number of [`Held`]. While there is one, no request ends the program at once.
static HOLDS: AtomicUsize = AtomicUsize::new(0);

/// Whether a listener had a request, so its caller ends the program.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Listens from now on for Ctrl-C, for SIGTERM, which service managers and CI send, and for SIGHUP,
/// which the end of a terminal sends. None before it is awaited is lost, or kills the program.
pub(crate) fn listen() -> Listener {
    let is_service = IS_SERVICE.load(Ordering::SeqCst);
    Listener { next: if is_service { Box::pin(std::future::pending()) } else { any() }, _held: hold() }
}

/// Whether a service handles requests to end itself.
static IS_SERVICE: AtomicBool = AtomicBool::new(false);

/// Leaves all requests to end to a service, as long as this value is kept: none ends the program or
/// a pull.
pub(crate) fn leave_to_service() -> Held {
    IS_SERVICE.store(true, Ordering::SeqCst);
    hold()
}

/// Has requests to end wait, for work that must not stop in its middle.
pub(crate) fn hold() -> Held {
    HOLDS.fetch_add(1, Ordering::SeqCst);
    Held(())
}

impl Listener {
    /// Waits for the first request to end.
    pub(crate) async fn first(&mut self) -> io::Result<()> {
        self.next.as_mut().await?;
        IS_ENDING.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HOLDS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Ends the program at a request to end, unless a [`Listener`] handles it or it is [`Held`].
/// `before_exit` runs first. Requests come twice: `timeout` sends to the process and to its group,
/// a terminal's end is sent by the system and by the shell.
pub(crate) async fn exit_unless_handled(before_exit: fn()) {
    let mut request = any();
    while let Ok(code) = request.await {
        if HOLDS.load(Ordering::SeqCst) == 0 && !IS_ENDING.load(Ordering::SeqCst) {
            before_exit();
            std::process::exit(code);
        }
        request = any();
    }
}

fn any() -> Interrupt {
    Box::pin(select_all(signals::listen().into_iter().chain([ctrl_c()])).map(|(first, ..)| first))
}

/// Listens from now on for Ctrl-C only.
pub(crate) fn ctrl_c() -> Interrupt {
    // The runtime's own future begins to listen when it is first polled. In a task of its own, that
    // is some time later.
    let mut interrupt: Interrupt = Box::pin(tokio::signal::ctrl_c().map(|result| result.map(|()| INTERRUPTED)));
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
            // As a shell reports a program that a signal ended.
            Ok(128 + kind.as_raw_value())
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
