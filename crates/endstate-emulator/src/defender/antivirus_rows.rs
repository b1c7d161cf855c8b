//! `GET /api/deviceavinfo`: the health of the antivirus, a row for each device.

use std::time::Duration;

use serde::Serialize;

use super::Defender;
use super::antivirus::{AntivirusHealth, ENGINE_VERSION, PLATFORM_VERSION, rows_of};
use super::call::{Call, Outcome};
use super::device::Device;
use super::machines::{LARGEST_TOP, list};
use super::machines_paging::MachinesPaging;
use super::options::{ApiOptions, at_most};
use super::times::{DAY, NEVER, before, whole_seconds};
use crate::response;

/// A row, in the order of the document. All values but the group's id are texts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AntivirusRow {
    id: String,
    machine_id: String,
    computer_dns_name: Option<String>,
    os_kind: &'static str,
    os_platform: &'static str,
    os_version: String,
    av_mode: &'static str,
    av_signature_version: String,
    av_engine_version: &'static str,
    av_platform_version: &'static str,
    last_seen_time: String,
    quick_scan_result: &'static str,
    quick_scan_error: &'static str,
    quick_scan_time: String,
    full_scan_result: &'static str,
    full_scan_error: &'static str,
    full_scan_time: &'static str,
    data_refresh_timestamp: String,
    av_engine_update_time: String,
    av_signature_update_time: String,
    av_platform_update_time: String,
    av_is_signature_up_to_date: &'static str,
    av_is_engine_up_to_date: &'static str,
    av_is_platform_up_to_date: &'static str,
    av_signature_publish_time: String,
    rbac_group_name: Option<&'static str>,
    rbac_group_id: u64,
}

/// Responds with a page of rows.
pub(crate) fn antivirus(defender: &Defender, call: &Call<'_>) -> Outcome {
    let options = ApiOptions::parse(call.options, &["$top", "$skip"])?;
    at_most("$top", options.top, LARGEST_TOP)?;
    let size = defender.settings.machines_page_size;
    let wanted = options.top.unwrap_or(size).min(size);

    let mut place = 0;
    let mut rows: Vec<AntivirusRow> = Vec::new();
    let mut has_more = false;
    for position in 0..defender.devices.len() {
        for copy in 0..rows_of(&defender.devices.fleet, position) {
            if rows.len() as u64 == wanted {
                has_more = true;
            } else if place >= options.skip {
                rows.push(AntivirusRow::from_device(&defender.devices.device(position), copy));
            }
            place += 1;
        }
        if has_more {
            break;
        }
    }

    let root = format!("{}/api", call.origin);
    let has_link = defender.settings.machines_paging == MachinesPaging::Link && options.top.is_none() && has_more;
    let next = options.skip.saturating_add(rows.len() as u64);
    let link = has_link.then(|| format!("{root}/deviceavinfo?$skip={next}"));
    Ok(response::page(list(&format!("{root}/$metadata#DeviceAvInfo"), &rows, link.as_deref()), None))
}

impl AntivirusRow {
    /// Returns a row of a device. A second row of a device is older, and has the result of another
    /// scan.
    fn from_device(device: &Device, copy: u64) -> Self {
        let health = AntivirusHealth::for_device(device);
        let draw = device.draw.about("scans");
        let seen = device.last_seen();
        let time = |age: u64| format!("{:.0}", before(whole_seconds(seen), Duration::from_secs(age)));
        let has_scanned = !draw.one_in(12);
        let (result, error) = match draw.at(1).below(20) {
            _ if !has_scanned => ("", ""),
            0 => ("Failed", "0x80508023"),
            1 => ("Canceled", "0x80508022"),
            _ => ("Completed", ""),
        };

        Self {
            id: device.id(),
            machine_id: device.id(),
            computer_dns_name: device.name(),
            os_kind: "windows",
            os_platform: device.platform.name,
            os_version: device.full_version(),
            av_mode: health.mode,
            av_signature_version: health.signature_version,
            av_engine_version: ENGINE_VERSION,
            av_platform_version: PLATFORM_VERSION,
            last_seen_time: time(0),
            quick_scan_result: if copy > 0 { "Canceled" } else { result },
            quick_scan_error: if copy > 0 { "0x80508022" } else { error },
            quick_scan_time: if has_scanned { time(draw.at(2).below(7 * DAY)) } else { NEVER.to_owned() },
            full_scan_result: "",
            full_scan_error: "",
            full_scan_time: NEVER,
            data_refresh_timestamp: time(copy * DAY),
            av_engine_update_time: time(9 * DAY),
            av_signature_update_time: format!("{:.0}", health.signature_updated),
            av_platform_update_time: time(20 * DAY),
            av_is_signature_up_to_date: health.is_up_to_date,
            av_is_engine_up_to_date: "True",
            av_is_platform_up_to_date: if draw.at(3).one_in(15) { "False" } else { "True" },
            av_signature_publish_time: format!("{:.0}", health.signature_updated),
            rbac_group_name: device.group().map(|group| group.name),
            rbac_group_id: device.group().map_or(0, |group| group.id),
        }
    }
}
