//! What was read of all tenants, each separately and all together.

use anyhow::bail;
use endstate_analysis::{Appearance, Condition, Difference, DifferenceBuilder, Triage};
use endstate_model::MachineSecurityState;
use endstate_paging::{Outcome, Reason};

use super::devices::{Fleet, TenantDevices};
use crate::command::report_outcome::{print_outcome, require_rows};
use crate::command::tenant_input::InputIdentity;
use crate::exit::{Exit, Reported, UsageError};
use crate::pull::outcome::EndedPull;
use crate::pull::read::ReadPull;
use crate::report::tenants::{AttentionSince, Tenant, UrgentDevice, urgent_of_all};
use crate::rows::UnreadableCounts;
use crate::store::completeness::Completeness;
use crate::store::pull_info::PullInfo;
use crate::store::receipt::Receipt;
use crate::terminal::error_chain;
use crate::terminal::number::counted;
use crate::terminal::output;

/// What was read of a fleet.
pub(in crate::command) struct FleetResult {
    pub(in crate::command) triage: Triage,
    pub(in crate::command) difference: Option<Difference>,
    /// Tenants that the condition names and that are not among those that were read.
    pub(in crate::command) unknown_tenants: Vec<String>,
    /// The tenants without a device, matching or not.
    pub(in crate::command) empty: Vec<Option<String>>,
    /// The tenants that have no earlier pull.
    pub(in crate::command) not_compared: Vec<String>,
    /// The earlier pulls of all tenants, oldest first for each.
    pub(in crate::command) earlier_pulls: Vec<PullInfo>,
    /// The last earlier pull of each tenant.
    pub(in crate::command) last_earlier_pulls: Vec<PullInfo>,
    /// The pull of an only tenant, or all pulls as one.
    pub(in crate::command) info: PullInfo,
    pub(in crate::command) exit: Exit,
    /// Readable rows that did not match the condition.
    pub(in crate::command) not_matching: u64,
    pub(in crate::command) unreadable: UnreadableCounts,
    /// Each tenant; empty if there is only one without a name.
    pub(in crate::command) tenants: Vec<Tenant>,
    /// The only tenant, if `tenants` is empty.
    only: Option<Tenant>,
    inputs: Vec<InputResult>,
}

/// What was read of one input.
struct InputResult {
    name: Option<String>,
    /// The name in conditions, also of an only tenant.
    label: Option<String>,
    id: Option<String>,
    is_read: bool,
    info: PullInfo,
    exit: Exit,
    not_matching: u64,
    unreadable: UnreadableCounts,
}

impl FleetResult {
    /// Reports every tenant that is not complete. If nothing could be read of any, that ends the
    /// command.
    pub(super) fn new(
        mut fleet: Fleet,
        results: Vec<anyhow::Result<ReadPull>>,
        identities: Vec<InputIdentity>,
    ) -> anyhow::Result<Self> {
        let is_only = results.len() == 1;
        let mut inputs = Vec::new();
        for (result, identity) in results.into_iter().zip(identities) {
            let result = if is_only { Ok(require_rows(result?)?) } else { result };
            inputs.push(InputResult::new(identity, result));
        }
        if let Some(conflict) = fleet.conflict.take() {
            let [first, second] = [conflict.first, conflict.second].map(|number| inputs[number].shown());
            let tenant = conflict.tenant;
            bail!(UsageError::new(format!("{first} and {second} both have devices of {tenant}; name one of them")));
        }
        let worst = inputs.iter().map(|input| input.exit).max().unwrap_or(Exit::Done);
        if !inputs.iter().any(|input| input.is_read) {
            bail!(Reported(worst));
        }
        if fleet.tenants.is_empty() {
            fleet.begin(None, 0);
        }
        if is_only {
            // Rows of several tenants in one file come in any order.
            fleet.tenants.sort_by(|tenant, other| tenant.name.cmp(&other.name));
        }

        let mut all = fleet.counting().builder();
        let mut difference: Option<Difference> = None;
        let (mut earlier_pulls, mut last_earlier_pulls) = (Vec::new(), Vec::new());
        let mut not_compared = Vec::new();
        let mut tenants = Vec::new();
        for devices in fleet.tenants {
            all.merge(devices.triage.clone());
            earlier_pulls.extend(devices.pulls.iter().cloned());
            last_earlier_pulls.extend(devices.pulls.last().cloned());
            if devices.difference.is_none() {
                not_compared.push(devices.name.clone().unwrap_or_else(|| "the devices".to_owned()));
            }
            let (tenant, of_tenant) = finish(devices, &inputs);
            match (&mut difference, of_tenant) {
                (Some(all), Some(of_tenant)) => all.merge(of_tenant),
                (all @ None, of_tenant) => *all = of_tenant,
                (Some(_), None) => {}
            }
            tenants.push(tenant);
        }

        let is_empty = |(number, input): &(usize, &InputResult)| {
            let devices: u64 = tenants_of(&tenants, *number).map(|tenant| tenant.triage.devices).sum();
            input.is_read && devices + input.not_matching == 0
        };
        let empty = inputs.iter().enumerate().filter(is_empty).map(|(_, input)| input.name.clone()).collect();
        let has_names = tenants.iter().any(|tenant| tenant.name.is_some());
        let info = if let [only] = inputs.as_slice() {
            only.info.clone()
        } else {
            let devices = tenants.iter().map(|tenant| tenant.triage.devices).sum();
            let total = format!("{} in {}", counted(devices, "device"), counted(tenants.len() as u64, "tenant"));
            PullInfo::all(tenants.iter().map(|tenant| (tenant.name.as_deref(), &tenant.info)), &total)
        };
        let mut unreadable = UnreadableCounts::default();
        for input in &inputs {
            unreadable += input.unreadable;
        }
        let only = if has_names { None } else { tenants.pop() };
        Ok(Self {
            triage: all.finish(),
            difference,
            unknown_tenants: Vec::new(),
            empty,
            not_compared,
            earlier_pulls,
            last_earlier_pulls,
            info,
            exit: worst,
            not_matching: inputs.iter().map(|input| input.not_matching).sum(),
            unreadable,
            tenants,
            only,
            inputs,
        })
    }

