//! `endstate diff`: what changed between two pulls, of one tenant or several.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::ensure;
use endstate_analysis::{DeviceChange, Difference, DifferenceBuilder, EarlierPull, EarlierStates};
use endstate_model::{DeviceId, MachineSecurityState};

use super::checks::{exit_of, max_age, print_checks};
use super::report_outcome::{print_completeness, require_rows};
use super::result_output::ResultOutput;
use super::table_columns::arrangement;
use crate::cli::{DiffArgs, ReportFormat, StatesFrom};
use crate::exit::{Exit, UsageError};
use crate::pull::read::{Input, read};
use crate::report::arrangement::TableColumns;
use crate::report::changed_device::{ChangedDevice, Changes};
use crate::report::device_name::name_of;
use crate::report::difference::{self, DifferenceReport};
use crate::rows::{Row, RowSink};
use crate::store::file_receipt;
use crate::store::format::FormulaGuard;
use crate::store::history::{EarlierByTag, EarlierPulls, check_not_swapped, started_at};
use crate::store::path::with_profile;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::counted;
use crate::terminal::output;

/// The name of a tenant; `None` if there is only one without a name.
type Tenant = Option<Rc<str>>;

/// Compares the newer pull of each tenant, and keeps what is different in it.
#[derive(Default)]
struct DifferenceSink {
    /// The tenant of rows that do not name theirs.
    tenant: Tenant,
    builders: BTreeMap<Tenant, DifferenceBuilder>,
    /// The tenants of the newer pull.
    newer: BTreeSet<Tenant>,
    /// Without devices that did not change.
    devices: Vec<ChangedDevice>,
    changes: Changes,
}

impl DifferenceSink {
    /// The tenant of a row, which all its devices share.
    fn tenant(&mut self, row: &Row<'_, MachineSecurityState>) -> Tenant {
        let tenant = row.tenant.map(Rc::from).or_else(|| self.tenant.clone());
        if let Some(known) = self.newer.get(&tenant) {
            return known.clone();
        }
        self.newer.insert(tenant.clone());
        tenant
    }

    fn builder(&mut self, tenant: &Tenant) -> &mut DifferenceBuilder {
        self.builders.entry(tenant.clone()).or_insert_with(|| {
            // The older pull does not have this tenant, so nothing of it was seen before.
            let mut earlier = EarlierStates::new();
            let pull = earlier.begin_pull();
            earlier.mark_partial(pull);
            DifferenceBuilder::new(earlier)
        })
    }
}

impl RowSink<MachineSecurityState> for DifferenceSink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        let tenant = self.tenant(row);
        let builder = self.builder(&tenant);
        let changed = row.read(|state| {
            let change = builder.compare_parsed(state).filter(DeviceChange::is_different)?;
            Some((state.id.clone(), change, name_of(state.device.as_deref()).map(Into::into)))
        });
        if let Some((id, change, name)) = changed.flatten() {
            let change = self.changes.keep(change);
            self.devices.push(ChangedDevice { id, tenant, name, change });
        }
        Ok(())
    }
}

/// The older pull, and the states to which its rows are added.
struct OlderPull<'s> {
    pull: EarlierPull,
    states: &'s mut EarlierStates,
}

impl RowSink<MachineSecurityState> for OlderPull<'_> {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        row.read(|state| self.states.add_parsed(self.pull, state));
        Ok(())
    }
}

/// Refuses pulls of different tenants: every device would be removed, and every other added.
fn check_same_tenants(older: &BTreeSet<Tenant>, newer: &BTreeSet<Tenant>) -> anyhow::Result<()> {
    let names = |tenants: &BTreeSet<Tenant>| {
        tenants.iter().map(|name| name.as_deref().unwrap_or("a tenant without a name")).collect::<Vec<_>>().join(", ")
    };
    let is_comparable = older.is_empty() || newer.is_empty() || !older.is_disjoint(newer);
    let message = format!("OLD is of {}, and NEW of {}: they have no tenant in common", names(older), names(newer));
    ensure!(is_comparable, UsageError::new(message));
    Ok(())
}

/// What was compared.
#[derive(Default)]
struct Compared {
    difference: Difference,
    devices: Vec<ChangedDevice>,
    not_seen: Vec<(Tenant, DeviceId)>,
    /// The older and the newer pulls.
    old: Vec<PullInfo>,
    new: Vec<PullInfo>,
}

