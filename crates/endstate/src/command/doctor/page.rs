//! One page of one device, and the calls that are left after it.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Instant;

use endstate_assessment::{HuntingQuery, HuntingResults};
use endstate_model::MachineSecurityState;
use endstate_odata::Query;
use endstate_paging::{FetchError, FetchErrorKind, QueryTransport, Transport};
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
use crate::service::source_kind::SourceKind;
use crate::terminal::error_chain;
use crate::terminal::number::{counted, grouped};

/// Requests one device, and reports what is left of the limits. Returns also why the service did
/// not send it.
pub(super) async fn check(
    endpoint: &Endpoint,
    sign_in: SignIn,
    mut settings: Settings,
    claims: Option<&TokenClaims>,
) -> (Vec<Check>, Option<FetchError>) {
    let kind = SourceKind::from_settings(&settings);
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
            let remedy = format!("Check {} and --ca-file.", kind.api().root_option());
            return (vec![Check::failed(PAGE, message, remedy), Check::skipped(LIMITS, PAGE)], None);
        }
    };

    let started = Instant::now();
    let answer = match kind {
        SourceKind::Hunting => one_query(&source).await,
        SourceKind::Assessments => {
            let one_row = Query::new().option("pageSize", "1");
            one_row_each(&source, "machines/SecureConfigurationsAssessmentByMachine", &one_row).await
        }
        SourceKind::Export => {
            one_row_each(&source, "machines/SecureConfigurationsAssessmentExport", &Query::new()).await
        }
        SourceKind::Preview => one_device(request).await,
    };
    match answer {
        Ok(answer) => {
            let message = format!("{answer} ({:.1} s)", started.elapsed().as_secs_f64());
            (vec![Check::ok(PAGE, message), Check::ok(LIMITS, calls_left(&source))], None)
        }
        Err(failure) => {
            let checks = vec![page_failed(&failure, kind, endpoint, claims), limits_after_failure(&failure)];
            (checks, Some(failure))
        }
    }
}

/// One device of the documented collection.
async fn one_device(request: PullRequest<'_, MachineSecurityState>) -> Result<String, FetchError> {
    let mut pages = request.pull.pages();
    let mut devices = 0;
    while let Some(page) = pages.next().await {
        devices += page.map_or(0, |page| page.rows().count());
    }
    let report = pages.report();
    if let (0, Some(failure)) = (report.pages, &report.failure) {
        return Err(failure.clone());
    }
    let count = report.expected.map(|count| format!(" of {}", grouped(count))).unwrap_or_default();
    let more = if devices > 1 { "; the service ignores the requested page size of 1" } else { "" };
    Ok(format!("{}{count}{more}", counted(devices as u64, "device")))
}

/// One row of each collection from which states are folded; the beginning of the list of files.
async fn one_row_each(source: &LiveSource, assessment: &str, options: &Query) -> Result<String, FetchError> {
    let mut answered = Vec::new();
    let one_item = Query::new().top(1);
    for (name, query) in [("machines", &one_item), ("deviceavinfo", &one_item), (assessment, options)] {
        let url = source.url_of(name).map_err(|error| FetchError::new(FetchErrorKind::Rejected, error.to_string()))?;
        let response = source.transport.fetch(&url.with_query(query)).await?;
        let _: Vec<_> = response.body.take(1).collect().await;
        answered.push(name);
    }
    Ok(format!("{} answered", answered.join(", ")))
}

/// The query that counts devices.
async fn one_query(source: &LiveSource) -> Result<String, FetchError> {
    let unreadable = |why: &str| FetchError::new(FetchErrorKind::NotAPage, why);
    let transport = source.hunting.as_ref().ok_or_else(|| unreadable("no transport for queries"))?;
    let query = HuntingQuery::DevicesInParts { parts: 1 }.to_string();
    let mut response = transport.query(&query).await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.body.next().await {
        body.extend_from_slice(&chunk?);
    }
    let results = HuntingResults::parse(&body).map_err(|error| unreadable("not an answer").with_source(error))?;
    let parts = results.devices_in_parts().ok_or_else(|| unreadable("the answer does not count devices"))?;
    let devices = parts.iter().map(|(_, devices)| devices).sum();
    Ok(format!("hunting knows {}", counted(devices, "device")))
}

fn calls_left(source: &LiveSource) -> String {
    let (per_minute, per_hour) = source.call_limits();
    match source.transport.pacer().calls_left() {
        None => "no limit is set".to_owned(),
        Some(left) => format!(
            "{left} of {per_minute} calls left this minute, of {per_hour} an hour; other clients of the app share these limits"
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

fn page_failed(failure: &FetchError, kind: SourceKind, endpoint: &Endpoint, claims: Option<&TokenClaims>) -> Check {
    let server = failure.server().map(|server| format!(": {server}")).unwrap_or_default();
    let message = format!("{}{server}", error_chain::one_line(failure));

    let hint = hint::for_fetch_error(failure, true, kind, endpoint.cloud.entra_portal);
    let mut remedies: Vec<_> = hint.into_iter().collect();
    if failure.kind() == FetchErrorKind::Forbidden {
        remedies.push(permissions_page(claims, endpoint));
    }
    if failure.kind() == FetchErrorKind::NotFound {
        remedies.push("To check one of today's sources: `endstate doctor --source hunting`.".to_owned());
    }
    remedies.extend(caveat(endpoint.cloud).filter(|_| endpoint.is_in_cloud));
    Check::failed(PAGE, message, remedies.join(" "))
}
