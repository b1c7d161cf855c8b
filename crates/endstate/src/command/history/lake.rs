//! A history in a folder.

use std::path::Path;

use anyhow::{Context, ensure};
use endstate_analysis::HistoryBuilder;
use endstate_history::{HistoryError, Lake, Snapshot, TenantName};

use super::Asked;
pub(super) use super::add::add;
use crate::cli::{HistoryArgs, HistoryListArgs};
use crate::command::result_output::ResultOutput;
use crate::exit::{Exit, UsageError};
use crate::report::history_list::{self, ListedPull};
use crate::store::format::FormulaGuard;

/// The history of a tenant.
pub(super) fn read(folder: &Path, args: &HistoryArgs) -> anyhow::Result<Asked> {
    let lake = open(folder)?;
    let mut snapshots = lake.snapshots()?;
    let tenant = args.tenant.as_deref().map(str::parse::<TenantName>).transpose()?;
    if let Some(tenant) = &tenant {
        let known = names(&snapshots);
        snapshots.retain(|snapshot| snapshot.tenant.as_ref() == Some(tenant));
        let message = || UsageError::new(format!("the history has no pull of {tenant}; it has {known}"));
        ensure!(!snapshots.is_empty(), message());
    }
    let several = snapshots.windows(2).any(|pair| pair[0].tenant != pair[1].tenant);
    let message =
        || UsageError::new(format!("the history has several tenants: {}; name one with --tenant", names(&snapshots)));
    ensure!(!several, message());

    let end = snapshots.last().map_or(0, |snapshot| snapshot.started_at.as_second());
    let seconds = args.last.map_or(i64::MAX, |last| i64::try_from(last.as_secs()).unwrap_or(i64::MAX));
    snapshots.retain(|snapshot| end - snapshot.started_at.as_second() <= seconds);
    let mut builder = HistoryBuilder::new();
    for snapshot in &snapshots {
        lake.add_to(&mut builder, snapshot)?;
    }
    let tenant = snapshots.first().and_then(|snapshot| snapshot.tenant.as_ref()).map(ToString::to_string);
    Ok(Asked { source: folder.display().to_string(), tenant, history: builder.finish() })
}

/// The tenants of a history, for people.
fn names(snapshots: &[Snapshot]) -> String {
    let mut names: Vec<_> = snapshots
        .iter()
        .map(|snapshot| snapshot.tenant.as_ref().map_or("a tenant without a name", TenantName::as_str))
        .collect();
    names.dedup();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn open(folder: &Path) -> anyhow::Result<Lake> {
    match Lake::open(folder) {
        Err(HistoryError::NotATable { .. }) => {
            let name = folder.display();
            let message = format!("{name} is not a history; begin one with `endstate history add {name} FILE`");
            Err(UsageError::new(message).into())
        }
        opened => opened.with_context(|| format!("cannot open the history {}", folder.display())),
    }
}

pub(super) fn list(args: &HistoryListArgs) -> anyhow::Result<Exit> {
    let result_output = ResultOutput::open(args.result.output.as_ref())?;
    let format = result_output.format(args.result.format)?;
    let snapshots = open(&args.lake)?.snapshots()?;
    let listed: Vec<_> = snapshots
        .iter()
        .map(|snapshot| ListedPull {
            tenant: snapshot.tenant.as_ref().map(TenantName::as_str),
            started_at: snapshot.started_at,
            devices: snapshot.devices,
            pull_id: snapshot.pull.as_str(),
        })
        .collect();
    let text = history_list::render(&listed, format, args.result.limit, FormulaGuard::from_flag(args.result.csv_raw))?;
    result_output.write(&format, &text)?;
    Ok(Exit::Done)
}
