//! Counts the updates that devices lack by today's sources, and the vulnerabilities that they would
//! fix.

mod found;

use std::collections::BTreeMap;

use endstate_model::{DeviceId, MachineSecurityState, Severity, kb_number, missing_kbs};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use self::found::{Found, name};
use crate::{OpenVulnerability, SeverityCounts, Version};

/// Counts states that carry the updates that their devices lack
/// ([`Assessment::missing_kbs`](endstate_model::Assessment::missing_kbs)), one at a time.
///
/// Many devices lack the same updates. The builder keeps one entry for each different list, with a
/// few of its devices.
///
/// ```
/// use endstate_analysis::MissingKbsBuilder;
/// use endstate_model::{Assessment, DeviceId, MachineSecurityState, Severity, StateSource};
///
/// let mut assessment = Assessment::new(StateSource::Hunting);
/// assessment.missing_kbs = Some(vec!["5052000".into(), "5051987".into()]);
/// let mut state = MachineSecurityState::new(DeviceId::from("000050e1b4afeee3742489ede9ad7a3e16bbd9c4"));
/// state.assessment = Some(Box::new(assessment));
///
/// let mut builder = MissingKbsBuilder::new(10);
/// builder.add(&state);
/// builder.add_vulnerabilities([("5052000".into(), "CVE-2026-21510".into(), Severity::Critical)]);
/// let missing = builder.finish();
/// let newest = &missing.by_kb[0];
/// assert_eq!((newest.name.as_str(), newest.devices, newest.newest_on), ("KB5052000", 1, 1));
/// assert_eq!(newest.fixes.as_ref().map(|fixes| fixes.total()), Some(1));
/// ```
#[derive(Debug, Clone)]
pub struct MissingKbsBuilder {
    tenant: Option<Box<str>>,
    limit: usize,
    devices: u64,
    not_known: u64,
    by_list: HashMap<Box<[Box<str>]>, ListDevices>,
    /// The vulnerabilities that each update fixes, by its number; `None` if they are not known.
    fixes: Option<Fixes>,
}

/// The vulnerabilities that each update fixes, by its number, with their severities.
type Fixes = BTreeMap<Box<str>, BTreeMap<Box<str>, Severity>>;

/// The devices that lack exactly the same updates.
#[derive(Debug, Clone, Default)]
struct ListDevices {
    devices: u64,
    /// The devices with the smallest ids, in order.
    first: Vec<KnownDevice>,
}

/// What is kept of a device. The order is that of the ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct KnownDevice {
    id: DeviceId,
    tenant: Option<Box<str>>,
    name: Option<Box<str>>,
    version: Version,
}

/// The updates that a fleet lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MissingKbs {
    /// All devices.
    pub devices: u64,
    /// Devices that lack at least one update.
    pub lacking: u64,
    /// Devices of which it is not known whether they lack updates: Defender has not assessed them,
    /// they do not run Windows, or the source does not say it.
    pub not_known: u64,
    /// The updates. Those that most devices lack come first, then those that fix the most severe
    /// vulnerabilities, then the newest.
    pub by_kb: Vec<MissingKb>,
    /// The vulnerabilities that the updates would fix: the most severe first, then those with the
    /// most devices, then by name. `None` if they are not known.
    pub by_cve: Option<Vec<OpenVulnerability>>,
    /// The most exposed devices. The device with more vulnerabilities of the highest severity comes
    /// first, then the next severity decides, and so on. Then come more updates, then the smaller
    /// id.
    pub most_exposed: Vec<LackingDevice>,
}

/// An update that devices lack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MissingKb {
    /// Its name, such as `KB5051987`.
    pub name: String,
    /// Devices that lack it.
    pub devices: u64,
    /// Devices that lack it and no newer one. Updates of Windows are cumulative, so it is enough to
    /// install this one there.
    pub newest_on: u64,
    /// The vulnerabilities that it fixes; `None` if they are not known.
    pub fixes: Option<SeverityCounts>,
}

/// A device that lacks updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LackingDevice {
    /// The tenant, if there are several.
    pub tenant: Option<Box<str>>,
    /// The device's id.
    pub id: DeviceId,
    /// The device's name, if it is known.
    pub name: Option<Box<str>>,
    /// Build and revision of its operating system.
    pub version: Version,
    /// The name of the newest update that it lacks.
    pub newest: String,
    /// How many updates it lacks.
    pub updates: u64,
    /// The vulnerabilities that they would fix, each counted once; `None` if they are not known.
    pub vulnerabilities: Option<SeverityCounts>,
}

impl MissingKbsBuilder {
    /// Starts without devices. `limit` is the number of most exposed devices to keep.
    pub fn new(limit: usize) -> Self {
        Self { tenant: None, limit, devices: 0, not_known: 0, by_list: HashMap::new(), fixes: None }
    }

