//! `GET /api/machines/SoftwareVulnerabilitiesByMachine`: the vulnerabilities of each device.

use std::fmt::Write as _;

use super::Defender;
use super::call::{Call, Outcome};
use super::device::Devices;
use super::options::{ApiOptions, at_most};
use super::vulnerability_rows::rows;
use crate::response;
use crate::select::Select;
use crate::skip_token::SkipToken;

/// The last segments of the path, as the next link writes them.
const PATH: &str = "machines/SoftwareVulnerabilitiesByMachine";

const DEFAULT_PAGE: u64 = 50_000;
const LARGEST_PAGE: u64 = 200_000;

/// The bits of a position in a skip token that hold the row.
const ROW_BITS: u32 = 16;

/// Responds with a page of rows. A skip token holds the position of a device and the row among its
/// rows.
pub(crate) fn vulnerabilities(defender: &Defender, call: &Call<'_>) -> Outcome {
    let options = ApiOptions::parse(call.options, &["$top", "$skiptoken"])?;
    at_most("pageSize", options.page_size, LARGEST_PAGE)?;
    let token = match options.skip_token {
        Some(token) => defender.vulnerability_seal.open(token).ok_or("The continuation token is not valid.")?,
        None => SkipToken { position: 0, page: 1, select: Select::ALL, counts: false },
    };

    let size = options.page_size.filter(|size| *size > 0).unwrap_or(DEFAULT_PAGE);
    let wanted = options.top.unwrap_or(size).min(size);
    let context = "microsoft.windowsDefenderATP.api.AssetVulnerability";
    let mut body = format!("{{\"@odata.context\":\"{}/api/$metadata#Collection({context})\",\"value\":[", call.origin);
    let next = write_rows(&defender.devices, token.position, wanted, &mut body)?;
    body.push(']');
    if let Some(position) = next.filter(|_| options.top.is_none()) {
        let next = SkipToken { position, page: token.page.saturating_add(1), ..token };
        let sealed = defender.vulnerability_seal.seal(&next);
        // Writing to a string cannot fail.
        let _ = write!(body, ",\"@odata.nextLink\":\"{}/api/{PATH}?pagesize={size}&$skiptoken={sealed}\"", call.origin);
    }
    body.push('}');
    Ok(response::page(body.into_bytes(), None))
}

/// Appends at most this many rows from a position, with commas between them. Returns the position
/// of the next row, or `None` if none follows.
fn write_rows(devices: &Devices, start: u64, wanted: u64, out: &mut String) -> Result<Option<u64>, String> {
    let (first, mut skipped) = (start >> ROW_BITS, start & ((1 << ROW_BITS) - 1));
    let mut left = wanted;
    for position in first..devices.len() {
        for (place, row) in (0..).zip(rows(&devices.device(position))).skip(usize::try_from(skipped).unwrap_or(0)) {
            if left == 0 {
                return Ok(Some(position << ROW_BITS | place));
            }
            if left < wanted {
                out.push(',');
            }
            out.push_str(&serde_json::to_string(&row).map_err(|error| error.to_string())?);
            left -= 1;
        }
        skipped = 0;
    }
    Ok(None)
}
