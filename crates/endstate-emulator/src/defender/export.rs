//! `GET /api/machines/SecureConfigurationsAssessmentExport`: the assessment as files, and signed
//! URLs that lead to them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;
use jiff::Timestamp;
use serde_json::json;

use super::Defender;
use super::call::{Call, Outcome};
use super::draw::Draw;
use super::fault::DefenderFaultKind;
use super::options::{ApiOptions, at_most};
use super::times::{after, before, whole_seconds};
use crate::response;

/// The folder of the files.
pub(crate) const FOLDER: &str = "/tvm-export/";

/// The tenant, as in the identity service.
const TENANT: &str = "0e3dc0de-0000-4000-8000-00000000c0de";

/// Maximum lifetime of the URLs in hours. Without an option they live for one hour.
const LONGEST: u64 = 6;

/// Maximum devices of a file.
const DEVICES_OF_FILE: u64 = 500;

/// Number of files that even a small fleet has.
const FEWEST_FILES: u64 = 3;

/// Responds with the URLs of the files.
pub(crate) fn export(defender: &Defender, call: &Call<'_>) -> Outcome {
    let options = ApiOptions::parse(call.options, &[])?;
    at_most("sasValidHours", options.sas_valid_hours, LONGEST)?;
    let is_first = defender.exports.fetch_add(1, Ordering::Relaxed) == 0;
    if !is_first && defender.take(|kind| kind == DefenderFaultKind::ChangedGeneration).is_some() {
        defender.generation.fetch_add(1, Ordering::Relaxed);
    }

    let now = whole_seconds(defender.time());
    let hours = options.sas_valid_hours.unwrap_or(1).max(1);
    let is_expired = defender.take(|kind| kind == DefenderFaultKind::ExpiredUrl).is_some();
    let expiry = if is_expired {
        before(now, Duration::from_secs(60))
    } else {
        after(now, Duration::from_secs(hours * 60 * 60))
    };
    let start = before(expiry, Duration::from_secs(hours * 60 * 60));

    let generation = defender.generation.load(Ordering::Relaxed);
    let files = (0..defender.files()).map(|file| {
        let path = defender.file_path(generation, file);
        let (start, expiry) = (format!("{start:.0}"), format!("{expiry:.0}"));
        let signature = encoded(&signature(defender, &path, &start, &expiry));
        let (start, expiry) = (encoded(&start), encoded(&expiry));
        format!("{}{path}?sv=2019-12-12&st={start}&se={expiry}&sr=b&sp=r&sig={signature}", call.origin)
    });

    let body = json!({
        "@odata.context": format!("{}/api/$metadata#microsoft.windowsDefenderATP.api.ExportFilesResponse", call.origin),
        "exportFiles": files.collect::<Vec<_>>(),
        "generatedTime": format!("{:.0}", generated(defender, generation)),
    });
    Ok::<Response<Body>, String>(response::page(body.to_string().into_bytes(), None))
}

impl Defender {
    /// Returns the number of files of an export.
    pub(crate) fn files(&self) -> u64 {
        let devices = self.devices.len();
        devices.div_ceil(DEVICES_OF_FILE).max(FEWEST_FILES.min(devices))
    }

    /// Returns the positions of the devices in a file.
    pub(crate) fn devices_of_file(&self, file: u64) -> std::ops::Range<u64> {
        let size = self.devices.len().div_ceil(self.files().max(1));
        let first = (file * size).min(self.devices.len());
        first..(first + size).min(self.devices.len())
    }

    /// Returns the path of a file of a generation.
    pub(crate) fn file_path(&self, generation: u32, file: u64) -> String {
        let time = generated(self, generation).strftime("%Y-%m-%d/%H%M").to_string();
        let id = Draw::for_device(self.devices.fleet.seed(), u64::from(generation)).about("export").guid();
        format!("{FOLDER}{time}/ScaExport/json/OrgId={TENANT}/part-{file:05}-{id}.c000.json.gz")
    }
}

/// Returns when a generation was generated: an hour before the start, and each further one a minute
/// later.
fn generated(defender: &Defender, generation: u32) -> Timestamp {
    let minutes = defender.devices.now.as_second().div_euclid(60) - 60 + i64::from(generation);
    Timestamp::from_second(minutes * 60).unwrap_or(defender.devices.now)
}

/// Returns the signature of a URL.
pub(crate) fn signature(defender: &Defender, path: &str, start: &str, expiry: &str) -> String {
    let key = format!("endstate emulator export {}", defender.devices.fleet.seed());
    STANDARD.encode(HMAC::mac(format!("{path}\n{start}\n{expiry}").as_bytes(), key.as_bytes()))
}

/// Encodes the characters of a value that have a meaning in a query.
fn encoded(value: &str) -> String {
    value.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").replace(':', "%3A")
}