    /// Devices that were read, also those that do not count.
    pub(in crate::command) fn total_devices(&self) -> u64 {
        self.triage.devices + self.triage.left_out.total() + self.not_matching
    }

    /// The pulls of which something could be read.
    pub(in crate::command) fn read_pulls(&self) -> impl Iterator<Item = &PullInfo> {
        self.inputs.iter().filter(|input| input.is_read).map(|input| &input.info)
    }

    /// Tenants that a condition names and that are not among those that were read.
    pub(super) fn unknown_tenants(&self, condition: Option<&Condition<MachineSecurityState>>) -> Vec<String> {
        let is_known = |name: &str| {
            let known = self.tenants.iter().chain(&self.only).filter_map(|tenant| tenant.name.as_deref());
            let labels = self.inputs.iter().filter_map(|input| input.label.as_deref());
            known.chain(labels).any(|known| known.eq_ignore_ascii_case(name))
        };
        let named = condition.map(Condition::tenants).unwrap_or_default();
        named.iter().filter(|name| !is_known(name)).cloned().collect()
    }

    /// The first devices that need attention, each with its tenant.
    pub(in crate::command) fn urgent(&self) -> Vec<UrgentDevice<'_>> {
        let tenants: Vec<_> = self.tenants.iter().chain(&self.only).collect();
        urgent_of_all(&self.triage.most_urgent, &tenants)
    }
}

impl InputResult {
    fn shown(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.info.name.clone())
    }

    fn new(InputIdentity { name, label, id }: InputIdentity, result: anyhow::Result<ReadPull>) -> Self {
        let (said_name, tenant) = (name.clone(), id.clone());
        let input = |is_read: bool, info: PullInfo, exit: Exit| Self {
            name,
            label,
            id,
            is_read,
            info,
            exit,
            not_matching: 0,
            unreadable: UnreadableCounts::default(),
        };

        match result {
            Ok(ReadPull { info, not_matching, unreadable, ended }) => {
                let (exit, info) = match &ended {
                    Some(ended) => {
                        // Of an only tenant, it is reported already.
                        if let (Some(name), true) = (&said_name, ended.exit() != Exit::Done) {
                            output::say(name);
                            print_outcome(ended);
                        }
                        (ended.exit(), info_of_live(ended, info))
                    }
                    // A file keeps the condition of the pull that wrote it.
                    None => (Exit::for_result([info.outcome()]), info),
                };
                Self { not_matching, unreadable, ..input(exit.is_usable(), info, exit) }
            }
            Err(error) => {
                if let Some(name) = &said_name {
                    output::say(name);
                }
                output::error(&error);
                let completeness = failed(error_chain::one_line(error.as_ref()));
                input(false, PullInfo { tenant, ..PullInfo::unknown(String::new(), completeness) }, Exit::Failed)
            }
        }
    }
}

/// A live pull reads every device: the condition belongs to the triage, which shows it separately.
fn info_of_live(ended: &EndedPull, info: PullInfo) -> PullInfo {
    match &ended.failure {
        Some(failure) if !ended.exit().is_usable() => {
            PullInfo { completeness: failed(error_chain::one_line(failure)), ..info }
        }
        _ => PullInfo::from_receipt(&Receipt { condition: None, ..ended.receipt.clone() }),
    }
}

/// The tenants of an input.
fn tenants_of(tenants: &[Tenant], input: usize) -> impl Iterator<Item = &Tenant> {
    tenants.iter().filter(move |tenant| tenant.input == input)
}

/// Nothing could be read.
fn failed(why: String) -> Completeness {
    Completeness::new(Outcome::Incomplete(Reason::NothingRead), why)
}

fn finish(devices: TenantDevices, inputs: &[InputResult]) -> (Tenant, Option<Difference>) {
    let TenantDevices { name, input, triage, difference, pulls } = devices;
    let number = input;
    let input = &inputs[number];
    let triage = triage.finish();
    let since = |state: &MachineSecurityState| {
        let difference = difference.as_ref()?;
        if difference.appearance(&state.id) == Some(Appearance::NotSeenBefore) {
            return Some(AttentionSince::NotSeenBefore);
        }
        let pull = difference.since(&state.id).and_then(|number| pulls.get(number as usize));
        Some(pull.map_or(AttentionSince::Now, |pull| AttentionSince::Pull(Box::new(pull.clone()))))
    };
    let since_of_urgent = triage.most_urgent.iter().filter_map(since).collect();

    // A file of several tenants has one receipt for all of them.
    let is_own = input.name == name;
    let tenant = Tenant {
        input: number,
        name,
        id: input.id.clone().filter(|_| is_own),
        is_read: input.is_read,
        info: input.info.clone(),
        unreadable: if is_own { input.unreadable } else { UnreadableCounts::default() },
        triage,
        since_of_urgent,
    };
    (tenant, difference.map(DifferenceBuilder::finish))
}