    /// Names the tenant of the devices.
    #[must_use]
    pub fn with_tenant(self, tenant: Option<&str>) -> Self {
        Self { tenant: tenant.map(Into::into), ..self }
    }

    /// Counts one device.
    pub fn add(&mut self, state: &MachineSecurityState) {
        self.devices += 1;
        let known = state.assessment.as_ref().and_then(|assessment| assessment.missing_kbs.as_ref());
        let Some(missing) = known else {
            self.not_known += 1;
            return;
        };
        if missing.is_empty() {
            return;
        }

        let device = KnownDevice {
            id: state.id.clone(),
            tenant: self.tenant.clone(),
            name: state.device.as_ref().and_then(|device| device.name.clone()).filter(|name| !name.is_empty()),
            version: Version::from_state(state),
        };
        let limit = self.limit;
        if let Some(list) = self.by_list.get_mut(missing.as_slice()) {
            list.add(device, limit);
            return;
        }
        // A caller may have the numbers in another order, and texts that are no numbers.
        let Some(missing) = missing_kbs(missing.iter().map(|number| &**number)) else {
            self.not_known += 1;
            return;
        };
        self.by_list.entry(missing.into()).or_default().add(device, limit);
    }

    /// Adds vulnerabilities, each with the number of an update that fixes it. Without a call of
    /// this, the vulnerabilities are not known. Of several severities the highest one counts.
    pub fn add_vulnerabilities(&mut self, pairs: impl IntoIterator<Item = (Box<str>, Box<str>, Severity)>) {
        let fixes = self.fixes.get_or_insert_default();
        for (number, cve, severity) in pairs {
            let Some(number) = kb_number(&number) else { continue };
            let known = fixes.entry(number.into()).or_default().entry(cve).or_insert_with(|| severity.clone());
            if severity < *known {
                *known = severity;
            }
        }
    }

    /// Adds the devices of another fleet, such as another tenant's. A device of both counts twice.
    /// The vulnerabilities are known only if those of both are.
    pub fn merge(&mut self, other: Self) {
        self.devices += other.devices;
        self.not_known += other.not_known;
        for (list, ListDevices { devices, first }) in other.by_list {
            let own = self.by_list.entry(list).or_default();
            own.devices += devices;
            own.first.extend(first);
            own.first.sort_unstable();
            own.first.truncate(self.limit);
        }

        let Some(fixes) = other.fixes else {
            self.fixes = None;
            return;
        };
        if self.fixes.is_some() {
            let pairs = fixes.into_iter().flat_map(|(number, cves)| {
                cves.into_iter().map(move |(cve, severity)| (number.clone(), cve, severity))
            });
            self.add_vulnerabilities(pairs);
        }
    }

    /// The missing updates of all counted devices.
    pub fn finish(&self) -> MissingKbs {
        let mut found = Found::new(self.fixes.as_ref());
        let mut most_exposed = Vec::new();
        for (list, devices) in &self.by_list {
            let vulnerabilities = found.add(list, devices.devices);
            let (newest, updates) = (name(&list[0]), list.len() as u64);
            most_exposed.extend(devices.first.iter().map(|device| LackingDevice {
                tenant: device.tenant.clone(),
                id: device.id.clone(),
                name: device.name.clone(),
                version: device.version,
                newest: newest.clone(),
                updates,
                vulnerabilities: vulnerabilities.clone(),
            }));
            // Truncates after each list, to hold only a few devices at a time.
            keep_most_exposed(&mut most_exposed, self.limit);
        }

        MissingKbs {
            devices: self.devices,
            lacking: self.by_list.values().map(|list| list.devices).sum(),
            not_known: self.not_known,
            by_kb: found.by_kb(),
            by_cve: self.fixes.is_some().then(|| found.by_cve()),
            most_exposed,
        }
    }
}

impl ListDevices {
    fn add(&mut self, device: KnownDevice, limit: usize) {
        self.devices += 1;
        let is_full = self.first.len() >= limit;
        if is_full && self.first.last().is_none_or(|last| *last <= device) {
            return;
        }
        let place = self.first.partition_point(|kept| *kept < device);
        self.first.insert(place, device);
        self.first.truncate(limit);
    }
}

fn keep_most_exposed(devices: &mut Vec<LackingDevice>, limit: usize) {
    devices.sort_by(|device, other| {
        let severity = other.vulnerabilities.cmp(&device.vulnerabilities);
        let updates = severity.then_with(|| other.updates.cmp(&device.updates));
        updates.then_with(|| (&device.id, &device.tenant).cmp(&(&other.id, &other.tenant)))
    });
    devices.truncate(limit);
}
