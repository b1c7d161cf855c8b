//! The first page of a service: its tenants, how their last pulls ended, and their reports.

use anyhow::Context;
use askama::Template;

use super::service_status::TenantStatus;
use crate::terminal::escape::escaped;
use crate::terminal::number::counted;

/// The page. It has no script and loads nothing.
#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage {
    tenants: Vec<TenantRow>,
}

/// A tenant of the page.
struct TenantRow {
    name: String,
    /// The path of its report; empty if there is no complete pull yet.
    report: String,
    /// What was read the last time that everything could be read.
    kept: String,
    /// How the last pull ended.
    last: String,
    is_complete: bool,
}

impl From<&TenantStatus> for TenantRow {
    fn from(status: &TenantStatus) -> Self {
        let name = status.name.as_deref();
        let report = match (&status.kept, name) {
            (None, _) => String::new(),
            (Some(_), None) => "/report".to_owned(),
            (Some(_), Some(name)) => {
                let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
                format!("/report/{name}")
            }
        };
        let kept = status.kept.as_ref().map(|kept| {
            let devices = counted(kept.triage.devices, "device");
            format!("{devices}, {} need attention, pulled {}", kept.triage.need_attention, kept.started_at)
        });
        let last = status.last.as_ref();
        Self {
            name: escaped(name.unwrap_or("The tenant")).into_owned(),
            report,
            kept: kept.unwrap_or_else(|| "no complete pull yet".to_owned()),
            last: last.map_or_else(|| "the first pull runs".to_owned(), |last| escaped(&last.verdict).into_owned()),
            is_complete: last.is_none_or(|last| last.outcome.is_complete()),
        }
    }
}

/// The page of these tenants.
pub(crate) fn service_page(tenants: &[TenantStatus]) -> anyhow::Result<String> {
    let page = ServicePage { tenants: tenants.iter().map(TenantRow::from).collect() };
    page.render().context("cannot write the page")
}
