//! `endstate show`: everything that is known of one device.

use anyhow::anyhow;
use endstate_model::nearest_name;
use endstate_model::{Entity, MachineSecurityState};

use super::device_reading::{DeviceReading, read_devices};
use super::result_output::ResultOutput;
use super::tenant_input::TenantInput;
use crate::cli::ShowArgs;
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::report::device_page::DevicePage;
use crate::report::listing::ListedDevice;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::counted;

pub(crate) async fn run(args: &ShowArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let inputs = TenantInput::resolve(&args.files, &args.source, overrides)?;
    let reading = read_devices(inputs, &args.source, None, usize::MAX).await?;
    let found = find(&args.device, &reading.devices);
    if found.is_empty() {
        return Err(not_found(&args.device, &reading));
    }
    let pages: Vec<_> =
        found.into_iter().map(|device| DevicePage { device, pull: &reading.pulls[device.pull] }).collect();
    let format = args.format();
    ResultOutput::open(None)?.write(&format, &DevicePage::render_all(&pages, format)?)?;
    Ok(reading.exit)
}

/// The devices with this id or name. A whole name wins over the first part of a DNS name.
fn find<'d>(wanted: &str, devices: &'d [ListedDevice]) -> Vec<&'d ListedDevice> {
    let wanted = wanted.trim();
    let with = |is_meant: &dyn Fn(&MachineSecurityState) -> bool| -> Vec<_> {
        devices.iter().filter(|device| is_meant(&device.state)).collect()
    };
    let name = |state: &MachineSecurityState| state.device.as_ref().and_then(|device| device.name.clone());
    let whole = with(&|state| {
        state.id.to_string().eq_ignore_ascii_case(wanted)
            || name(state).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    });
    if !whole.is_empty() {
        return whole;
    }
    with(&|state| {
        let name = name(state);
        let first = name.as_deref().and_then(|name| name.split('.').next());
        first.is_some_and(|first| first.eq_ignore_ascii_case(wanted))
    })
}

/// No device has the id or name. Only a complete pull shows that it does not exist.
fn not_found(wanted: &str, reading: &DeviceReading) -> anyhow::Error {
    let incomplete = reading.pulls.iter().find_map(PullInfo::why_not_every_device);
    if let Some(why) = incomplete {
        return anyhow!("no device that was read is named '{wanted}', but it may exist: {why}");
    }

    let nameless = reading.devices.iter().filter(|device| !device.state.knows("name", &[])).count() as u64;
    let is_id = wanted.len() == 40 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    let doubt = if reading.lacks_tenants {
        Some("a tenant could not be read".to_owned())
    } else {
        (nameless > 0 && !is_id)
            .then(|| format!("the names of {} are not known; use the id", counted(nameless, "device")))
    };
    if let Some(doubt) = doubt {
        return anyhow!("no device that was read is named '{wanted}', but it may exist: {doubt}");
    }

    let names: Vec<_> = reading
        .devices
        .iter()
        .filter_map(|device| device.state.device.as_ref()?.name.as_deref())
        .flat_map(|name| [Some(name), name.split('.').next()])
        .flatten()
        .collect();
    match nearest_name(wanted, names.iter().copied()) {
        Some(nearest) => anyhow!("no device is named '{wanted}'; did you mean '{nearest}'?"),
        None => anyhow!("no device is named '{wanted}'; `endstate list` shows all devices"),
    }
}
