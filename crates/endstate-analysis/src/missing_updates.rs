//! Finds the updates that are missing on devices, and the vulnerabilities that they would close.

mod merge;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use endstate_model::{Architecture, CveKbMap, KbInfo, MachineSecurityState, Severity};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::UpdateCatalog;

/// Counts states, one at a time, against a catalog.
///
/// The missing updates of a device depend only on its build, revision and architecture. The builder
/// keeps one entry for each combination of these, so memory does not grow with the number of
/// devices.
///
/// ```
/// use endstate_analysis::{MissingUpdatesBuilder, UpdateCatalog};
/// use endstate_model::{DeviceId, KbInfo, MachineSecurityState};
/// use endstate_odata::RawItem;
///
/// let mut catalog = UpdateCatalog::new();
/// let update = r#"{"id":"KB4519998 (14393.3274) Amd64","release":"KB4519998 (14393.3274)","version":"10.0.14393.3274"}"#;
/// catalog.add_update(RawItem::parse(update)?.decode::<KbInfo>()?);
///
/// let mut state = MachineSecurityState::new(DeviceId::from("000050e1b4afeee3742489ede9ad7a3e16bbd9c4"));
/// (state.build, state.revision) = (Some(14393), Some(2485));
/// let mut builder = MissingUpdatesBuilder::new(catalog, 10);
/// builder.add(&state);
/// let missing = builder.finish();
/// assert_eq!((missing.by_update[0].name.as_str(), missing.by_update[0].devices), ("KB4519998", 1));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug)]
pub struct MissingUpdatesBuilder {
    tenant: Option<Box<str>>,
    catalog: UpdateCatalog,
    devices: u64,
    not_assessed: u64,
    by_version: HashMap<(u32, u32), HashMap<Option<Architecture>, VersionDevices>>,
    limit: usize,
}

/// The devices of one version and architecture.
#[derive(Debug, Default)]
struct VersionDevices {
    devices: u64,
    /// The devices with the smallest ids, in order.
    first: Vec<MachineSecurityState>,
}

/// The missing updates of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MissingUpdates {
    /// All devices.
    pub devices: u64,
    /// Devices with at least one missing update.
    pub lacking: u64,
    /// Devices that cannot be assessed: their build or revision is unknown, or the catalog has no
    /// update for their build.
    pub not_assessed: u64,
    /// The missing updates. Those with the most devices come first, then those that close the most
    /// severe vulnerabilities, then by name.
    pub by_update: Vec<MissingUpdate>,
    /// The vulnerabilities that the missing updates would close: the most severe first, then those
    /// with the most devices, then by name.
    pub by_cve: Vec<OpenVulnerability>,
    /// The most exposed devices. The device with more vulnerabilities of the highest severity comes
    /// first, then the next severity decides, and so on. Then come more missing updates, then the
    /// smaller id.
    pub most_exposed: Vec<ExposedDevice>,
}

/// An update that is missing on devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MissingUpdate {
    /// The update's name, such as `KB4519998`, or its id if the release has another form.
    pub name: String,
    /// The builds of the devices that miss the update, oldest first.
    pub builds: Vec<u32>,
    /// The date of its first publication, as the service wrote it.
    pub published: Option<String>,
    /// Devices that miss the update.
    pub devices: u64,
    /// Vulnerabilities that the update closes.
    pub closes: SeverityCounts,
}

/// A vulnerability that a missing update would close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OpenVulnerability {
    /// The vulnerability's name, such as `CVE-2015-2482`, or the id of the pair if it has no name.
    pub name: String,
    /// A description of the vulnerability.
    pub title: Option<String>,
    /// The severity of the vulnerability, or the highest one if updates differ.
    pub severity: Severity,
    /// Devices that miss an update that closes the vulnerability. A device counts once, even if it
    /// misses several of these updates.
    pub devices: u64,
    /// The updates that close the vulnerability, by name.
    pub updates: Vec<String>,
}

/// A device and its missing updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExposedDevice {
    /// The tenant, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Box<str>>,
    /// The device's state.
    pub state: MachineSecurityState,
    /// Number of missing updates.
    pub updates: u64,
    /// Vulnerabilities that the missing updates would close, each counted once.
    pub vulnerabilities: SeverityCounts,
}

/// Vulnerabilities by severity. Two values are compared from the highest severity downwards: the
/// first severity with different counts decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct SeverityCounts(BTreeMap<Severity, u64>);

