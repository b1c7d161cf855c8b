//! Brings a file to the disk while it is still being written, so little is left to wait for at its
//! end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};

/// Bytes between two syncs.
const SYNC_INTERVAL_BYTES: u64 = 16 * 1024 * 1024;

/// A thread that only waits for the disk.
#[derive(Debug)]
pub(crate) struct BackgroundSync {
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    /// The position at the last request.
    requested_at: u64,
}

impl BackgroundSync {
    /// For a file that is written elsewhere. The thread starts once there is enough to sync.
    pub(crate) fn new() -> Self {
        Self { requests: None, thread: None, requested_at: 0 }
    }

    /// Notes that the file has been written up to a position.
    pub(crate) fn written(&mut self, file: &File, position: u64) -> io::Result<()> {
        if position < self.requested_at.saturating_add(SYNC_INTERVAL_BYTES) {
            return Ok(());
        }
        if self.requests.is_none() {
            let (requests, received) = sync_channel(1);
            let file = file.try_clone()?;
            self.thread = Some(thread::spawn(move || sync(&file, &received)));
            self.requests = Some(requests);
        }
        if let Some(requests) = &self.requests {
            // A busy thread syncs this part with the next request. If the thread ended with an
            // error, `finish` reports it.
            let _ = requests.try_send(());
        }
        self.requested_at = position;
        Ok(())
    }

    /// Everything is on the disk when this returns. An error of the thread is reported here,
    /// because the system reports it only once.
    pub(crate) fn finish(&mut self, file: &File) -> anyhow::Result<()> {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let ended = thread.join().map_err(|_| anyhow!("the thread that syncs the file has ended"))?;
            ended.context("cannot bring the rows to the disk")?;
        }
        file.sync_all().context("cannot bring the rows to the disk")
    }
}

fn sync(file: &File, requests: &Receiver<()>) -> io::Result<()> {
    while requests.recv().is_ok() {
        file.sync_data()?;
    }
    Ok(())
}
