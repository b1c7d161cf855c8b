//! Connections that can break after a number of bytes: reset, closed, stalled or slowed. Also a
//! listener that can stop listening for a while.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// A fault that applies to all bytes sent from now on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WireFault {
    /// Number of bytes that are still sent normally.
    pub(crate) after: usize,
    pub(crate) then: End,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    Reset,
    Close,
    Stall,
    /// Continues in pieces of this many bytes, with a pause before each.
    Drip(usize, Duration),
}

/// The handle of one connection, for the code that responds on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Control {
    fault: Arc<Mutex<Option<WireFault>>>,
    /// Whether the connection uses TLS.
    is_secure: bool,
}

impl Control {
    pub(crate) fn break_with(&self, after: usize, then: End) {
        *self.lock() = Some(WireFault { after, then });
    }

    /// Returns the same connection after its TLS handshake.
    #[cfg(feature = "sign-in")]
    pub(crate) fn secured(self) -> Self {
        Self { is_secure: true, ..self }
    }

    /// Returns the scheme of URLs that lead back to this connection.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    fn lock(&self) -> MutexGuard<'_, Option<WireFault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener that can close for a while and then reopen its port.
#[derive(Debug)]
pub(crate) struct FaultyListener {
    listener: Option<TcpListener>,
    /// Until when connections are refused.
    refuses_until: Option<Instant>,
    /// Meanwhile, no other program gets the port.
    reserved: Option<TcpSocket>,
    address: SocketAddr,
    pub(crate) pause: Arc<ListenerPause>,
}

/// Requests that a listener close for a while.
#[derive(Debug, Default)]
pub(crate) struct ListenerPause {
    duration: Mutex<Option<Duration>>,
    requested: Notify,
}

impl ListenerPause {
    /// Refuses connections for this long, from now on.
    pub(crate) fn pause_for(&self, duration: Duration) {
        *self.duration.lock().unwrap_or_else(PoisonError::into_inner) = Some(duration);
        self.requested.notify_one();
    }

    fn take(&self) -> Option<Duration> {
        self.duration.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl FaultyListener {
    pub(crate) fn new(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self { listener: Some(listener), refuses_until: None, reserved: None, address, pause: Arc::default() })
    }

    /// Refuses connections from this moment on.
    pub(crate) fn refuse_for(&mut self, duration: Duration) {
        self.listener = None;
        self.reserved = reserve(self.address).ok();
        self.refuses_until = Some(Instant::now() + duration);
    }
}

/// Connections that may wait to be accepted, as with any listener of tokio.
const BACKLOG: u32 = 1024;

/// A socket that has the port and does not listen, so connections are refused.
fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Earlier connections of the port may not have ended yet. On Windows, they do not matter, and
    // this would let other programs have the port.
    if !cfg!(windows) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

impl Listener for FaultyListener {
    type Io = Connection;
    type Addr = Control;

    async fn accept(&mut self) -> (Connection, Control) {
        loop {
            if let Some(duration) = self.pause.take() {
                self.refuse_for(duration);
            }
            if let Some(until) = self.refuses_until {
                sleep_until(until).await;
                self.refuses_until = None;
            }
            if self.listener.is_none() {
                self.listener = match self.reserved.take() {
                    Some(socket) => socket.listen(BACKLOG).ok(),
                    None => TcpListener::bind(self.address).await.ok(),
                };
            }

            let Some(listener) = &self.listener else {
                // Another program has the port for a moment.
                sleep(Duration::from_millis(10)).await;
                continue;
            };

            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        // TLS responds in several writes, which must not wait for each other's
                        // acknowledgement.
                        let _ = stream.set_nodelay(true);
                        let control = Control::default();
                        return (Connection { stream, control: control.clone(), pause: None }, control);
                    }
                    sleep(Duration::from_millis(10)).await;
                }
                () = self.pause.requested.notified() => {}
            }
        }
    }

    fn local_addr(&self) -> io::Result<Control> {
        Ok(Control::default())
    }
}

impl Connected<IncomingStream<'_, FaultyListener>> for Control {
    fn connect_info(stream: IncomingStream<'_, FaultyListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection that applies the fault in its control.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    control: Control,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// Returns how many of `wanted` bytes may be written now.
    fn allowed(&mut self, context: &mut Context<'_>, wanted: usize) -> Poll<io::Result<usize>> {
        let fault = *self.control.lock();
        let Some(WireFault { after, then }) = fault else { return Poll::Ready(Ok(wanted)) };
        if after > 0 {
            return Poll::Ready(Ok(wanted.min(after)));
        }
        match then {
            End::Reset => {
                // Closing with a linger time of zero sends a reset.
                self.stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            End::Close => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            End::Stall => Poll::Pending,
            End::Drip(bytes, duration) => {
                let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(duration)));
                ready!(pause.as_mut().poll(context));
                self.pause = None;
                self.control.break_with(bytes, then);
                Poll::Ready(Ok(wanted.min(bytes)))
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = ready!(self.allowed(context, bytes.len()))?;
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..allowed]))?;
        if let Some(fault) = self.control.lock().as_mut() {
            fault.after = fault.after.saturating_sub(written);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}
