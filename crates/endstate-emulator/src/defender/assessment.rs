//! `GET /api/machines/SecureConfigurationsAssessmentByMachine`: a row for each device and
//! configuration.

use std::fmt::Write as _;

use super::Defender;
use super::assessment_rows::{AssessmentRows, Spelling};
use super::call::{Call, Outcome};
use super::device::Devices;
use super::fault::DefenderFaultKind;
use super::options::{ApiOptions, at_most};
use crate::response;
use crate::select::Select;
use crate::skip_token::SkipToken;

/// The last segments of the path, as the next link writes them.
const PATH: &str = "machines/SecureConfigurationsAssessmentByMachine";

const DEFAULT_PAGE: u64 = 50_000;
const LARGEST_PAGE: u64 = 200_000;

/// The bits of a position in a skip token that hold the row.
const ROW_BITS: u32 = 16;

/// A place in the list of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// The place of a visit: the position of its device, or that and the number of devices for a
    /// second visit.
    visit: u64,
    /// The row among those of the visit.
    row: usize,
}

/// The rows of all devices, in order.
#[derive(Debug, Clone, Copy)]
struct Listing {
    devices: Devices,
    /// Whether the rows of some devices come in two places.
    is_apart: bool,
}

/// Responds with a page of rows.
pub(crate) fn assessments(defender: &Defender, call: &Call<'_>) -> Outcome {
    let options = ApiOptions::parse(call.options, &["$top", "$skiptoken"])?;
    at_most("pageSize", options.page_size, LARGEST_PAGE)?;
    let token = if let Some(token) = options.skip_token {
        defender.seal.open(token).ok_or("The continuation token is not valid.")?
    } else {
        // The flag of a first page says whether rows are apart in the whole walk.
        let is_apart = defender.take(|kind| kind == DefenderFaultKind::RowsApart).is_some();
        SkipToken { position: 0, page: 1, select: Select::ALL, counts: is_apart }
    };

    let listing = Listing { devices: defender.devices, is_apart: token.counts };
    let size = options.page_size.filter(|size| *size > 0).unwrap_or(DEFAULT_PAGE);
    let wanted = options.top.unwrap_or(size).min(size);
    let mut place = Some(Place::from_bits(token.position));
    if token.page > 1 && defender.take(|kind| kind == DefenderFaultKind::LostPage).is_some() {
        place = place.and_then(|place| listing.write(place, wanted, &mut String::new()));
    }

    // The example of the document has no scheme here.
    let context =
        format!("{}/api/$metadata#Collection(microsoft.windowsDefenderATP.api.AssetConfiguration)", call.host);
    let mut body = format!("{{\"@odata.context\":\"{context}\",\"value\":[");
    let next = place.and_then(|place| listing.write(place, wanted, &mut body));
    body.push(']');
    if let Some(next) = next.filter(|_| options.top.is_none()) {
        let next = SkipToken { position: next.bits(), page: token.page.saturating_add(1), ..token };
        let sealed = defender.seal.seal(&next);
        // Writing to a string cannot fail.
        let _ = write!(body, ",\"@odata.nextLink\":\"{}/api/{PATH}?pagesize={size}&$skiptoken={sealed}\"", call.origin);
    }
    body.push('}');
    Ok(response::page(body.into_bytes(), None))
}

impl Listing {
    /// Appends at most this many rows, with commas between them. Returns the place of the next row,
    /// or `None` if none follows.
    fn write(&self, start: Place, rows: u64, out: &mut String) -> Option<Place> {
        let devices = self.devices.len();
        let visits = if self.is_apart { 2 * devices } else { devices };
        let mut left = rows;
        let mut is_first = true;

        for visit in start.visit..visits {
            let device = self.devices.device(visit % devices);
            let rows = AssessmentRows::new(&device, Spelling::Camel);
            let range = self.rows_of_visit(visit, rows.len());
            let skipped = if visit == start.visit { start.row } else { 0 };
            for row in range.skip(skipped) {
                if left == 0 {
                    let before = self.rows_of_visit(visit, rows.len()).start;
                    return Some(Place { visit, row: row - before });
                }
                if !is_first {
                    out.push(',');
                }
                rows.write(row, out);
                is_first = false;
                left -= 1;
            }
        }
        None
    }

    /// Returns which rows of its device come in a visit.
    fn rows_of_visit(&self, visit: u64, rows: usize) -> std::ops::Range<usize> {
        let (position, is_second) = (visit % self.devices.len(), visit >= self.devices.len());
        let splits = self.is_apart && position % 10 == 1;
        match (splits, is_second) {
            (true, false) => 0..rows / 2,
            (true, true) => rows / 2..rows,
            (false, false) => 0..rows,
            (false, true) => 0..0,
        }
    }
}

impl Place {
    fn bits(self) -> u64 {
        self.visit << ROW_BITS | self.row as u64
    }

    fn from_bits(bits: u64) -> Self {
        let row = usize::try_from(bits & ((1 << ROW_BITS) - 1)).unwrap_or(0);
        Self { visit: bits >> ROW_BITS, row }
    }
}
