//! Serves one listener of an emulator in a task.

use std::io;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::faulty_listener::Control;

/// A running server of one listener. Dropping it stops the server at once.
#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    pub(crate) fn start<L>(listener: L, router: Router) -> Self
    where
        L: Listener<Addr = Control>,
        Control: for<'c> Connected<IncomingStream<'c, L>>,
    {
        let (stop, stopped) = oneshot::channel::<()>();
        let router = router.into_make_service_with_connect_info::<Control>();
        let server = axum::serve(listener, router).with_graceful_shutdown(async move {
            // An error means that the sender was dropped, which is the signal.
            let _ = stopped.await;
        });
        Self { stop: Some(stop), task: tokio::spawn(async move { server.await }) }
    }

    /// Stops accepting connections. The server still finishes responses that have begun.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server ends.
    pub(crate) async fn wait(&mut self) {
        // However the server ends, no caller is left to report to.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
