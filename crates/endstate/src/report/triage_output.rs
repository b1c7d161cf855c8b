//! A triage for programs.

use std::collections::BTreeMap;

use endstate_analysis::{LeftOutCounts, ServicingCounts};
use endstate_model::{AttentionProperty, Date, MachineSecurityState};
use serde::Serialize;

use super::checks::CheckOutput;
use super::difference::DifferenceOutput;
use super::pull_output::OutcomeOutput;
use super::table::ResultTable;
use crate::rows::UnreadableCounts;

/// What needs attention, and what belongs to it. `rows` are those of `--by`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TriageOutput<'t> {
    #[serde(flatten)]
    pub(super) outcome: OutcomeOutput,
    /// The file, or the URL without its query.
    pub(super) source: &'t str,
    pub(super) profile: Option<&'t str>,
    pub(super) tenant: Option<&'t str>,
    /// When the pull started, in UTC; null if that is not known.
    pub(super) pulled_at: Option<&'t str>,
    pub(super) age_seconds: Option<i64>,
    pub(super) devices: u64,
    pub(super) need_attention: u64,
    /// Devices of which it is known that nothing requires attention.
    pub(super) ok: u64,
    /// Devices of which it is not known whether they need attention.
    pub(super) not_known: u64,
    /// Devices that need attention, and of which further properties are not known.
    pub(super) known_in_part: u64,
    /// Devices that today's Defender has not assessed.
    pub(super) not_assessed: u64,
    /// Devices of which a property is not known, by property.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, u64>"))]
    pub(super) not_known_by_property: BTreeMap<&'t AttentionProperty, u64>,
    /// Devices that do not count, and why.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, u64>"))]
    pub(super) left_out: LeftOutCounts,
    /// Devices with a property that only informs.
    pub(super) informational: u64,
    #[serde(flatten)]
    pub(super) unreadable: UnreadableCounts,
    /// What `rows` are: the value of `--by`.
    pub(super) by: String,
    pub(super) rows: ResultTable,
    pub(super) most_urgent: Vec<UrgentOutput<'t>>,
    /// A row for each of several tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenants: Option<ResultTable>,
    /// The condition of `--where`.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub(super) selection: Option<SelectionOutput<'t>>,
    /// Devices by the support of their release; only by release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) servicing: Option<ServicingOutput>,
    /// Devices in combinations that have no row; only by combination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) other_combinations: Option<u64>,
    /// Devices behind the newest revision of their build; only with `--behind`, as the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) behind: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revisions: Option<ResultTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) furthest_behind: Option<ResultTable>,
    /// What changed since the pulls of `--since`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<DifferenceOutput<'t>>,
    /// The checks, such as those of `--fail-on`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) checks: Vec<CheckOutput<'t>>,
}

/// A device that needs attention.
#[expect(clippy::option_option, reason = "a member that is not there, and one that is null")]
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct UrgentOutput<'t> {
    /// The state, as the service sent it.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::schema_parts::DeviceState"))]
    pub(super) state: &'t MachineSecurityState,
    /// Its page in the portal, if the cloud is known.
    #[serde(rename = "portalUrl", skip_serializing_if = "Option::is_none")]
    pub(super) portal_url: Option<&'t str>,
    /// The earliest pull of `--since` from which on it needs attention; null if only in the present
    /// one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Option<&'t str>>,
    /// Whether no pull of `--since` has the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_seen_before: Option<bool>,
    /// Its tenant, of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<Option<&'t str>>,
}

/// Which devices count.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SelectionOutput<'t> {
    pub(super) condition: &'t str,
    pub(super) total_devices: u64,
}

/// Devices by the support of their release on a day.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ServicingOutput {
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) day: Date,
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, u64>"))]
    pub(super) counts: ServicingCounts,
}
