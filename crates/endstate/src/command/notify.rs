//! Posts a notice to the webhook of a command.

use crate::cli::WebhookArgs;
use crate::report::notice::Notice;
use crate::service::webhook::Webhook;
use crate::terminal::output;

/// Posts a notice, if there is a webhook and something to report. Returns whether nothing is left
/// to post.
pub(super) async fn post(webhook: Option<&Webhook>, args: &WebhookArgs, notice: &Notice<'_>) -> bool {
    let Some(webhook) = webhook.filter(|_| !notice.why.is_empty()) else { return true };
    let posted = match notice.body(args.format) {
        Ok(body) => webhook.post(&body).await,
        Err(error) => Err(error),
    };
    match posted {
        Ok(()) => {
            output::say("Posted to the webhook");
            true
        }
        Err(error) => {
            output::error(&error);
            false
        }
    }
}
