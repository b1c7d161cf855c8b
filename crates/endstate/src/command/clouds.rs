//! `endstate clouds`: the table of clouds and regional hosts, and what is known of each.

use endstate_reqwest::{ApiEndpoint, CloudEndpoint, Evidence, Region};
use serde::Serialize;

use super::table_columns::arrangement;
use crate::cli::{CloudsArgs, ReportFormat};
use crate::exit::Exit;
use crate::report::arrangement::{Arrangement, Reader, TableColumns};
use crate::report::json_document;
use crate::report::table::{Cell, Column, ResultTable};
use crate::terminal::output;

pub(crate) fn run(args: &CloudsArgs) -> anyhow::Result<Exit> {
    let format = if args.json { ReportFormat::Json } else { ReportFormat::Table };
    let Some(arrangement) =
        arrangement(&args.columns, &format, |_| TableColumns::sorted(table().columns().iter().copied()))?
    else {
        return Ok(Exit::Done);
    };
    let clouds = CloudEndpoint::ALL.iter().map(CloudOutput::from);
    let text = if args.json {
        json_document::text("clouds", &CloudsOutput { clouds: clouds.collect() })?
    } else {
        text(arrangement)
    };
    output::data(&text)?;
    Ok(Exit::Done)
}

fn table() -> ResultTable {
    let mut table = ResultTable::new([
        Column::shown("CLOUD"),
        Column::shown("REGION"),
        Column::shown("SIGN-IN").gives_way(1),
        Column::shown("SERVICE ROOT").wraps(),
        Column::shown("SERVES THE COLLECTION").gives_way(2),
    ]);
    for cloud in CloudEndpoint::ALL {
        table.row([
            Cell::text(cloud.cloud.as_str()),
            Cell::text(cloud.region.map_or("", Region::as_str)),
            Cell::text(cloud.authority),
            Cell::text(cloud.service_root),
            Cell::text(evidence(cloud)),
        ]);
    }
    table
}

fn text(arrangement: Arrangement<'_>) -> String {
    let table = arrangement.apply(table(), Reader::Person);
    let note = "Not known: no document says so. A host without the collection answers 404, and the pull fails.";
    let more = "For scopes, pinned hosts and the source of each row, run `endstate clouds --json`.";
    format!("{}\n\n{}\n{}\n", table.all().plain(), output::wrapped(note), output::wrapped(more))
}

/// The clouds, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CloudsOutput {
    clouds: Vec<CloudOutput>,
}

/// A cloud or a region of it, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CloudOutput {
    cloud: &'static str,
    region: Option<&'static str>,
    authority: &'static str,
    service_root: &'static str,
    scope: &'static str,
    /// Further hosts that get the token.
    also_pinned: &'static [&'static str],
    defender: ApiOutput,
    graph: ApiOutput,
    portal: &'static str,
    entra_portal: &'static str,
    /// `documented` or `not known`.
    serves_the_collection: &'static str,
    /// Where the row comes from.
    source: &'static str,
}

/// One of today's APIs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ApiOutput {
    root: &'static str,
    scope: &'static str,
    also_pinned: &'static [&'static str],
}

impl From<&'static CloudEndpoint> for CloudOutput {
    fn from(cloud: &'static CloudEndpoint) -> Self {
        let api =
            |ApiEndpoint { root, scope, also_pinned, .. }: &'static ApiEndpoint| ApiOutput { root, scope, also_pinned };
        Self {
            cloud: cloud.cloud.as_str(),
            region: cloud.region.map(Region::as_str),
            authority: cloud.authority,
            service_root: cloud.service_root,
            scope: cloud.scope,
            also_pinned: cloud.also_pinned,
            defender: api(&cloud.defender),
            graph: api(&cloud.graph),
            portal: cloud.portal,
            entra_portal: cloud.entra_portal,
            serves_the_collection: evidence(cloud),
            source: cloud.source,
        }
    }
}

fn evidence(cloud: &CloudEndpoint) -> &'static str {
    if cloud.evidence == Evidence::Documented { "documented" } else { "not known" }
}