impl MissingUpdatesBuilder {
    /// Starts without devices. `limit` is the number of most exposed devices to keep.
    pub fn new(catalog: UpdateCatalog, limit: usize) -> Self {
        Self { tenant: None, catalog, devices: 0, not_assessed: 0, by_version: HashMap::new(), limit }
    }

    /// Names the tenant of the devices.
    #[must_use]
    pub fn with_tenant(self, tenant: Option<&str>) -> Self {
        Self { tenant: tenant.map(Into::into), ..self }
    }

    /// Counts one device.
    pub fn add(&mut self, state: &MachineSecurityState) {
        self.devices += 1;
        let (Some(build), Some(revision)) = (state.build, state.revision) else {
            self.not_assessed += 1;
            return;
        };
        if !self.catalog.knows_build(build) {
            self.not_assessed += 1;
            return;
        }
        let architectures = self.by_version.entry((build, revision)).or_default();
        match architectures.get_mut(&state.architecture) {
            Some(row) => row.add(state, self.limit),
            None => architectures.entry(state.architecture.clone()).or_default().add(state, self.limit),
        }
    }

    /// Finds the missing updates of all counted devices.
    pub fn finish(self) -> MissingUpdates {
        let mut found = Found::default();
        let mut most_exposed: Vec<ExposedDevice> = Vec::new();
        let mut lacking = 0;

        for ((build, revision), rows) in self.by_version {
            for (architecture, row) in rows {
                let missing: Vec<_> = self.catalog.missing_from(build, revision, architecture.as_ref()).collect();
                if missing.is_empty() {
                    continue;
                }
                lacking += row.devices;
                let (updates, vulnerabilities) = found.add(&self.catalog, build, &missing, row.devices);
                let exposed = row.first.into_iter().map(|state| ExposedDevice {
                    tenant: self.tenant.clone(),
                    state,
                    updates,
                    vulnerabilities: vulnerabilities.clone(),
                });
                most_exposed.extend(exposed);
            }
            // Truncates after each version, to hold only a few devices at a time.
            keep_most_exposed(&mut most_exposed, self.limit);
        }

        let (by_update, by_cve) = found.into_sorted();
        MissingUpdates {
            devices: self.devices,
            lacking,
            not_assessed: self.not_assessed,
            by_update,
            by_cve,
            most_exposed,
        }
    }
}

impl VersionDevices {
    fn add(&mut self, state: &MachineSecurityState, limit: usize) {
        self.devices += 1;
        let is_full = self.first.len() >= limit;
        if is_full && self.first.last().is_none_or(|last| last.id <= state.id) {
            return;
        }
        let place = self.first.partition_point(|kept| kept.id < state.id);
        self.first.insert(place, state.clone());
        self.first.truncate(limit);
    }
}

fn keep_most_exposed(devices: &mut Vec<ExposedDevice>, limit: usize) {
    devices.sort_by(|device, other| {
        let severity = other.vulnerabilities.cmp(&device.vulnerabilities);
        let updates = severity.then_with(|| other.updates.cmp(&device.updates));
        updates.then_with(|| (&device.state.id, &device.tenant).cmp(&(&other.state.id, &other.tenant)))
    });
    devices.truncate(limit);
}

/// The updates and vulnerabilities found so far, by name.
#[derive(Default)]
struct Found {
    updates: BTreeMap<String, FoundUpdate>,
    vulnerabilities: BTreeMap<String, FoundVulnerability>,
}

#[derive(Default)]
struct FoundUpdate {
    builds: BTreeSet<u32>,
    published: Option<String>,
    devices: u64,
    closes: BTreeMap<String, Severity>,
}

struct FoundVulnerability {
    title: Option<String>,
    severity: Severity,
    devices: u64,
    updates: BTreeSet<String>,
}

