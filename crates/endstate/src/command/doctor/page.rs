//! One page of one device, and the calls that are left after it.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Instant;

use endstate_model::MachineSecurityState;
use endstate_paging::{FetchError, FetchErrorKind};
use endstate_reqwest::TokenClaims;
use futures_util::StreamExt;

use super::check::{Check, LIMITS, PAGE};
use super::token::permissions_page;
use crate::config::endpoint::{Endpoint, caveat};
use crate::config::settings::Settings;
use crate::pull::request::PullRequest;
use crate::report::hint;
use crate::service::sign_in::SignIn;
use crate::service::source::LiveSource;
use crate::terminal::error_chain;
use crate::terminal::number::{counted, grouped};

/// Requests one device, and reports what is left of the limits.
pub(super) async fn check(
    endpoint: &Endpoint,
    sign_in: SignIn,
    mut settings: Settings,
    claims: Option<&TokenClaims>,
) -> Vec<Check> {
    settings.limits.page_size = Some(NonZeroU32::MIN);
    settings.limits.max_pages = Some(NonZeroU64::MIN);
    settings.limits.retries = 0;
    settings.limits.ahead = 0;
    let prepared = LiveSource::new(endpoint, sign_in.token, settings)
        .and_then(|source| Ok((PullRequest::<MachineSecurityState>::new(&source, None)?, source)));
    let (request, source) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let message = error_chain::one_line(error.as_ref());
            let failed = Check::failed(PAGE, message, "Check --service-root and --ca-file.");
            return vec![failed, Check::skipped(LIMITS, PAGE)];
        }
    };

    let started = Instant::now();
    let mut pages = request.pull.pages();
    let mut devices = 0;
    while let Some(page) = pages.next().await {
        devices += page.map_or(0, |page| page.rows().count());
    }
    let report = pages.report();
    if let (0, Some(failure)) = (report.pages, &report.failure) {
        return vec![page_failed(failure, endpoint, claims), limits_after_failure(failure)];
    }

    let count = report.expected.map(|count| format!(" of {}", grouped(count))).unwrap_or_default();
    let seconds = started.elapsed().as_secs_f64();
    let more = if devices > 1 { "; the service ignores the requested page size of 1" } else { "" };
    let message = format!("{}{count} ({seconds:.1} s){more}", counted(devices as u64, "device"));
    vec![Check::ok(PAGE, message), Check::ok(LIMITS, calls_left(&source))]
}

fn calls_left(source: &LiveSource) -> String {
    let limits = &source.settings.limits;
    match source.transport.pacer().calls_left() {
        None => "no limit is set".to_owned(),
        Some(left) => format!(
            "{left} of {} calls left this minute, of {} an hour; other clients of the app share these limits",
            limits.calls_per_minute, limits.calls_per_hour
        ),
    }
}

fn limits_after_failure(failure: &FetchError) -> Check {
    match failure.retry_after() {
        Some(wait) => Check::failed(
            LIMITS,
            format!("no calls left: the service requires a wait of {} s", wait.as_secs()),
            "Wait, and lower --calls-per-minute: another client of the app shares the limit.",
        ),
        None => Check::skipped(LIMITS, PAGE),
    }
}

fn page_failed(failure: &FetchError, endpoint: &Endpoint, claims: Option<&TokenClaims>) -> Check {
    let server = failure.server().map(|server| format!(": {server}")).unwrap_or_default();
    let message = format!("{}{server}", error_chain::one_line(failure));

    let mut remedies: Vec<_> = hint::for_fetch_error(failure, true, endpoint.cloud.entra_portal).into_iter().collect();
    if failure.kind() == FetchErrorKind::Forbidden {
        remedies.push(permissions_page(claims, endpoint));
    }
    remedies.extend(caveat(endpoint.cloud).filter(|_| endpoint.is_in_cloud));
    Check::failed(PAGE, message, remedies.join(" "))
}
