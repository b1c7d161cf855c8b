//! What is kept of a pull beside its states.

use endstate_model::UtcTime;

use crate::pull_id::hex;
use crate::{PullId, TenantName};

/// The word of an outcome with which a pull has every device.
pub(crate) const COMPLETE: &str = "complete";

/// What is kept of a pull beside its states. It is a row of the table `pulls`, which has every
/// pull, incomplete ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullRecord {
    /// What tells the pull from every other.
    pub id: PullId,
    /// The tenant; `None` if nothing names it.
    pub tenant: Option<TenantName>,
    /// When it started.
    pub started_at: UtcTime,
    /// When it ended; `None` if that is not known.
    pub finished_at: Option<UtcTime>,
    /// What states were read from, such as `hunting`.
    pub source: String,
    /// The URL of the service, without its query.
    pub service: String,
    /// The profile of the settings.
    pub profile: Option<String>,
    /// How it ended: `complete`, `incomplete`, `failed` or `unknown`.
    pub outcome: String,
    /// Why it is not complete, such as `page_lost`.
    pub reason: Option<String>,
    /// Devices that were read.
    pub devices: u64,
    /// Rows that were written.
    pub rows: u64,
    /// Devices that Defender has not assessed; `None` if the source does not say it.
    pub not_assessed: Option<u64>,
    /// The receipt, a JSON object, verbatim.
    pub receipt: String,
}

impl PullRecord {
    /// A complete pull that started at this moment, of which nothing else is known.
    pub fn new(id: PullId, started_at: UtcTime) -> Self {
        Self {
            id,
            tenant: None,
            started_at,
            finished_at: None,
            source: String::new(),
            service: String::new(),
            profile: None,
            outcome: COMPLETE.to_owned(),
            reason: None,
            devices: 0,
            rows: 0,
            not_assessed: None,
            receipt: String::new(),
        }
    }

    /// The SHA-256 of the receipt, as 64 hexadecimal digits.
    pub fn receipt_digest(&self) -> String {
        hex(&hmac_sha256::Hash::hash(self.receipt.as_bytes()))
    }

    /// The date on which it started, in UTC, such as `2026-11-24`.
    pub(crate) fn started_on(&self) -> jiff::civil::Date {
        date_of(self.started_at)
    }
}

/// The date of a moment in UTC.
pub(crate) fn date_of(moment: UtcTime) -> jiff::civil::Date {
    let moment = jiff::Timestamp::from_second(moment.as_second()).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}
