//! What a pipeline has to know of a triage: one annotation for each property, each failed check
//! and each pull that is not complete.

use std::cmp::Reverse;

use endstate_analysis::Triage;
use endstate_model::{AttentionProperty, Category};
use endstate_paging::Outcome;

use super::checks::{Check, CheckResult};
use super::explanation::PropertyExplanation;
use super::reading::Reading;
use crate::terminal::number::{counted, grouped, percent};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Note,
    Warning,
    Error,
}

/// A finding for a pipeline.
#[derive(Debug, Clone)]
pub(super) struct Annotation {
    pub(super) rule: Rule,
    pub(super) level: Level,
    /// The tenant, if there are several.
    pub(super) tenant: Option<String>,
    /// What was found, in one sentence.
    pub(super) message: String,
}

/// What an annotation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    Property(AttentionProperty),
    /// A check of the command line, as the user wrote it.
    Check(String),
    /// Whether the pull has every device.
    Completeness,
    /// Whether the properties of each device are known.
    Known,
}

impl Rule {
    /// The name that identifies it from run to run.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Property(property) => property.to_string(),
            Self::Check(name) => format!("check/{name}"),
            Self::Completeness => "completeness".to_owned(),
            Self::Known => "known".to_owned(),
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            Self::Property(property) => property.display_name().to_owned(),
            Self::Check(name) => format!("Check {name}"),
            Self::Completeness => "The pull may not have every device".to_owned(),
            Self::Known => "The properties of devices are not known".to_owned(),
        }
    }

    pub(super) fn category(&self) -> Option<Category> {
        match self {
            Self::Property(property) => Some(property.category()),
            _ => None,
        }
    }

    /// From 0 to 100, as for properties.
    pub(super) fn urgency(&self) -> u16 {
        match self {
            Self::Property(property) => property.weight(),
            Self::Check(_) | Self::Completeness => 100,
            Self::Known => 60,
        }
    }

    /// What it means and why it matters.
    pub(super) fn meaning(&self) -> String {
        match self {
            Self::Property(property) => match PropertyExplanation::new(property) {
                Some(PropertyExplanation { meaning, why, .. }) => format!("{meaning} {why}"),
                None => "This version of endstate does not know the property, so it counts as a fault.".to_owned(),
            },
            Self::Check(_) => "A check of the command line found what it looks for, or cannot tell.".to_owned(),
            Self::Completeness => "A device that is not in the result may still need attention.".to_owned(),
            Self::Known => "A device of which nothing is known is never OK.".to_owned(),
        }
    }

    /// What to do: a line each.
    pub(super) fn remedy(&self) -> Vec<String> {
        let Self::Property(property) = self else {
            let name = if *self == Self::Known { "attention" } else { "exit-codes" };
            return vec![format!("`endstate help {name}` says what to do.")];
        };
        // The name of an unknown property is from outside, and nothing to paste into a shell.
        let Some(explanation) = PropertyExplanation::new(property) else {
            return vec!["To do: update endstate, and search Microsoft's pages for the name.".to_owned()];
        };
        let fixes = explanation.fixes().map(|(name, fix)| format!("{name}: {fix}"));
        let list = format!("Devices: endstate list --where \"property has {property}\"");
        std::iter::once(format!("To do: {}", explanation.action)).chain(fixes).chain([list]).collect()
    }

    /// The vendor's page about it.
    pub(super) fn page(&self) -> Option<&'static str> {
        let Self::Property(property) = self else { return None };
        PropertyExplanation::new(property)?.fixes().last().map(|(_, page)| page)
    }
}

/// What was found, the worst first.
pub(super) fn annotations(readings: &[Reading<'_>], checks: &[Check]) -> Vec<Annotation> {
    let mut found: Vec<_> = checks.iter().filter_map(of_check).collect();
    for reading in readings {
        found.extend(of_outcome(reading));
        let Some(triage) = reading.triage else { continue };
        found.extend(of_unknown(reading, triage));
        let counts = |property: &AttentionProperty| triage.includes_informational || !property.is_informational();
        found.extend(triage.by_property.iter().filter(|row| row.devices > 0 && counts(&row.key)).map(|row| {
            let devices = format!("{} of {}", grouped(row.devices), counted(triage.devices, "device"));
            Annotation {
                level: level(row.key.weight()),
                rule: Rule::Property(row.key.clone()),
                tenant: reading.tenant.map(ToOwned::to_owned),
                message: format!("{}: {devices} ({})", row.key, percent(row.share_of(triage.devices))),
            }
        }));
    }
    found.sort_by_key(|annotation| Reverse((annotation.level, annotation.rule.urgency())));
    found
}

/// How bad a property of this weight is.
fn level(weight: u16) -> Level {
    match weight {
        60.. => Level::Error,
        25..60 => Level::Warning,
        0..25 => Level::Note,
    }
}

fn of_check(check: &Check) -> Option<Annotation> {
    (check.result != CheckResult::Passed).then(|| Annotation {
        rule: Rule::Check(check.name.clone()),
        level: Level::Error,
        tenant: None,
        message: check.line(),
    })
}

fn of_outcome(reading: &Reading<'_>) -> Option<Annotation> {
    let level = match reading.info.outcome() {
        Outcome::Complete => return None,
        Outcome::Incomplete(_) => Level::Error,
        _ => Level::Warning,
    };
    let tenant = reading.tenant.map(ToOwned::to_owned);
    Some(Annotation { rule: Rule::Completeness, level, tenant, message: reading.info.completeness.line() })
}

fn of_unknown(reading: &Reading<'_>, triage: &Triage) -> Option<Annotation> {
    let devices = (triage.not_known > 0).then(|| format!("{} not known", counted(triage.not_known, "device")));
    let parts: Vec<_> = devices.into_iter().chain(reading.unreadable.in_words()).collect();
    (!parts.is_empty()).then(|| Annotation {
        rule: Rule::Known,
        level: Level::Warning,
        tenant: reading.tenant.map(ToOwned::to_owned),
        message: parts.join("; "),
    })
}
