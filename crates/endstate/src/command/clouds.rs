//! `endstate clouds`: the table of clouds and regional hosts, and what is known of each.

use endstate_reqwest::{Evidence, Region, Service};
use serde_json::{Value, json};

use crate::args::CloudsArgs;
use crate::exit::Exit;
use crate::output;
use crate::view::sheet::{Cell, Column, Sheet};

pub(crate) fn run(args: &CloudsArgs) -> anyhow::Result<Exit> {
    let text = if args.json { format!("{:#}\n", json()) } else { table() };
    output::data(&text)?;
    Ok(Exit::Done)
}

fn table() -> String {
    let mut sheet = Sheet::new([
        Column::shown("CLOUD"),
        Column::shown("REGION"),
        Column::shown("SIGN-IN"),
        Column::shown("SERVICE ROOT"),
        Column::shown("SERVES THE COLLECTION"),
    ]);
    for service in Service::ALL {
        sheet.row([
            Cell::text(service.cloud.as_str()),
            Cell::text(service.region.map_or("", Region::as_str)),
            Cell::text(service.authority),
            Cell::text(service.service_root),
            Cell::text(evidence(service)),
        ]);
    }
    format!(
        "{}\n\nNot known: no document says so. A host that does not serve it answers 404, and the pull fails and says so.\n\
         Scopes, pinned hosts and the source of each row: endstate clouds --json\n",
        sheet.first(usize::MAX).plain()
    )
}

fn json() -> Value {
    let row = |service: &Service| {
        json!({
            "cloud": service.cloud.as_str(),
            "region": service.region.map(Region::as_str),
            "authority": service.authority,
            "service_root": service.service_root,
            "scope": service.scope,
            "also_pinned": service.also_pinned,
            "portal": service.portal,
            "serves_the_collection": evidence(service),
            "source": service.source,
        })
    };
    Service::ALL.iter().map(row).collect()
}

fn evidence(service: &Service) -> &'static str {
    if service.evidence == Evidence::Documented { "documented" } else { "not known" }
}
