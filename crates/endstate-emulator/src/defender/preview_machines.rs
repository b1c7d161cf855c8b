//! `GET /testwdatppreview/machines`: the devices in the preview family.

use std::fmt::Write as _;

use serde::Serialize;

use super::Defender;
use super::call::{Call, Outcome};
use super::device::Device;
use super::machines::nothing;
use super::options::ApiOptions;
use super::times::{NEVER, with_seven_digits};
use crate::machine_groups::UNGROUPED;
use crate::response;
use crate::service::SERVICE_PATH;

/// An item, with the fields that the family had in 2018.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreviewMachine {
    id: String,
    computer_dns_name: Option<String>,
    first_seen: String,
    last_seen: String,
    os_platform: &'static str,
    os_version: &'static str,
    last_ip_address: String,
    last_external_ip_address: String,
    agent_version: String,
    os_build: u32,
    health_status: &'static str,
    is_aad_joined: bool,
    machine_tags: Vec<&'static str>,
    rbac_group_id: u64,
}

/// Responds with a page of machines. As in the document, the count is the number on the page.
pub(crate) fn preview_machines(defender: &Defender, call: &Call<'_>) -> Outcome {
    let options = ApiOptions::parse(call.options, &["$top", "$skip"])?;
    let devices = defender.devices;
    if devices.len() == 0 {
        return Ok(nothing(call));
    }

    let size = defender.preview_page_size;
    let first = options.skip.min(devices.len());
    let end = first.saturating_add(options.top.unwrap_or(size).min(size)).min(devices.len());
    let items: Vec<_> = (first..end).map(|position| PreviewMachine::from_device(&devices.device(position))).collect();

    let root = format!("{}{SERVICE_PATH}", call.origin);
    let mut body = format!("{{\"@odata.context\":\"{root}/$metadata#Machines\",\"@odata.count\":{}", items.len());
    if end < devices.len() && options.top.is_none() {
        // Writing to a string cannot fail.
        let _ = write!(body, ",\"@odata.nextLink\":\"{root}/machines?$skip={end}\"");
    }
    // Every item can be written as JSON.
    let _ = write!(body, ",\"value\":{}}}", serde_json::to_string(&items).unwrap_or_default());
    Ok(response::page(body.into_bytes(), None))
}

impl PreviewMachine {
    fn from_device(device: &Device) -> Self {
        Self {
            id: device.id(),
            computer_dns_name: device.name(),
            first_seen: device.first_seen().map_or_else(|| NEVER.to_owned(), with_seven_digits),
            last_seen: with_seven_digits(device.last_seen()),
            os_platform: device.platform.name,
            os_version: "10.0.0.0",
            last_ip_address: device.address(),
            last_external_ip_address: device.external_address(),
            agent_version: device.agent_version(),
            os_build: device.build(),
            health_status: device.health(),
            is_aad_joined: device.entra_id().is_some(),
            machine_tags: device.tags(),
            // In this family, the devices without a group have one, which `machinegroups` lists.
            rbac_group_id: device.group().unwrap_or(&UNGROUPED).id,
        }
    }
}
