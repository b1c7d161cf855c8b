//! A triage for programs.

use endstate_analysis::{ReleaseTally, ServicingCounts, Triage};
use endstate_model::{Date, MachineSecurityState};
use serde::Serialize;

use super::checks::CheckOutput;
use super::difference::DifferenceOutput;
use super::pull_output::PullOutput;
use super::tenants::Tenant;
use crate::rows::UnreadableCounts;

/// What needs attention, and what belongs to it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TriageOutput<'t> {
    #[serde(flatten)]
    pub(super) pull: PullOutput<'t>,
    /// Without the most urgent devices, of which more is known here, and with combinations only by
    /// combination.
    #[serde(flatten)]
    pub(super) triage: Triage,
    /// Devices of which it is known that nothing requires attention.
    pub(super) ok: u64,
    /// Devices behind the newest revision of their own build in the fleet.
    pub(super) behind: u64,
    /// The first devices that need attention, in the order of `--sort`.
    pub(super) most_urgent: Vec<UrgentOutput<'t>>,
    #[serde(flatten)]
    pub(super) unreadable: UnreadableCounts,
    /// The value of `--by`. If it is a text of devices, such as `group`, `by_device` has its rows.
    pub(super) by: String,
    /// Devices by release of Windows.
    pub(super) by_release: Vec<ReleaseTally>,
    /// Devices by the support of their release.
    pub(super) servicing: ServicingOutput,
    /// Each of several tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub(super) tenants: Vec<TenantOutput<'t>>,
    /// The condition of `--where`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) selection: Option<SelectionOutput<'t>>,
    /// What changed since the pulls of `--since`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<DifferenceOutput<'t>>,
    /// The checks, such as those of `--fail-on`.
    pub(super) checks: Vec<CheckOutput<'t>>,
}

/// A device that needs attention.
#[expect(clippy::option_option, reason = "a member that is not there, and one that is null")]
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct UrgentOutput<'t> {
    /// The state, as the service sent it.
    #[serde(flatten)]
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

/// One of several tenants.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TenantOutput<'t> {
    /// What tells it from the others.
    pub(super) name: Option<&'t str>,
    #[serde(flatten)]
    pub(super) pull: PullOutput<'t>,
    /// Absent if nothing could be read, because unknown is not zero.
    #[serde(flatten)]
    pub(super) triage: Option<Triage>,
}

impl<'t> TenantOutput<'t> {
    pub(super) fn new(tenant: &'t Tenant, triage: Option<Triage>) -> Self {
        Self { name: tenant.name.as_deref(), pull: PullOutput::new(&tenant.info), triage }
    }
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
    pub(super) day: Date,
    #[serde(flatten)]
    pub(super) counts: ServicingCounts,
}
