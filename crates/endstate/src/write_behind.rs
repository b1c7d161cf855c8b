//! Brings a file to the disk while it is still being written, so that little is left to wait for at its end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};

/// Bytes between two orders.
const PART: u64 = 16 * 1024 * 1024;

/// A thread that does nothing but wait for the disk.
#[derive(Debug)]
pub(crate) struct WriteBehind {
    orders: Option<SyncSender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    /// Where the last order stood.
    ordered: u64,
}

impl WriteBehind {
    /// For a file that is written elsewhere; its thread is started once there is enough to do.
    pub(crate) fn new() -> Self {
        Self { orders: None, thread: None, ordered: 0 }
    }

    /// The file has been written up to a position.
    pub(crate) fn written(&mut self, file: &File, position: u64) -> io::Result<()> {
        if position < self.ordered.saturating_add(PART) {
            return Ok(());
        }
        if self.orders.is_none() {
            let (orders, received) = sync_channel(1);
            let file = file.try_clone()?;
            self.thread = Some(thread::spawn(move || sync(&file, &received)));
            self.orders = Some(orders);
        }
        if let Some(orders) = &self.orders {
            // Where it is busy it comes to this part with the next order; where it ended with an error, the end tells.
            let _ = orders.try_send(());
        }
        self.ordered = position;
        Ok(())
    }

    /// Everything is on the disk once this returns. An error that the thread met is told here: it would not be told again.
    pub(crate) fn finish(&mut self, file: &File) -> anyhow::Result<()> {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let ended = thread.join().map_err(|_| anyhow!("the thread that writes to the disk has ended"))?;
            ended.context("the rows cannot be brought to the disk")?;
        }
        file.sync_all().context("the rows cannot be brought to the disk")
    }
}

fn sync(file: &File, orders: &Receiver<()>) -> io::Result<()> {
    while orders.recv().is_ok() {
        file.sync_data()?;
    }
    Ok(())
}
