//! `endstate updates`: which updates devices lack, and which vulnerabilities those would close.

use std::io;
use std::path::Path;

use anyhow::bail;
use endstate_analysis::{Condition, MissingUpdatesBuilder, UpdateCatalog};
use endstate_model::{CveKbMap, Entity, KbInfo, MachineSecurityState};

use crate::args::{ReportFormat, UpdatesArgs};
use crate::condition::{parsed, usage};
use crate::exit::Exit;
use crate::format::Cells;
use crate::output;
use crate::pull_facts::PullFacts;
use crate::pulled_file;
use crate::receipt::Receipt;
use crate::row::Row;
use crate::run::{self, Consumer};
use crate::settings::Given;
use crate::source::{Source, retry_policy};
use crate::tenants;
use crate::view::updates::UpdatesView;
use crate::view::verdict;

impl Consumer<KbInfo> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, KbInfo>) -> io::Result<()> {
        if let Ok(update) = row.item() {
            self.add_update(update.clone());
        }
        Ok(())
    }
}

impl Consumer<CveKbMap> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, CveKbMap>) -> io::Result<()> {
        if let Ok(vulnerability) = row.item() {
            self.add_vulnerability(vulnerability.clone());
        }
        Ok(())
    }
}

impl Consumer<MachineSecurityState> for MissingUpdatesBuilder {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

/// Where collections are read from.
enum From<'a> {
    Service(Box<Source>),
    /// The states, the updates and the vulnerabilities.
    Files([&'a Path; 3]),
}

pub(crate) async fn run(args: &UpdatesArgs, given: &Given) -> anyhow::Result<Exit> {
    let condition: Option<Condition<MachineSecurityState>> = match args.condition.as_deref().map(parsed).transpose() {
        Ok(condition) => condition,
        Err(error) => return Ok(usage(&error)),
    };
    let from =
        if let (Some(states), Some(updates), Some(vulnerabilities)) = (&args.states, &args.kbinfo, &args.cvekbmap) {
            From::Files([states, updates, vulnerabilities])
        } else {
            let settings = tenants::only(&args.source, given)?;
            From::Service(Box::new(Source::open(&args.source, settings, false).await?))
        };
    // The small collections first: where they are not to be had, the large one need not be asked for.
    let mut catalog = UpdateCatalog::new();
    let updates = match read::<KbInfo>(&from, 1, None, &mut catalog).await? {
        Ok(facts) => facts,
        Err(exit) => return Ok(exit),
    };
    let vulnerabilities = match read::<CveKbMap>(&from, 2, None, &mut catalog).await? {
        Ok(facts) => facts,
        Err(exit) => return Ok(exit),
    };
    let without_version = catalog.without_version();
    if catalog.updates() == 0 && without_version > 0 {
        bail!("{} has no update with a version: is it a pull of kbinfo?", updates.name);
    }
    let mut builder = MissingUpdatesBuilder::new(catalog, args.limit);
    let states = match read(&from, 0, condition.as_ref(), &mut builder).await? {
        Ok(facts) => facts,
        Err(exit) => return Ok(exit),
    };
    let missing = builder.finish();
    let facts = [&states, &updates, &vulnerabilities];
    let cells = Cells::of(args.csv_raw);
    let view = UpdatesView { missing: &missing, by: args.by, facts, without_version, limit: args.limit, cells };
    output::data(&view.render(args.format)?)?;
    if args.format == ReportFormat::Csv {
        // A flat table has no place for it.
        for facts in facts {
            output::verdict(facts.completeness.is_complete(), facts.completeness.line());
        }
    }
    let is_incomplete = facts.iter().any(|facts| facts.completeness.is_incomplete());
    Ok(if is_incomplete { Exit::Incomplete } else { Exit::Done })
}

/// Gives every item of a collection to `consumer`. The error is the exit of a pull that read nothing, about which all is
/// said already.
async fn read<E: Entity>(
    from: &From<'_>,
    place: usize,
    condition: Option<&Condition<E>>,
    consumer: &mut impl Consumer<E>,
) -> anyhow::Result<Result<PullFacts, Exit>> {
    let source = match from {
        From::Service(source) => source,
        From::Files(paths) => return of_file(paths[place], condition, consumer).map(Ok),
    };
    let order = source.order(condition)?;
    let pulled = run::run(source, order, consumer).await?;
    let exit = Exit::of(&pulled.report);
    let receipt = Receipt::new(&pulled, &retry_policy(&source.settings.limits), None);
    if !matches!(exit, Exit::Done | Exit::Incomplete) {
        output::say(format_args!("{}:", receipt.source));
        verdict::tell(&receipt, pulled.report.failure.as_ref());
        return Ok(Err(exit));
    }
    verdict::tell_failure(&receipt, pulled.report.failure.as_ref());
    Ok(Ok(PullFacts::of_receipt(&receipt)))
}

fn of_file<E: Entity>(
    path: &Path,
    condition: Option<&Condition<E>>,
    consumer: &mut impl Consumer<E>,
) -> anyhow::Result<PullFacts> {
    let mut given = Ok(());
    let read = pulled_file::read(path, |row| {
        if given.is_ok() && row.meets(condition) {
            given = consumer.row(row);
        }
    })?;
    given?;
    PullFacts::of_file(path, &read)
}
