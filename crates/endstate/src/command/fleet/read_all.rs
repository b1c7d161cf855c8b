//! Reads the devices of all tenants at once.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::anyhow;
use endstate_analysis::Condition;
use endstate_model::MachineSecurityState;
use futures_util::future::join_all;

use super::devices::{Fleet, FleetSink};
use crate::cli::FleetArgs;
use crate::command::tenant_input::TenantInput;
use crate::pull::read::{ReadPull, read};

/// Reads all inputs at once, each into the fleet. One that fails does not stop the others.
pub(super) async fn read_all(
    args: &FleetArgs,
    inputs: Vec<TenantInput>,
    condition: Option<&Condition<MachineSecurityState>>,
    fleet: Fleet,
) -> anyhow::Result<(Vec<anyhow::Result<ReadPull>>, Fleet)> {
    let fleet = Rc::new(RefCell::new(fleet));
    let reading = inputs.into_iter().enumerate().map(|(number, input)| {
        let tenant = input.name.clone();
        if tenant.is_some() {
            // Also a tenant without devices.
            fleet.borrow_mut().begin(tenant.as_deref(), number);
        }
        let mut sink = FleetSink { fleet: Rc::clone(&fleet), input: number, tenant };
        async move {
            let input = input.open(&args.source).await?;
            read(&input, condition, &mut sink).await
        }
    });
    let results = join_all(reading).await;
    let fleet = Rc::try_unwrap(fleet).map_err(|_| anyhow!("a tenant is still being read"))?.into_inner();
    Ok((results, fleet))
}