pub(crate) async fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format())?;
    let columns = |_| TableColumns::sorted(difference::columns(true, true));
    let Some(arrangement) = arrangement(&args.columns, &format, columns)? else { return Ok(Exit::Done) };
    result_output.keep(args.old.iter().chain(&args.new).map(PathBuf::as_path))?;

    let mut compared = Compared::default();
    match (&args.old, &args.new) {
        (Some(old), Some(new)) if args.profile.is_empty() => compared.files(args, old, new, None).await?,
        (Some(old), Some(new)) => {
            let is_per_tenant = |path: &Path| path.to_string_lossy().contains("{profile}");
            ensure!(
                args.profile.len() == 1 || is_per_tenant(old) && is_per_tenant(new),
                UsageError::new(
                    "several profiles need two files each, such as 'old/{profile}.ndjson' '{profile}.ndjson'"
                )
            );
            for profile in &args.profile {
                let old = with_profile(old, Some(profile))?;
                let new = with_profile(new, Some(profile))?;
                let tenant = Some(profile).filter(|_| args.profile.len() > 1);
                compared.files(args, &old, &new, tenant.map(String::as_str)).await?;
            }
        }
        // Without files, clap requires --demo.
        _ => compared.demo(args.states_from).await?,
    }

    let Compared { difference, mut devices, mut not_seen, old, new } = compared;
    let of_changes = devices.iter().map(|device| &device.tenant);
    let mut tenants = of_changes.chain(not_seen.iter().map(|(tenant, _)| tenant));
    let first = tenants.next();
    if tenants.all(|tenant| Some(tenant) == first) && args.profile.len() <= 1 {
        // One tenant needs no name.
        let of_changes = devices.iter_mut().map(|device| &mut device.tenant);
        let of_not_seen = not_seen.iter_mut().map(|(tenant, _)| tenant);
        for tenant in of_changes.chain(of_not_seen) {
            *tenant = None;
        }
    }
    devices.sort_unstable_by(|device, other| {
        let size = |device: &ChangedDevice| (device.change.new.len(), device.change.resolved.len());
        let by_size = size(other).cmp(&size(device));
        by_size.then_with(|| device.id.cmp(&other.id)).then_with(|| device.tenant.cmp(&other.tenant))
    });
    let new_pulls: Vec<_> = new.iter().collect();
    let checks: Vec<_> = args.age.max_age.map(|limit| max_age(&new_pulls, limit)).into_iter().collect();
    let report = DifferenceReport {
        difference: &difference,
        devices: &devices,
        not_seen: &not_seen,
        old: &one_of(&old, difference.devices_before),
        new: &one_of(&new, difference.devices),
        pulls: old.iter().chain(&new).collect(),
        limit: args.limit,
        arrangement,
        checks: &checks,
        guard: FormulaGuard::from_flag(args.result.csv_raw),
    };
    result_output.write_with(&format, |out| report.write(format, out))?;

    if format == ReportFormat::Csv {
        old.iter().chain(&new).for_each(print_completeness);
    }
    print_checks(&checks);
    let outcomes = old.iter().chain(&new).map(PullInfo::outcome);
    Ok(Exit::for_result(outcomes).max(exit_of(&checks)))
}

/// The only pull, or all pulls as one.
fn one_of(pulls: &[PullInfo], devices: u64) -> PullInfo {
    if let [only] = pulls {
        only.clone()
    } else {
        let total = format!("{} in {}", counted(devices, "device"), counted(pulls.len() as u64, "pull"));
        PullInfo::all(pulls.iter().map(|pull| (None, pull)), &total)
    }
}

impl Compared {
    /// Compares two files, of one tenant or with the rows of several.
    async fn files(&mut self, args: &DiffArgs, old: &Path, new: &Path, tenant: Option<&str>) -> anyhow::Result<()> {
        if !args.allow_swapped {
            check_not_swapped(old, started_at(old), &new.display().to_string(), started_at(new))?;
        }
        let mut earlier = EarlierPulls::read(std::slice::from_ref(&old.to_owned()), None, tenant, false)?;
        self.old.extend(earlier.values().next().and_then(|earlier| earlier.pulls.first().cloned()));

        // An only tenant need not have a name in both files.
        let profile = file_receipt::for_file(new)?.and_then(|receipt| receipt.profile);
        let mut name = profile.or_else(|| tenant.map(ToOwned::to_owned));
        if let Some(name) = &name {
            if let Some(unnamed) = earlier.remove(&None) {
                earlier.insert(Some(name.clone()), unnamed);
            }
        } else if let [Some(only)] = earlier.keys().collect::<Vec<_>>().as_slice() {
            name = Some(only.clone());
        }
        self.newer(earlier, &Input::file(new), name.map(Rc::from)).await
    }

    async fn newer(&mut self, earlier: EarlierByTag, new: &Input, tenant: Tenant) -> anyhow::Result<()> {
        let builders: BTreeMap<Tenant, _> = earlier
            .into_iter()
            .map(|(tag, earlier)| (tag.map(Rc::from), DifferenceBuilder::new(earlier.states)))
            .collect();
        let older: BTreeSet<_> = builders.keys().cloned().collect();
        let devices = std::mem::take(&mut self.devices);
        let mut sink = DifferenceSink { tenant, builders, devices, ..DifferenceSink::default() };
        let info = require_rows(read(new, None, &mut sink).await?)?.info;
        let DifferenceSink { builders, newer, devices, .. } = sink;
        info.require_content(newer.len() as u64)?;
        check_same_tenants(&older, &newer)?;

        self.new.push(info);
        self.devices = devices;
        for (tenant, builder) in builders {
            if !newer.is_empty() && !newer.contains(&tenant) {
                let name = tenant.as_deref().unwrap_or_default();
                output::warn(format_args!("{name} is only in the older pull, and is not compared"));
                continue;
            }
            let difference = builder.finish();
            self.not_seen.extend(difference.not_seen.iter().map(|id| (tenant.clone(), id.clone())));
            self.difference.merge(difference);
        }
        Ok(())
    }

    /// Compares two days of the emulated tenant. Both are pulled today, from an address that means
    /// nothing to the user.
    async fn demo(&mut self, states_from: StatesFrom) -> anyhow::Result<()> {
        let named = |day: u32, pull: PullInfo| PullInfo { name: format!("day {day}"), started_at: None, ..pull };
        let mut states = EarlierStates::new();
        let mut older = OlderPull { pull: states.begin_pull(), states: &mut states };
        let old = require_rows(read(&Input::demo(1, states_from).await?, None, &mut older).await?)?.info;
        self.old.push(named(1, old));
        let earlier = EarlierByTag::from([(None, EarlierPulls { states, pulls: Vec::new() })]);
        self.newer(earlier, &Input::demo(2, states_from).await?.with_devices(), None).await?;
        self.new = std::mem::take(&mut self.new).into_iter().map(|pull| named(2, pull)).collect();
        Ok(())
    }
}
