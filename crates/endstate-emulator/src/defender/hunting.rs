//! `POST /v1.0/security/runHuntingQuery`: advanced hunting of Microsoft Graph.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use jiff::Span;
use serde::Deserialize;

use super::Defender;
use super::call::Call;
use super::fault::DefenderFaultKind;
use super::graph_error::{graph_error, graph_json};
use super::hunting_query::HuntingQuery;
use super::hunting_rows::{COLUMNS, chosen, device_row, devices_in_parts};
use super::hunting_vulnerabilities::{vulnerabilities_in_parts, vulnerabilities_of_updates};
use crate::response;

/// The body of a request.
#[derive(Deserialize)]
struct HuntingRequest {
    #[serde(rename = "Query", alias = "query")]
    query: String,
    #[serde(rename = "Timespan", alias = "timespan")]
    timespan: Option<String>,
}

/// How many days back the tables reach.
const DAYS: i64 = 30;

/// Responds to a query.
pub(crate) fn hunt(defender: &Defender, call: &Call<'_>) -> Response<Body> {
    let fail = |status, code, message: &str| graph_error(call, defender.devices.now, status, code, message);
    if defender.take(|kind| kind == DefenderFaultKind::Forbidden).is_some() {
        return fail(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    }

    let Ok(request) = serde_json::from_slice::<HuntingRequest>(call.body) else {
        return fail(400, "BadRequest", "Unable to read JSON request payload.");
    };
    let Some(query) = HuntingQuery::parse(&request.query) else {
        return fail(400, "BadRequest", &not_resolved(first_table(&request.query)));
    };
    // The queries that only count are cheap, and never fail.
    let has_rows = matches!(query, HuntingQuery::DeviceStates { .. } | HuntingQuery::VulnerabilitiesOfUpdates { .. });
    let take = |is_its: fn(DefenderFaultKind) -> bool| has_rows.then(|| defender.take(is_its)).flatten();
    if let Some(refusal) = take(refuses).and_then(|fault| refusal(fault, &fail)) {
        return refusal;
    }

    let limit = match take(|kind| matches!(kind, DefenderFaultKind::RowLimit(_))) {
        Some(DefenderFaultKind::RowLimit(limit)) => limit,
        _ => defender.settings.hunting_row_limit,
    };
    let days = request.timespan.as_deref().and_then(days).unwrap_or(DAYS).min(DAYS);
    let (columns, kind, mut rows) = match query {
        HuntingQuery::DevicesInParts { parts } if parts > 0 => {
            (&["Part", "Devices"][..], "Int64", devices_in_parts(&defender.devices, days, parts))
        }
        HuntingQuery::DeviceStates { parts, part, configurations } if parts > 0 => {
            (&COLUMNS[..], "String", device_rows(defender, days, (parts, part), &configurations))
        }
        HuntingQuery::VulnerabilitiesInParts { parts } if parts > 0 => {
            let rows = vulnerabilities_in_parts(&defender.devices, days, parts);
            (&["Part", "Vulnerabilities"][..], "Int64", rows)
        }
        HuntingQuery::VulnerabilitiesOfUpdates { parts, part } if parts > 0 => {
            let rows = vulnerabilities_of_updates(&defender.devices, days, (parts, part));
            (&["Kb", "CveId", "Severity"][..], "String", rows)
        }
        _ => return fail(400, "BadRequest", "hash(): the argument must be a positive number."),
    };

    // The service says nothing about the rows that it leaves out.
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let schema: Vec<_> = columns.iter().map(|name| format!("{{\"name\":\"{name}\",\"type\":\"{kind}\"}}")).collect();
    let context = format!("{}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults", call.origin);
    let (schema, rows) = (schema.join(","), rows.join(","));
    graph_json(
        StatusCode::OK,
        format!("{{\"@odata.context\":\"{context}\",\"schema\":[{schema}],\"results\":[{rows}]}}"),
    )
}

fn device_rows(defender: &Defender, days: i64, part: (u64, u64), configurations: &[String]) -> Vec<String> {
    let devices = defender.devices;
    let is_chosen = chosen(configurations);
    (0..devices.len()).filter_map(|position| device_row(&devices, position, days, part, &is_chosen)).collect()
}

/// Returns whether a fault refuses queries for devices.
fn refuses(kind: DefenderFaultKind) -> bool {
    matches!(
        kind,
        DefenderFaultKind::Preempted
            | DefenderFaultKind::ResultSize
            | DefenderFaultKind::Hunting500
            | DefenderFaultKind::Hunting502
            | DefenderFaultKind::MissingTable
    )
}

/// Returns the response of a fault that refuses a query.
fn refusal(
    fault: DefenderFaultKind,
    fail: &dyn Fn(u16, &'static str, &str) -> Response<Body>,
) -> Option<Response<Body>> {
    Some(match fault {
        DefenderFaultKind::Preempted => fail(
            400,
            "BadRequest",
            "Query execution has exceeded the allowed limits. The query execution was preempted. This could possibly \
             be due to high CPU and/or memory resource consumption. Optimize your query by following best practices \
             and try again.",
        ),
        DefenderFaultKind::ResultSize => fail(
            400,
            "BadRequest",
            "Query execution has exceeded the allowed result size. Optimize your query by limiting the amount of \
             results and try again.",
        ),
        DefenderFaultKind::Hunting500 => fail(500, "UnknownError", ""),
        DefenderFaultKind::Hunting502 => response::proxy_error(StatusCode::BAD_GATEWAY),
        DefenderFaultKind::MissingTable => {
            fail(400, "BadRequest", &not_resolved("DeviceTvmSecureConfigurationAssessment"))
        }
        _ => return None,
    })
}

fn not_resolved(name: &str) -> String {
    format!(
        "'where' operator: Failed to resolve table or column expression named '{name}'. Fix semantic errors in your \
         query."
    )
}

/// Returns the name with which a query begins, after its comments.
fn first_table(query: &str) -> &str {
    let lines = query.lines().map(str::trim);
    let first = lines.filter(|line| !line.is_empty() && !line.starts_with("//")).map(first_word).next();
    first.unwrap_or_default()
}

fn first_word(line: &str) -> &str {
    let end = line.find(|character: char| !character.is_alphanumeric() && character != '_');
    end.map_or(line, |end| &line[..end])
}

/// Returns the number of days in a duration such as `P30D`.
fn days(span: &str) -> Option<i64> {
    let span: Span = span.parse().ok()?;
    Some(i64::from(span.get_days()))
}
