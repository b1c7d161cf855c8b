//! Which updates the devices of a fleet lack, and what they would close.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use endstate_model::{Architecture, CveKbMap, KbInfo, MachineSecurityState, Severity};
use hashbrown::HashMap;

use crate::UpdateCatalog;

/// Counts states one by one against a catalog.
///
/// What a device lacks follows from its build, revision and architecture alone, so that only the different ones are kept:
/// memory does not grow with the devices.
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
    catalog: UpdateCatalog,
    devices: u64,
    not_assessed: u64,
    by_version: HashMap<(u32, u32), Vec<VersionDevices>>,
    limit: usize,
}

/// The devices of one version and architecture.
#[derive(Debug)]
struct VersionDevices {
    architecture: Option<Architecture>,
    devices: u64,
    /// Those with the smallest ids, in order.
    first: Vec<MachineSecurityState>,
}

/// What the devices of a fleet lack.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingUpdates {
    /// All devices.
    pub devices: u64,
    /// Devices that lack at least one update.
    pub lacking: u64,
    /// Devices of which nothing can be said: without a build or revision, or on a build that the catalog has no update for.
    pub not_assessed: u64,
    /// The updates that are lacking: by the most devices first, then the most severe, then by name.
    pub by_update: Vec<MissingUpdate>,
    /// The vulnerabilities that they would close: the most severe first, then by the most devices, then by name.
    pub by_cve: Vec<OpenVulnerability>,
    /// The devices with the most severe vulnerabilities: the most critical ones first, and so on in the order of severity, then
    /// by id.
    pub most_exposed: Vec<ExposedDevice>,
}

/// An update that devices lack.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingUpdate {
    /// Its name, such as `KB4519998`; its id where the release has another form.
    pub name: String,
    /// The builds that it is for, oldest first, as far as devices lack it.
    pub builds: Vec<u32>,
    /// When it was first published, as the service wrote it.
    pub published: Option<String>,
    /// Devices that lack it.
    pub devices: u64,
    /// Vulnerabilities that it closes.
    pub closes: SeverityCounts,
}

/// A vulnerability that an update would close.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenVulnerability {
    /// Its name, such as `CVE-2015-2482`; the id of the pair where it has none.
    pub name: String,
    /// What it is, in words.
    pub title: Option<String>,
    /// How severe it is, the most severe where updates differ.
    pub severity: Severity,
    /// Devices that lack an update that closes it. A device stands in the row once, however many updates it lacks.
    pub devices: u64,
    /// The updates that close it, by name.
    pub updates: Vec<String>,
}

/// A device and what it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExposedDevice {
    /// The device's state.
    pub state: MachineSecurityState,
    /// Updates that it lacks.
    pub updates: u64,
    /// Vulnerabilities that they would close, each once.
    pub vulnerabilities: SeverityCounts,
}

/// Vulnerabilities by severity. The more severe vulnerabilities, the greater: compared from the most severe downwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeverityCounts(BTreeMap<Severity, u64>);

impl MissingUpdatesBuilder {
    /// Starts with no devices; `limit` is how many of the most exposed ones are kept.
    pub fn new(catalog: UpdateCatalog, limit: usize) -> Self {
        Self { catalog, devices: 0, not_assessed: 0, by_version: HashMap::new(), limit }
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
        if let Some(row) = architectures.iter_mut().find(|row| row.architecture == state.architecture) {
            row.add(state, self.limit);
            return;
        }
        let mut row = VersionDevices { architecture: state.architecture.clone(), devices: 0, first: Vec::new() };
        row.add(state, self.limit);
        architectures.push(row);
    }

    /// Looks up what was counted.
    pub fn finish(self) -> MissingUpdates {
        let mut found = Found::default();
        let mut most_exposed: Vec<ExposedDevice> = Vec::new();
        let mut lacking = 0;
        for ((build, revision), rows) in self.by_version {
            for row in rows {
                let missing: Vec<_> = self.catalog.missing_from(build, revision, row.architecture.as_ref()).collect();
                if missing.is_empty() {
                    continue;
                }
                lacking += row.devices;
                let (updates, vulnerabilities) = found.add(&self.catalog, build, &missing, row.devices);
                let exposed = row.first.into_iter().map(|state| ExposedDevice {
                    state,
                    updates,
                    vulnerabilities: vulnerabilities.clone(),
                });
                most_exposed.extend(exposed);
            }
            // Before the next version, so that no more than a few are ever held.
            keep_most_exposed(&mut most_exposed, self.limit);
        }
        let (by_update, by_cve) = found.into_sorted();
        let (devices, not_assessed) = (self.devices, self.not_assessed);
        MissingUpdates { devices, lacking, not_assessed, by_update, by_cve, most_exposed }
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
        severity.then_with(|| other.updates.cmp(&device.updates)).then_with(|| device.state.id.cmp(&other.state.id))
    });
    devices.truncate(limit);
}

/// Updates and vulnerabilities by name, as versions of devices are looked up.
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
    /// Adds so many devices of a build that lack these updates; says how many updates that are, and what they would close.
    fn add(&mut self, catalog: &UpdateCatalog, build: u32, missing: &[&KbInfo], devices: u64) -> (u64, SeverityCounts) {
        let mut open: BTreeMap<String, Severity> = BTreeMap::new();
        // An update stands in the catalog once for each architecture; a device of unknown architecture meets them all.
        let mut counted: BTreeSet<String> = BTreeSet::new();
        for update in missing {
            let name = name_of_update(update);
            let found = self.updates.entry(name.clone()).or_default();
            found.builds.insert(build);
            // The first of several, in whatever order they come.
            if let Some(published) = &update.publishing_date
                && found.published.as_ref().is_none_or(|first| published < first)
            {
                found.published = Some(published.clone());
            }
            for vulnerability in catalog.closed_by(update) {
                let (cve, severity) = (name_of_vulnerability(vulnerability), severity_of(vulnerability));
                worst(&mut found.closes, &cve, &severity);
                worst(&mut open, &cve, &severity);
                let of_cve = self.vulnerabilities.entry(cve).or_insert_with(|| FoundVulnerability {
                    title: vulnerability.title.clone(),
                    severity: severity.clone(),
                    devices: 0,
                    updates: BTreeSet::new(),
                });
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
        // Stable: by name where all else is the same.
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

fn name_of_update(update: &KbInfo) -> String {
    update.kb_id().map_or_else(|| update.id.clone(), |number| format!("KB{number}"))
}

fn name_of_vulnerability(vulnerability: &CveKbMap) -> String {
    vulnerability.cve_id.clone().unwrap_or_else(|| vulnerability.cve_kb_id.clone())
}

/// One that is not rated is one that the vendor gives no severity.
fn severity_of(vulnerability: &CveKbMap) -> Severity {
    vulnerability.severity.clone().unwrap_or(Severity::None)
}

impl SeverityCounts {
    fn from_severities(severities: impl Iterator<Item = Severity>) -> Self {
        let mut counts = BTreeMap::new();
        for severity in severities {
            *counts.entry(severity).or_default() += 1;
        }
        Self(counts)
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: &Severity) -> u64 {
        self.0.get(severity).copied().unwrap_or(0)
    }

    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Severities that occur and how often, the most severe first.
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