impl Found {
    /// Adds `devices` of a build that miss these updates. Returns the number of different updates,
    /// and the vulnerabilities that they would close.
    fn add(&mut self, catalog: &UpdateCatalog, build: u32, missing: &[&KbInfo], devices: u64) -> (u64, SeverityCounts) {
        let mut open: BTreeMap<String, Severity> = BTreeMap::new();
        // The catalog has an update once for each architecture, and a device of unknown
        // architecture matches all of them.
        let mut counted: BTreeSet<String> = BTreeSet::new();

        for update in missing {
            let name = name_of_update(update);
            let found = self.updates.entry(name.clone()).or_default();
            found.builds.insert(build);
            // The earliest of several dates, in any order of the catalog.
            first_of(&mut found.published, update.publishing_date.as_ref());

            for vulnerability in catalog.closed_by(update) {
                let cve = name_of_vulnerability(vulnerability);
                let severity = severity_of(vulnerability);
                worst(&mut found.closes, &cve, &severity);
                worst(&mut open, &cve, &severity);
                let of_cve = self.vulnerabilities.entry(cve).or_insert_with(|| FoundVulnerability {
                    title: None,
                    severity: severity.clone(),
                    devices: 0,
                    updates: BTreeSet::new(),
                });
                // Of several titles the first by its text, whatever the order of devices is.
                first_of(&mut of_cve.title, vulnerability.title.as_ref());
                of_cve.severity = of_cve.severity.clone().min(severity);
                of_cve.updates.insert(name.clone());
            }
            if counted.insert(name) {
                found.devices += devices;
            }
        }

        for cve in open.keys() {
            if let Some(vulnerability) = self.vulnerabilities.get_mut(cve) {
                vulnerability.devices += devices;
            }
        }
        (counted.len() as u64, SeverityCounts::from_severities(open.into_values()))
    }

    fn into_sorted(self) -> (Vec<MissingUpdate>, Vec<OpenVulnerability>) {
        let update = |(name, found): (String, FoundUpdate)| MissingUpdate {
            name,
            builds: found.builds.into_iter().collect(),
            published: found.published,
            devices: found.devices,
            closes: SeverityCounts::from_severities(found.closes.into_values()),
        };
        let mut updates: Vec<_> = self.updates.into_iter().map(update).collect();
        // The sort is stable, so equal rows stay sorted by name.
        updates.sort_by(|row, other| other.devices.cmp(&row.devices).then_with(|| other.closes.cmp(&row.closes)));

        let vulnerability = |(name, found): (String, FoundVulnerability)| OpenVulnerability {
            name,
            title: found.title,
            severity: found.severity,
            devices: found.devices,
            updates: found.updates.into_iter().collect(),
        };
        let mut vulnerabilities: Vec<_> = self.vulnerabilities.into_iter().map(vulnerability).collect();
        vulnerabilities.sort_by_key(|row| (row.severity.clone(), Reverse(row.devices)));
        (updates, vulnerabilities)
    }
}

fn worst(severities: &mut BTreeMap<String, Severity>, name: &str, severity: &Severity) {
    match severities.get_mut(name) {
        Some(known) if *known <= *severity => {}
        Some(known) => *known = severity.clone(),
        None => {
            severities.insert(name.to_owned(), severity.clone());
        }
    }
}

/// Keeps the smaller of two texts, if there are two.
fn first_of(kept: &mut Option<String>, other: Option<&String>) {
    if let Some(other) = other
        && kept.as_ref().is_none_or(|kept| other < kept)
    {
        *kept = Some(other.clone());
    }
}

fn name_of_update(update: &KbInfo) -> String {
    update.kb_id().map_or_else(|| update.id.clone(), |number| format!("KB{number}"))
}

fn name_of_vulnerability(vulnerability: &CveKbMap) -> String {
    vulnerability.cve_id.clone().unwrap_or_else(|| vulnerability.cve_kb_id.clone())
}

/// Returns the vulnerability's severity, or [`Severity::None`] if Microsoft did not rate it.
fn severity_of(vulnerability: &CveKbMap) -> Severity {
    vulnerability.severity.clone().unwrap_or(Severity::None)
}

impl SeverityCounts {
    pub(crate) fn from_severities(severities: impl Iterator<Item = Severity>) -> Self {
        let mut counts = BTreeMap::new();
        for severity in severities {
            *counts.entry(severity).or_default() += 1;
        }
        Self(counts)
    }

    /// Returns the number of vulnerabilities of one severity.
    pub fn count(&self, severity: &Severity) -> u64 {
        self.0.get(severity).copied().unwrap_or(0)
    }

    /// Returns the number of vulnerabilities of all severities.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the severities that occur, each with its count, the highest severity first.
    pub fn iter(&self) -> impl Iterator<Item = (&Severity, u64)> {
        self.0.iter().map(|(severity, count)| (severity, *count))
    }
}

impl Ord for SeverityCounts {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let severities: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let counts = severities.into_iter().map(|severity| self.count(severity).cmp(&other.count(severity)));
        counts.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    }
}

impl PartialOrd for SeverityCounts {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
