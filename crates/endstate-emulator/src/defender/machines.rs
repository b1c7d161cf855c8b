//! `GET /api/machines`: today's list of devices, and its item.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::Defender;
use super::call::{Call, Outcome};
use super::device::Device;
use super::device_details::IpAddress;
use super::fault::DefenderFaultKind;
use super::machines_paging::MachinesPaging;
use super::options::{ApiOptions, at_most};
use super::times::{NEVER, with_seven_digits};
use crate::response;

/// Maximum of `$top`.
pub(crate) const LARGEST_TOP: u64 = 10_000;

/// An item, in the order in which the service sends it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    id: String,
    merged_into_machine_id: Option<String>,
    is_potential_duplication: bool,
    is_excluded: bool,
    exclusion_reason: Option<&'static str>,
    computer_dns_name: Option<String>,
    first_seen: String,
    last_seen: String,
    os_platform: &'static str,
    os_version: Option<&'static str>,
    os_processor: &'static str,
    version: &'static str,
    last_ip_address: String,
    last_external_ip_address: String,
    agent_version: String,
    os_build: u32,
    health_status: &'static str,
    device_value: &'static str,
    rbac_group_id: Value,
    rbac_group_name: Option<&'static str>,
    risk_score: Option<&'static str>,
    exposure_level: &'static str,
    is_aad_joined: bool,
    aad_device_id: Option<String>,
    #[serde(rename = "machineTags")]
    tags: Vec<&'static str>,
    onboarding_status: &'static str,
    os_architecture: &'static str,
    managed_by: &'static str,
    managed_by_status: &'static str,
    ip_addresses: Vec<IpAddress>,
    vm_metadata: Option<&'static str>,
}

/// Responds with a page of machines.
pub(crate) fn machines(defender: &Defender, call: &Call<'_>) -> Outcome {
    if let Some(fault) =
        defender.take(|kind| matches!(kind, DefenderFaultKind::Machines403 | DefenderFaultKind::Machines404))
    {
        return Ok(refusal(fault, call));
    }

    let options = ApiOptions::parse(call.options, &["$top", "$skip"])?;
    at_most("$top", options.top, LARGEST_TOP)?;
    let devices = defender.devices;
    if devices.len() == 0 {
        return Ok(nothing(call));
    }

    let size = defender.settings.machines_page_size;
    let first = match defender.settings.machines_paging {
        // Such a page begins again when the list is over.
        MachinesPaging::GrowingLink if options.top.is_none() => options.skip % devices.len(),
        _ => options.skip.min(devices.len()),
    };
    let end = first.saturating_add(options.top.unwrap_or(size).min(size)).min(devices.len());

    let items: Vec<_> = (first..end).map(|position| Machine::from_device(&devices.device(position))).collect();
    let link = match defender.settings.machines_paging {
        _ if options.top.is_some() => None,
        MachinesPaging::Skip => None,
        MachinesPaging::Link => (end < devices.len()).then(|| format!("$skip={end}")),
        MachinesPaging::GrowingLink => Some(grown(call.options, size)),
    };
    let path = format!("{}/api", call.origin);
    let link = link.map(|options| format!("{path}/machines?{options}"));
    Ok(response::page(list(&format!("{path}/$metadata#Machines"), &items, link.as_deref()), None))
}

/// Renders a page without a count, with its next link last.
pub(crate) fn list(context: &str, items: &[impl Serialize], link: Option<&str>) -> Vec<u8> {
    let mut body = format!("{{\"@odata.context\":\"{context}\",\"value\":").into_bytes();
    // Every item can be written as JSON.
    body.extend(serde_json::to_vec(items).unwrap_or_default());
    if let Some(link) = link {
        body.extend_from_slice(format!(",\"@odata.nextLink\":{}", Value::from(link)).as_bytes());
    }
    body.push(b'}');
    body
}

/// Returns the 404 of a tenant without recent devices.
pub(crate) fn nothing(call: &Call<'_>) -> Response<Body> {
    call.error(StatusCode::NOT_FOUND, "ResourceNotFound", "No recent machines were found.")
}

fn refusal(fault: DefenderFaultKind, call: &Call<'_>) -> Response<Body> {
    match fault {
        DefenderFaultKind::Machines404 => nothing(call),
        _ => call.error(StatusCode::FORBIDDEN, "Forbidden", "The application does not have any of the required roles."),
    }
}

/// Returns the options of the next link of microsoft-365-docs#8316: each option of this page loses
/// its name.
fn grown(options: &[(String, String)], size: u64) -> String {
    let lost: Vec<_> = options.iter().map(|(_, value)| format!("={value}&")).collect();
    format!("{}$skip={size}", lost.concat())
}

impl Machine {
    fn from_device(device: &Device) -> Self {
        let (os_processor, os_architecture) = device.processor();
        let (managed_by, managed_by_status) = device.managed_by();
        let group = device.group();
        let id = group.map_or(0, |group| group.id);
        // The document says text, and a few items have it.
        let is_text = device.position > 0 && device.draw.about("group as text").one_in(150);
        let merged_into = device.merged_into();
        let entra_id = device.entra_id();

        Self {
            id: device.id(),
            is_potential_duplication: merged_into.is_some(),
            merged_into_machine_id: merged_into,
            is_excluded: device.is_excluded(),
            exclusion_reason: device.is_excluded().then_some("OutOfScope"),
            computer_dns_name: device.name(),
            first_seen: device.first_seen().map_or_else(|| NEVER.to_owned(), with_seven_digits),
            last_seen: with_seven_digits(device.last_seen()),
            os_platform: device.platform.name,
            os_version: None,
            os_processor,
            version: device.platform.version,
            last_ip_address: device.address(),
            last_external_ip_address: device.external_address(),
            agent_version: device.agent_version(),
            os_build: device.build(),
            health_status: device.health(),
            device_value: device.value(),
            rbac_group_id: if is_text { Value::from(id.to_string()) } else { Value::from(id) },
            rbac_group_name: group.map(|group| group.name),
            risk_score: device.risk(),
            exposure_level: device.exposure(),
            is_aad_joined: entra_id.is_some(),
            aad_device_id: entra_id,
            tags: device.tags(),
            onboarding_status: if device.is_onboarded() { "Onboarded" } else { "CanBeOnboarded" },
            os_architecture,
            managed_by,
            managed_by_status,
            ip_addresses: device.addresses(),
            vm_metadata: None,
        }
    }
}
