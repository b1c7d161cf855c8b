//! A history in a folder.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, ensure};
use endstate_analysis::HistoryBuilder;
use endstate_history::{HistoryError, Lake, Snapshot, TenantName};

pub(super) use super::add::add;
use super::{Asked, devices_of};
use crate::cli::{HistoryArgs, HistoryListArgs};
use crate::command::result_output::ResultOutput;
use crate::exit::{Exit, UsageError};
use crate::report::history_list::{self, ListedPull};
use crate::store::format::FormulaGuard;

/// The history of a tenant.
pub(super) fn read(folder: &Path, args: &HistoryArgs) -> anyhow::Result<Asked> {
    let lake = open(folder)?;
    let mut snapshots = lake.snapshots()?;
    if let Some(name) = &args.tenant {
        let known = names(&snapshots);
        snapshots.retain(|snapshot| snapshot.tenant.as_ref().map_or("", TenantName::as_str) == name);
        let message = || UsageError::new(format!("the history has no pull of '{name}'; it has {known}"));
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
    let history = builder.finish();
    let names = match snapshots.last() {
        Some(last) => lake.device_names(last, &devices_of(&history))?,
        None => HashMap::new(),
    };
    let tenant = snapshots.first().and_then(|snapshot| snapshot.tenant.as_ref()).map(ToString::to_string);
    Ok(Asked { source: folder.display().to_string(), tenant, history, names })
}

/// The tenants of a history, for people.
fn names(snapshots: &[Snapshot]) -> String {
    let mut names: Vec<_> = snapshots
        .iter()
        .map(|snapshot| snapshot.tenant.as_ref().map_or("one without a name (--tenant '')", TenantName::as_str))
        .collect();
    names.dedup();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// A history is a folder.
pub(super) fn check_folder(path: &Path) -> anyhow::Result<()> {
    let message = || format!("{} is a file; name the folder of a history", path.display());
    ensure!(path.is_dir() || !path.exists(), UsageError::new(message()));
    Ok(())
}

fn open(folder: &Path) -> anyhow::Result<Lake> {
    check_folder(folder)?;
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
    let text = history_list::render(&listed, format, args.limit, FormulaGuard::from_flag(args.result.csv_raw))?;
    result_output.write(&format, &text)?;
    Ok(Exit::Done)
}
