//! The updates that the vendor published, and the vulnerabilities that they close.

use endstate_model::{Architecture, CveKbMap, KbInfo, MachineSecurityState, OsVersion};
use hashbrown::HashMap;

/// The contents of the collections `kbinfo` and `cvekbmap`, ready to be looked up by device; see
/// [`MissingUpdatesBuilder`](crate::MissingUpdatesBuilder).
#[derive(Debug, Clone, Default)]
pub struct UpdateCatalog {
    by_build: HashMap<u32, Vec<CatalogUpdate>>,
    /// By the number of the update.
    vulnerabilities: HashMap<String, Vec<CveKbMap>>,
    without_version: u64,
}

#[derive(Debug, Clone)]
struct CatalogUpdate {
    revision: u32,
    info: KbInfo,
}

impl UpdateCatalog {
    /// A catalog of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an update. One whose version names no build and revision can be matched with no device, and is only counted.
    pub fn add_update(&mut self, update: KbInfo) {
        let version = update.version.as_ref().and_then(OsVersion::parts).map(|parts| (parts.build, parts.revision));
        match version {
            Some((build, revision)) => {
                self.by_build.entry(build).or_default().push(CatalogUpdate { revision, info: update });
            }
            None => self.without_version += 1,
        }
    }

    /// Adds a vulnerability that an update closes. One without an update's number closes nothing.
    pub fn add_vulnerability(&mut self, vulnerability: CveKbMap) {
        if let Some(number) = vulnerability.kb_id.clone() {
            self.vulnerabilities.entry(number).or_default().push(vulnerability);
        }
    }

    /// Updates that can be matched with devices.
    pub fn updates(&self) -> usize {
        self.by_build.values().map(Vec::len).sum()
    }

    /// Updates that cannot, because their version says neither build nor revision.
    pub fn without_version(&self) -> u64 {
        self.without_version
    }

    /// Whether there is an update for this build at all; of other builds nothing can be said.
    pub fn knows_build(&self, build: u32) -> bool {
        self.by_build.contains_key(&build)
    }

    /// The updates that a device lacks: those for its build whose revision is higher than its own (the rule of the vendor's
    /// report), and for its architecture where both are known. None where its build or revision is not known.
    pub fn missing<'c>(&'c self, state: &'c MachineSecurityState) -> impl Iterator<Item = &'c KbInfo> {
        let version = state.build.zip(state.revision);
        version
            .into_iter()
            .flat_map(|(build, revision)| self.missing_from(build, revision, state.architecture.as_ref()))
    }

    /// The vulnerabilities that an update closes.
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
