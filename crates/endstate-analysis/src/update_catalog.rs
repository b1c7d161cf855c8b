//! The updates that Microsoft published, and the vulnerabilities that they close.

use endstate_model::{Architecture, CveKbMap, KbInfo, MachineSecurityState, OsVersion, kb_number};
use hashbrown::HashMap;

/// The contents of the collections `kbinfo` and `cvekbmap`, indexed for lookups by device. See
/// [`MissingUpdatesBuilder`](crate::MissingUpdatesBuilder).
#[derive(Debug, Clone, Default)]
pub struct UpdateCatalog {
    by_build: HashMap<u32, Vec<CatalogUpdate>>,
    /// The vulnerabilities by the number of the update that closes them.
    vulnerabilities: HashMap<String, Vec<CveKbMap>>,
    without_version: u64,
}

#[derive(Debug, Clone)]
struct CatalogUpdate {
    revision: u32,
    info: KbInfo,
}

impl UpdateCatalog {
    /// Returns an empty catalog.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an update. If its version has no build and revision, the update matches no device and
    /// is only counted.
    pub fn add_update(&mut self, update: KbInfo) {
        let version = update.version.as_ref().and_then(OsVersion::parts).map(|parts| (parts.build, parts.revision));
        match version {
            Some((build, revision)) => {
                self.by_build.entry(build).or_default().push(CatalogUpdate { revision, info: update });
            }
            None => self.without_version += 1,
        }
    }

    /// Adds a vulnerability that an update closes. A vulnerability without the number of an update
    /// is ignored.
    pub fn add_vulnerability(&mut self, vulnerability: CveKbMap) {
        if let Some(number) = vulnerability.kb_id.as_deref().and_then(kb_number).map(str::to_owned) {
            self.vulnerabilities.entry(number).or_default().push(vulnerability);
        }
    }

    /// Returns the number of updates that can match devices.
    pub fn updates(&self) -> usize {
        self.by_build.values().map(Vec::len).sum()
    }

    /// Returns the number of updates that match no device, because their version has no build and
    /// revision.
    pub fn without_version(&self) -> u64 {
        self.without_version
    }

    /// Returns whether the catalog has an update for this build. Devices on other builds cannot be
    /// assessed.
    pub fn knows_build(&self, build: u32) -> bool {
        self.by_build.contains_key(&build)
    }

    /// Returns the updates that are missing on a device.
    ///
    /// These are the updates for the device's build with a higher revision than the device's (the
    /// rule of Microsoft's report). If the architectures of the update and the device are both
    /// known, they must be equal. If the device's build or revision is unknown, the iterator is
    /// empty.
    pub fn missing<'c>(&'c self, state: &'c MachineSecurityState) -> impl Iterator<Item = &'c KbInfo> {
        let version = state.build.zip(state.revision);
        version
            .into_iter()
            .flat_map(|(build, revision)| self.missing_from(build, revision, state.architecture.as_ref()))
    }

    /// Returns the vulnerabilities that an update closes.
    pub fn closed_by(&self, update: &KbInfo) -> &[CveKbMap] {
        update.kb_id().and_then(|number| self.vulnerabilities.get(number)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn missing_from<'c>(
        &'c self,
        build: u32,
        revision: u32,
        architecture: Option<&'c Architecture>,
    ) -> impl Iterator<Item = &'c KbInfo> {
        let of_build = self.by_build.get(&build).into_iter().flatten();
        of_build.filter(move |update| update.revision > revision).map(|update| &update.info).filter(
            move |update| match (&update.architecture, architecture) {
                (Some(its), Some(devices)) => its == devices,
                _ => true,
            },
        )
    }
}
