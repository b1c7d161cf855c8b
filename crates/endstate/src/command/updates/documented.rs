//! Missing updates from the documented collections: states, updates and vulnerabilities.

use std::io;
use std::path::Path;

use anyhow::bail;
use endstate_analysis::{Condition, MissingUpdatesBuilder, UpdateCatalog};
use endstate_model::{CveKbMap, Entity, KbInfo, MachineSecurityState};

use super::attempt::{Attempted, usable};
use crate::cli::UpdatesArgs;
use crate::command::report_outcome::require_rows;
use crate::pull::read::{Input, ReadPull, read, read_live};
use crate::report::updates::TenantUpdates;
use crate::rows::{Row, RowSink};
use crate::service::source::LiveSource;

impl RowSink<KbInfo> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, KbInfo>) -> io::Result<()> {
        if let Ok(update) = row.item() {
            self.add_update(update.clone());
        }
        Ok(())
    }
}

impl RowSink<CveKbMap> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, CveKbMap>) -> io::Result<()> {
        if let Ok(vulnerability) = row.item() {
            self.add_vulnerability(vulnerability.clone());
        }
        Ok(())
    }
}

impl RowSink<MachineSecurityState> for MissingUpdatesBuilder {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

/// Where each collection of a tenant comes from. A service has all of them.
pub(super) enum Inputs<'i> {
    /// The states, the updates and the vulnerabilities.
    Files(&'i Path, &'i Path, &'i Path),
    Service(&'i LiveSource),
}

impl Inputs<'_> {
    async fn read<E: Entity>(
        &self,
        condition: Option<&Condition<E>>,
        sink: &mut impl RowSink<E>,
    ) -> anyhow::Result<ReadPull> {
        match self {
            Self::Service(source) => read_live(source, condition, sink).await,
            Self::Files(states, updates, vulnerabilities) => {
                let path = match E::ENTITY_SET {
                    KbInfo::ENTITY_SET => updates,
                    CveKbMap::ENTITY_SET => vulnerabilities,
                    _ => states,
                };
                read(&Input::file(path), condition, sink).await
            }
        }
    }
}

/// Assesses one tenant.
pub(super) async fn assess(
    args: &UpdatesArgs,
    name: Option<String>,
    inputs: Inputs<'_>,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<Attempted> {
    // The small collections first: if one is not available, the large one need not be pulled.
    let mut catalog = UpdateCatalog::new();
    let updates = match usable(inputs.read::<KbInfo>(None, &mut catalog).await?) {
        Ok(updates) => require_rows(updates)?.info,
        Err(nothing) => return Ok(Attempted::Nothing(nothing)),
    };
    let vulnerabilities = require_rows(inputs.read::<CveKbMap>(None, &mut catalog).await?)?.info;
    let without_version = catalog.without_version();
    if catalog.updates() == 0 && without_version > 0 {
        bail!("{} has no update with a version; expected a pull of kbinfo", updates.name);
    }

    let mut builder = MissingUpdatesBuilder::new(catalog, super::kept(args)).with_tenant(name.as_deref());
    let states = require_rows(inputs.read(condition, &mut builder).await?)?.info;
    let pulls = [states, updates, vulnerabilities];
    let tenant = TenantUpdates { name, missing: builder.finish(), pulls, without_version };
    Ok(Attempted::Documented(Box::new(tenant)))
}
