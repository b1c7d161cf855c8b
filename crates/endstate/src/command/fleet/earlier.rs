//! `--since`: the earlier pulls of each tenant.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{bail, ensure};
use endstate_analysis::Condition;
use endstate_model::MachineSecurityState;
use jiff::Timestamp;

use crate::cli::FleetArgs;
use crate::command::tenant_input::TenantInput;
use crate::exit::UsageError;
use crate::store::history::{EarlierPulls, check_not_swapped, started_at};
use crate::store::path::with_profile;
use crate::store::stored_pull::StoredPull;

/// The earlier pulls of each tenant, by its name.
#[derive(Debug, Default)]
pub(super) struct EarlierByTenant {
    by_name: BTreeMap<Option<String>, EarlierPulls>,
    is_only_tenant: bool,
    /// Of an only tenant, if it is known.
    profile: Option<String>,
}

impl EarlierByTenant {
    /// Reads the files of `--since`.
    pub(super) fn read(
        args: &FleetArgs,
        inputs: &[TenantInput],
        condition: Option<&Condition<MachineSecurityState>>,
    ) -> anyhow::Result<Self> {
        let mut earlier = Self {
            by_name: BTreeMap::new(),
            is_only_tenant: inputs.len() == 1,
            profile: inputs.first().and_then(|input| input.profile.clone()),
        };
        let is_only = earlier.is_only_tenant;
        // A history has the pulls of each tenant.
        let is_own =
            |path: &&PathBuf| path.to_string_lossy().contains("{profile}") || !is_only && StoredPull::is_last(path);
        let (own, shared): (Vec<_>, Vec<_>) = args.since.iter().partition(is_own);
        ensure!(
            own.is_empty() || shared.is_empty(),
            UsageError::new("--since: write {profile} in the name of every older pull, or of none")
        );

        for input in inputs.iter().filter(|_| !own.is_empty()) {
            let name = input.name.as_deref().or(input.profile.as_deref());
            let present = input.file().and_then(started_at);
            let earlier_file = |path: &PathBuf| {
                StoredPull::last_before(&with_profile(path, name)?, present.as_deref(), input.tenant_name())
            };
            let files = own.iter().map(|path| earlier_file(path)).collect::<anyhow::Result<Vec<_>>>()?;
            check_order(&files, input, args.allow_swapped)?;
            for (tag, pulls) in EarlierPulls::read(&files, condition, name, args.counted.include_informational)? {
                earlier.by_name.insert(tag.or_else(|| input.name.clone()), pulls);
            }
        }
        if !shared.is_empty() {
            let first = inputs.first();
            let present = first.and_then(TenantInput::file).and_then(started_at);
            let tenant = first.and_then(TenantInput::tenant_name);
            let earlier_file = |path: &PathBuf| StoredPull::last_before(path, present.as_deref(), tenant);
            let files = shared.into_iter().map(earlier_file).collect::<anyhow::Result<Vec<_>>>()?;
            for input in inputs {
                check_order(&files, input, args.allow_swapped)?;
            }
            let name = inputs.first().and_then(|input| input.profile.as_deref());
            earlier.by_name = EarlierPulls::read(&files, condition, name, args.counted.include_informational)?;
            if inputs.len() > 1 && earlier.by_name.contains_key(&None) {
                bail!(UsageError::new(
                    "several tenants need an older pull each: --since '{profile}.ndjson', or a file with the column \
                     tenant"
                ));
            }
        }
        Ok(earlier)
    }

    /// The pulls of a tenant; once. An only tenant need not have the same name in both pulls, if
    /// one of them has none.
    pub(super) fn take(&mut self, tenant: Option<&str>) -> Option<EarlierPulls> {
        let name = tenant.map(ToOwned::to_owned);
        if let Some(pulls) = self.by_name.remove(&name) {
            return Some(pulls);
        }
        if !self.is_only_tenant {
            return None;
        }
        let other = match (name, self.profile.clone()) {
            (Some(_), _) => None,
            (None, Some(profile)) => Some(profile),
            (None, None) if self.by_name.len() == 1 => self.by_name.keys().next()?.clone(),
            (None, None) => return None,
        };
        self.by_name.remove(&other)
    }
}

/// Refuses an older pull that is newer than the present one: swapped files make what was resolved
/// look new.
fn check_order(older: &[PathBuf], input: &TenantInput, allow_swapped: bool) -> anyhow::Result<()> {
    let now = || Timestamp::now().to_string();
    let present = input.file().map_or_else(|| Some(now()), started_at);
    for older in older.iter().filter(|_| !allow_swapped) {
        check_not_swapped(older, started_at(older), &input.shown(), present.clone())?;
    }
    Ok(())
}
