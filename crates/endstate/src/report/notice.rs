//! What a webhook gets: what was found, as JSON or as a card of Teams or Slack.

use endstate_analysis::{Difference, Triage};
use endstate_model::AttentionProperty;
use endstate_reqwest::redacted;
use serde::Serialize;
use serde_json::{Value, json};

use super::checks::{Check, CheckOutput};
use super::json_document;
use super::pull_output::PullOutput;
use super::triage::summary_line;
use crate::cli::WebhookFormat;
use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;
use crate::terminal::escape::escaped;

/// Changes that a card lists.
const SHOWN_CHANGES: usize = 10;

/// What there is to report.
#[derive(Debug)]
pub(crate) struct Notice<'n> {
    pub(crate) why: Vec<Why>,
    pub(crate) pull: &'n PullInfo,
    pub(crate) triage: &'n Triage,
    pub(crate) unreadable: UnreadableCounts,
    pub(crate) checks: &'n [Check],
    pub(crate) changes: Vec<Change>,
}

/// Why a notice is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// A check found what it looks for, or cannot tell.
    CheckNotPassed,
    /// The devices are not those of the pull before.
    Changed,
    /// The pull does not have every device.
    NotComplete,
    /// The pull before was not complete, and this one is.
    Recovered,
}

/// How many devices have a property, before and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Change {
    property: AttentionProperty,
    devices_before: u64,
    devices: u64,
}

impl Change {
    /// The properties that are on another number of devices than in an older pull, the most urgent
    /// first.
    pub(crate) fn between(before: &Triage, now: &Triage) -> Vec<Self> {
        let properties = before.by_property.iter().chain(&now.by_property).map(|row| row.key.clone());
        let change = |property: AttentionProperty| {
            let (devices_before, devices) = (before.devices_with(&property), now.devices_with(&property));
            (devices_before != devices).then_some(Self { property, devices_before, devices })
        };
        sorted(properties.filter_map(change).collect())
    }

    /// The properties that are new or resolved on a device, the most urgent first.
    pub(crate) fn of_difference(difference: &Difference) -> Vec<Self> {
        let moved = difference.by_property.iter().filter(|row| row.new + row.resolved > 0);
        let change = moved.map(|row| Self {
            property: row.property.clone(),
            devices_before: row.persisting + row.resolved,
            devices: row.persisting + row.new,
        });
        sorted(change.collect())
    }
}

fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|one, other| {
        other.property.weight().cmp(&one.property.weight()).then_with(|| one.property.cmp(&other.property))
    });
    changes.dedup();
    changes
}

/// A notice for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NoticeOutput<'n> {
    why: &'n [Why],
    #[serde(flatten)]
    pull: PullOutput<'n>,
    /// What was found, in one sentence.
    summary: String,
    devices: u64,
    need_attention: u64,
    not_known: u64,
    /// The checks, such as those of `--fail-on`.
    checks: Vec<CheckOutput<'n>>,
    /// The properties that are on another number of devices, the most urgent first.
    changes: &'n [Change],
}

impl Notice<'_> {
    /// The body of a request.
    pub(crate) fn body(&self, format: WebhookFormat) -> anyhow::Result<Value> {
        let text = match format {
            WebhookFormat::Json => json_document::text("webhook", &self.output())?,
            WebhookFormat::Teams => self.teams().to_string(),
            WebhookFormat::Slack => self.slack().to_string(),
        };
        // A service may have sent a secret back, as the name of a property.
        Ok(serde_json::from_str(&redacted(&text))?)
    }

    fn output(&self) -> NoticeOutput<'_> {
        NoticeOutput {
            why: &self.why,
            pull: PullOutput::new(self.pull),
            summary: self.summary(),
            devices: self.triage.devices,
            need_attention: self.triage.need_attention,
            not_known: self.triage.not_known,
            checks: self.checks.iter().map(CheckOutput::new).collect(),
            changes: &self.changes,
        }
    }

    fn summary(&self) -> String {
        summary_line(self.triage, self.unreadable)
    }

    fn title(&self) -> String {
        let name = self.pull.profile.as_deref().or(self.pull.tenant.as_deref());
        let name = name.map(|name| format!("{}: ", escaped(name))).unwrap_or_default();
        let what = if self.why.contains(&Why::NotComplete) {
            "the pull is not complete"
        } else if self.why.contains(&Why::CheckNotPassed) {
            "a check did not pass"
        } else if self.why.contains(&Why::Changed) {
            "device states changed"
        } else {
            "pulls are complete again"
        };
        format!("{name}{what}")
    }

    /// The lines of a card, below its title.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.summary(), self.pull.completeness.line()];
        lines.extend(self.checks.iter().filter(|check| !check.is_passed()).map(Check::line));
        lines.extend(
            self.changes
                .iter()
                .take(SHOWN_CHANGES)
                .map(|change| format!("{}: {} -> {} devices", change.property, change.devices_before, change.devices)),
        );
        let more = self.changes.len().saturating_sub(SHOWN_CHANGES);
        lines.extend((more > 0).then(|| format!("... and {more} more properties")));
        lines.iter().map(|line| escaped(line).into_owned()).collect()
    }

    /// An adaptive card in the message that a workflow of Teams takes. Its texts are runs, which
    /// have no markup, so a name from outside makes no link.
    fn teams(&self) -> Value {
        let run = |text: &str, weight: &str| json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text, "weight": weight }] });
        let lines = self.lines();
        let body: Vec<_> = std::iter::once(run(&self.title(), "Bolder"))
            .chain(lines.iter().map(|line| run(line, "Default")))
            .collect();
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": body,
                },
            }],
        })
    }

    /// A message of Slack, whose blocks are plain text. `text` is what a notification shows.
    fn slack(&self) -> Value {
        let title = self.title();
        let markup = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;")];
        let text = markup.iter().fold(title.clone(), |text, (letter, escape)| text.replace(*letter, escape));
        // Slack takes 150 letters in a head, and 3,000 in a section.
        let cut = |text: &str, letters: usize| text.chars().take(letters).collect::<String>();
        let plain = |text: String| json!({ "type": "plain_text", "text": text, "emoji": false });
        json!({
            "text": text,
            "blocks": [
                { "type": "header", "text": plain(cut(&title, 150)) },
                { "type": "section", "text": plain(cut(&self.lines().join("\n"), 3_000)) },
            ],
        })
    }
}
