//! Notices on their way to the webhook, beside the pulls: a slow webhook holds no pull up, and a
//! notice that could not be posted is posted later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::service::webhook::Webhook;
use crate::terminal::output;

/// Notices that wait. If more wait, the oldest are lost.
const MAX_WAITING: usize = 1_000;

/// The longest time before a notice that could not be posted is posted again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The webhook now; a reload may change it.
type CurrentWebhook = Arc<Mutex<Arc<Webhook>>>;

/// Where notices are left.
#[derive(Debug, Clone)]
pub(super) struct NoticeQueue {
    sender: UnboundedSender<Value>,
    webhook: CurrentWebhook,
    delivery: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl NoticeQueue {
    /// Starts the delivery. `every` is the time from pull to pull.
    pub(super) fn start(webhook: Webhook, every: Duration) -> Self {
        let (sender, receiver) = unbounded_channel();
        let webhook = Arc::new(Mutex::new(Arc::new(webhook)));
        let delivery = tokio::spawn(deliver(receiver, Arc::clone(&webhook), every.min(LONGEST_PAUSE)));
        Self { sender, webhook, delivery: Arc::new(Mutex::new(Some(delivery))) }
    }

    /// Leaves a notice.
    pub(super) fn push(&self, body: Value) {
        // The delivery ends after the last sender.
        let _ = self.sender.send(body);
    }

    /// Posts to another address from now on.
    pub(super) fn set_webhook(&self, webhook: Webhook) {
        *self.webhook.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(webhook);
    }

    /// Waits until everything is posted, for at most `grace`.
    pub(super) async fn end(self, grace: Duration) {
        let delivery = self.delivery.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self.sender);
        let Some(delivery) = delivery else { return };
        if tokio::time::timeout(grace, delivery).await.is_err() {
            output::warn("the service ends before all notices were posted");
        }
    }
}

async fn deliver(mut receiver: UnboundedReceiver<Value>, webhook: CurrentWebhook, pause: Duration) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Some(body) = receiver.recv().await else { return };
            waiting.push_back(body);
        }
        while let Ok(body) = receiver.try_recv() {
            waiting.push_back(body);
        }
        if waiting.len() > MAX_WAITING {
            output::warn(format_args!("more than {MAX_WAITING} notices wait for the webhook; the oldest is lost"));
            waiting.pop_front();
        }

        let Some(body) = waiting.front() else { continue };
        let current = Arc::clone(&webhook.lock().unwrap_or_else(PoisonError::into_inner));
        match current.post(body).await {
            Ok(()) => {
                output::say("Posted to the webhook");
                waiting.pop_front();
            }
            Err(error) => {
                output::error(&error.context("a notice waits, and is posted again later"));
                tokio::time::sleep(pause).await;
            }
        }
    }
}
