//! Reads the devices of all tenants, and keeps the first ones, for commands that list or show them.

use std::io;

use endstate_analysis::Condition;
use endstate_model::MachineSecurityState;

use super::report_outcome::{print_outcome, require_rows};
use super::tenant_input::TenantInput;
use crate::cli::SourceArgs;
use crate::exit::{Exit, Reported};
use crate::pull::outcome::EndedPull;
use crate::pull::read::{ReadPull, read};
use crate::report::listing::ListedDevice;
use crate::rows::{Row, RowSink};
use crate::store::pull_info::PullInfo;
use crate::store::receipt::Receipt;
use crate::terminal::output;

/// What was read of all tenants.
#[derive(Debug)]
pub(super) struct DeviceReading {
    pub(super) devices: Vec<ListedDevice>,
    /// Devices that match, also those that are not kept.
    pub(super) matching: u64,
    pub(super) pulls: Vec<PullInfo>,
    /// Readable devices that did not match.
    pub(super) not_matching: u64,
    /// Whether a tenant could not be read at all.
    pub(super) lacks_tenants: bool,
    pub(super) exit: Exit,
}

/// Keeps each device, up to a maximum.
struct Keeper<'k> {
    devices: &'k mut Vec<ListedDevice>,
    matching: &'k mut u64,
    most: usize,
    tenant: Option<String>,
    pull: usize,
}

impl RowSink<MachineSecurityState> for Keeper<'_> {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if self.devices.len() == self.most {
            *self.matching += u64::from(row.read(|_| ()).is_some());
        } else if let Ok(state) = row.item() {
            *self.matching += 1;
            let tenant = row.tenant.map(ToOwned::to_owned).or_else(|| self.tenant.clone());
            self.devices.push(ListedDevice { state: state.clone(), tenant, pull: self.pull });
        }
        Ok(())
    }
}

/// Reads the tenants one at a time, and keeps the first `most` devices. A tenant that fails does
/// not stop the others; if none can be read, that ends the command.
pub(super) async fn read_devices(
    inputs: Vec<TenantInput>,
    source: &SourceArgs,
    condition: Option<&Condition<MachineSecurityState>>,
    most: usize,
) -> anyhow::Result<DeviceReading> {
    let is_only = inputs.len() == 1;
    let mut all = DeviceReading {
        devices: Vec::new(),
        matching: 0,
        pulls: Vec::new(),
        not_matching: 0,
        lacks_tenants: false,
        exit: Exit::Done,
    };
    for input in inputs {
        let name = input.identity().name;
        let before = (all.devices.len(), all.matching);
        let mut keeper = Keeper {
            devices: &mut all.devices,
            matching: &mut all.matching,
            most,
            tenant: name.clone(),
            pull: all.pulls.len(),
        };
        let opened = input.open(source).await;
        let result = match opened {
            Ok(input) => read(&input, condition, &mut keeper).await,
            Err(error) => Err(error),
        };
        let result = result.and_then(|read| all.require_content(read, before.1, is_only));

        match result {
            Ok(read) => {
                let exit = read.ended.as_ref().map_or(Exit::Done, EndedPull::exit);
                if let Some(ended) = read.ended.as_ref().filter(|_| exit != Exit::Done && !is_only) {
                    output::say(name.as_deref().unwrap_or_default());
                    print_outcome(ended);
                }
                if is_only || exit.is_usable() {
                    all.add(read);
                } else {
                    all.lack(exit, before);
                }
            }
            Err(error) if is_only => return Err(error),
            Err(error) => {
                output::say(name.as_deref().unwrap_or_default());
                output::error(&error);
                all.lack(Exit::Failed, before);
            }
        }
    }
    if all.pulls.is_empty() {
        return Err(Reported(all.exit).into());
    }
    Ok(all)
}

impl DeviceReading {
    /// Refuses a file that says nothing, and an only pull that read nothing.
    fn require_content(&self, read: ReadPull, before: u64, is_only: bool) -> anyhow::Result<ReadPull> {
        let read = if is_only { require_rows(read)? } else { read };
        if read.ended.is_none() || is_only {
            let devices = self.matching - before;
            read.info.require_content(devices + read.not_matching + read.unreadable.invalid_items)?;
        }
        Ok(read)
    }

    /// Notes a tenant that could not be read. What was read of it before the failure has no pull.
    fn lack(&mut self, exit: Exit, (devices, matching): (usize, u64)) {
        self.devices.truncate(devices);
        self.matching = matching;
        self.lacks_tenants = true;
        self.exit = self.exit.max(exit);
    }

    /// Adds a pull. A live one read every device: the condition belongs to the command.
    fn add(&mut self, read: ReadPull) {
        let (exit, info) = match read.ended {
            Some(ended) => (ended.exit(), info_of(&ended)),
            None => (Exit::for_result([read.info.outcome()]), read.info),
        };
        self.exit = self.exit.max(exit);
        self.pulls.push(info);
        self.not_matching += read.not_matching;
    }
}

fn info_of(ended: &EndedPull) -> PullInfo {
    PullInfo::from_receipt(&Receipt { condition: None, ..ended.receipt.clone() })
}
