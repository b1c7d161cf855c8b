//! `endstate clouds`: the table of clouds and regional hosts, and what is known of each.

use endstate_reqwest::{ApiEndpoint, CloudEndpoint, Evidence, Region};
use serde_json::{Value, json};

use crate::cli::CloudsArgs;
use crate::exit::Exit;
use crate::report::table::{Cell, Column, ResultTable};
use crate::terminal::output;

pub(crate) fn run(args: &CloudsArgs) -> anyhow::Result<Exit> {
    let text = if args.json { format!("{:#}\n", json()) } else { text() };
    output::data(&text)?;
    Ok(Exit::Done)
}

fn text() -> String {
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
    let note = "Not known: no document says so. A host without the collection answers 404, and the pull fails.";
    let more = "For scopes, pinned hosts and the source of each row, run `endstate clouds --json`.";
    format!("{}\n\n{}\n{}\n", table.all().plain(), output::wrapped(note), output::wrapped(more))
}

fn json() -> Value {
    let row = |cloud: &CloudEndpoint| {
        json!({
            "cloud": cloud.cloud.as_str(),
            "region": cloud.region.map(Region::as_str),
            "authority": cloud.authority,
            "service_root": cloud.service_root,
            "scope": cloud.scope,
            "also_pinned": cloud.also_pinned,
            "defender": api(&cloud.defender),
            "graph": api(&cloud.graph),
            "portal": cloud.portal,
            "entra_portal": cloud.entra_portal,
            "serves_the_collection": evidence(cloud),
            "source": cloud.source,
        })
    };
    CloudEndpoint::ALL.iter().map(row).collect()
}

/// One of today's APIs.
fn api(endpoint: &ApiEndpoint) -> Value {
    json!({ "root": endpoint.root, "scope": endpoint.scope, "also_pinned": endpoint.also_pinned })
}

fn evidence(cloud: &CloudEndpoint) -> &'static str {
    if cloud.evidence == Evidence::Documented { "documented" } else { "not known" }
}
