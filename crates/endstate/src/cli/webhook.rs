//! Where a notice of what was found is posted.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// A webhook. Its address is a secret: everyone who has it can post there.
#[derive(Debug, Clone, Args)]
#[group(id = "WebhookArgs", multiple = true)]
pub(crate) struct WebhookArgs {
    /// Environment variable that has the https address of a webhook
    ///
    /// endstate posts there if a check does not pass, or if something changed. The address is a
    /// secret, since everyone who has it can post, so it is no value of an option.
    #[arg(
        id = "webhook_env",
        long = "webhook-env",
        value_name = "NAME",
        group = "webhook",
        help_heading = "Webhook",
        hide_short_help = true
    )]
    pub(crate) env: Option<String>,

    /// File that has the https address of a webhook
    #[arg(
        id = "webhook_file",
        long = "webhook-file",
        value_name = "FILE",
        group = "webhook",
        help_heading = "Webhook",
        hide_short_help = true
    )]
    pub(crate) file: Option<PathBuf>,

    /// What is posted
    #[arg(
        id = "webhook_format",
        long = "webhook-format",
        value_name = "FORMAT",
        default_value = "json",
        requires = "webhook",
        help_heading = "Webhook",
        hide_short_help = true
    )]
    pub(crate) format: WebhookFormat,
}

impl WebhookArgs {
    /// Whether something is posted.
    pub(crate) fn is_set(&self) -> bool {
        self.env.is_some() || self.file.is_some()
    }
}

/// What is posted to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WebhookFormat {
    /// The notice as JSON, for programs
    Json,
    /// An adaptive card for Microsoft Teams
    Teams,
    /// A message for Slack
    Slack,
}
