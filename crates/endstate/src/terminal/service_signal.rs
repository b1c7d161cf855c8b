//! What a service manager sends to a program that runs until it is ended.

use futures_util::future::{Either, select};

/// What a service has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceSignal {
    /// SIGHUP: read the configuration again.
    Reload,
    /// Ctrl-C or SIGTERM: end.
    End,
}

/// The signals to this service. None is lost between two calls of [`next`](Self::next).
#[derive(Debug)]
pub(crate) struct ServiceSignals {
    #[cfg(unix)]
    reload: tokio::signal::unix::Signal,
    #[cfg(unix)]
    end: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl ServiceSignals {
    /// Listens from now on.
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            end: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> ServiceSignal {
        let end = std::pin::pin!(self.end.recv());
        let interrupt = std::pin::pin!(self.interrupt.recv());
        let reload = std::pin::pin!(self.reload.recv());
        match select(select(end, interrupt), reload).await {
            Either::Left(_) => ServiceSignal::End,
            Either::Right(_) => ServiceSignal::Reload,
        }
    }
}

#[cfg(not(unix))]
impl ServiceSignals {
    /// Listens from now on. Ctrl-C is all there is.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> ServiceSignal {
        match select(std::pin::pin!(tokio::signal::ctrl_c()), std::future::pending::<()>()).await {
            Either::Left(_) | Either::Right(_) => ServiceSignal::End,
        }
    }
}
