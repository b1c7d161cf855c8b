//! `endstate history add`: files of pulls enter a history.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use endstate_history::{Added, Lake, PullId, PullRecord, SnapshotWriter, TenantName};
use endstate_model::{Entity, MachineSecurityState, ParsedState, UtcTime};
use endstate_odata::RawItem;
use serde_json::Value;

use crate::cli::HistoryAddArgs;
use crate::exit::Exit;
use crate::pull::read::read_file;
use crate::rows::{Row, RowSink};
use crate::store::receipt::Receipt;
use crate::store::{file_receipt, lake};
use crate::terminal::number::counted;
use crate::terminal::output;

pub(crate) fn add(args: &HistoryAddArgs) -> anyhow::Result<Exit> {
    // What can be refused is refused before anything is written.
    let pulls = args.files.iter().map(|file| Pull::of(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let lake = lake::create(&args.lake)?;
    let mut exit = Exit::Done;
    for pull in pulls {
        let name = pull.file.display().to_string();
        exit = exit.max(report(&name, &args.lake, add_pull(&lake, pull)?));
    }
    Ok(exit)
}

/// Begins a history, if it does not exist. Fails before there is anything to lose.
pub(crate) fn prepare(lake: &Path) -> anyhow::Result<()> {
    lake::create(lake).map(|_| ())
}

/// Adds a file that was pulled just now.
pub(crate) fn add_file(lake: &Path, file: &Path) -> anyhow::Result<Exit> {
    let mut entered = add_pull(&lake::create(lake)?, Pull::of(file)?)?;
    if let Entered::Refused(why) = &mut entered {
        // The file may be one that only this program knows.
        *why = why.replace(&*file.to_string_lossy(), "the pull");
    }
    Ok(report("history", lake, entered))
}

/// Says what became of a file.
fn report(name: &str, lake: &Path, entered: Entered) -> Exit {
    let lake = lake.display();
    match entered {
        Entered::Added(Added::New, record) => {
            let devices = counted(record.devices, "device");
            output::say(format_args!("{name}: added {devices} of {} to {lake}", record.started_at));
        }
        Entered::Added(Added::AlreadyThere, _) => output::say(format_args!("{name}: {lake} has it already")),
        Entered::Expired => output::warn(format_args!(
            "{name}: {lake} had this pull, and `endstate history expire` has removed it; it is not added again"
        )),
        Entered::Refused(why) => {
            output::warn(format_args!("{why}, so it does not enter the history"));
            return Exit::Incomplete;
        }
    }
    Exit::Done
}

/// A file, and what its receipt says.
struct Pull<'f> {
    file: &'f Path,
    receipt: Receipt,
    record: PullRecord,
}

/// What became of a file.
enum Entered {
    Added(Added, Box<PullRecord>),
    /// The history had it, and it was removed.
    Expired,
    /// Why it does not have every device.
    Refused(String),
}

fn add_pull(lake: &Lake, Pull { file, receipt, mut record }: Pull<'_>) -> anyhow::Result<Entered> {
    let name = file.display();
    if lake.has(&record.id)? {
        // A program that was killed may have added the states alone.
        if receipt.outcome().is_complete() {
            lake.add_record(&record)?;
        }
        let there = lake.snapshots_between(record.started_at, record.started_at)?;
        let is_there = there.iter().any(|snapshot| snapshot.pull == record.id);
        let already_there = || Entered::Added(Added::AlreadyThere, Box::new(record));
        return Ok(if is_there { already_there() } else { Entered::Expired });
    }
    let mut sink = HistorySink { writer: lake.begin(&record)?, failed: None };
    let read = read_file(file, None, None, &mut sink);
    if let Some(error) = sink.failed {
        return Err(error.context(format!("cannot add {name}")));
    }

    let info = read?.info;
    let is_same = file_receipt::for_file(file)?.as_ref() == Some(&receipt);
    ensure!(is_same, "{name} was replaced while it was read; add it again");
    if let Some(why) = info.why_not_every_device() {
        // The receipt may say more than the file has.
        let outcome = info.outcome();
        let word = if outcome.is_complete() { "incomplete" } else { outcome.as_str() };
        word.clone_into(&mut record.outcome);
        record.reason = outcome.reason_word().map(ToOwned::to_owned);
        lake.add_record(&record)?;
        return Ok(Entered::Refused(why));
    }
    let added = sink.writer.finish(&record).with_context(|| format!("cannot add {name}"))?;
    Ok(Entered::Added(added, Box::new(record)))
}

impl<'f> Pull<'f> {
    /// Refuses a pull that does not have every device.
    fn of(file: &'f Path) -> anyhow::Result<Self> {
        let name = file.display();
        fs::metadata(file).with_context(|| format!("cannot read {name}"))?;
        let receipt = file_receipt::for_file(file)?.with_context(|| {
            format!("{name} has no receipt, so nothing shows that it is complete; pull it again with `endstate pull`")
        })?;
        ensure!(
            receipt.collection == MachineSecurityState::ENTITY_SET,
            "{name} has {}; a history has the states of devices",
            receipt.collection
        );
        if let Some(condition) = &receipt.condition {
            bail!("{name} has only devices where {condition}; a history needs every device");
        }
        let has_each_once = receipt.unreadable.invalid_items > 0 || receipt.rows == receipt.devices;
        ensure!(
            has_each_once || !receipt.outcome().is_complete(),
            "{name} has rows of devices twice; pull it again without --keep-duplicates"
        );

        let path = Receipt::path_beside(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let record = record(&receipt, text).with_context(|| {
            format!("{name} cannot enter a history; set the tenant or the profile in the settings, and pull it again")
        })?;
        Ok(Self { file, receipt, record })
    }
}

/// What the history keeps of a receipt.
fn record(receipt: &Receipt, text: String) -> anyhow::Result<PullRecord> {
    let started_at: UtcTime = receipt.started_at.parse().context("the receipt has no time of its beginning")?;
    let tenant = receipt.tenant.as_ref().or(receipt.profile.as_ref());
    let tenant = tenant.map(|tenant| tenant.parse::<TenantName>()).transpose()?;
    let parts = [&*receipt.source, tenant.as_ref().map_or("", TenantName::as_str), &*receipt.started_at];
    let mut record = PullRecord::new(PullId::of(parts), started_at);
    let elapsed = i64::try_from(receipt.elapsed_ms / 1_000).unwrap_or_default();
    record.finished_at = Some(UtcTime::from_second(started_at.as_second().saturating_add(elapsed)));
    record.tenant = tenant;
    record.profile.clone_from(&receipt.profile);
    record.source = receipt.states_from.to_string();
    record.service.clone_from(&receipt.source);
    receipt.outcome().as_str().clone_into(&mut record.outcome);
    record.reason = receipt.outcome().reason_word().map(ToOwned::to_owned);
    record.devices = receipt.devices;
    record.rows = receipt.rows;
    record.not_assessed = receipt.not_assessed;
    record.receipt = text;
    Ok(record)
}

/// Writes the states of a file.
struct HistorySink {
    writer: SnapshotWriter,
    failed: Option<anyhow::Error>,
}

impl RowSink<MachineSecurityState> for HistorySink {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        let added = if let Some(state) = ParsedState::read(row.raw) {
            row.mark_valid();
            self.writer.add_parsed(&state, other_members(row.raw, &[]).as_deref())
        } else if let Ok(state) = row.item() {
            self.writer.add(state, other_members(row.raw, &state.unreadable_fields).as_deref())
        } else {
            // A row that is no state has no column; a receipt counts it.
            return Ok(());
        };
        added.map_err(|error| {
            self.failed = Some(error.into());
            io::ErrorKind::Other.into()
        })
    }
}

/// The members that have no column, and those that could not be read, as a JSON object.
fn other_members(item: RawItem<'_>, unreadable: &[&str]) -> Option<String> {
    let is_kept = |name: &str| has_no_column(name) || unreadable.contains(&name);
    if !item.members().any(|(name, _)| is_kept(&name)) {
        return None;
    }
    let value = |value: RawItem<'_>| serde_json::from_str::<Value>(value.as_str()).unwrap_or_default();
    let others = item.members().filter(|(name, _)| is_kept(name));
    let others: serde_json::Map<_, _> = others.map(|(name, raw)| (name.into_owned(), value(raw))).collect();
    Some(Value::Object(others).to_string())
}

/// Whether a member of a state has no column of its own.
fn has_no_column(name: &str) -> bool {
    !matches!(
        name,
        "id" | "build"
            | "revision"
            | "architecture"
            | "osVersion"
            | "propertiesRequireAttention"
            | "notKnownProperties"
            | "notApplicableProperties"
            | "currentControls"
            | "notKnownControls"
            | "notApplicableControls"
            | "missingKbs"
            | "assessed"
            | "source"
            | "device"
            | "tenant"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_without_a_column_and_values_that_cannot_be_read_are_kept() {
        let other = |item: &str| {
            let item = RawItem::parse(item).unwrap();
            other_members(item, &MachineSecurityState::read(item).unwrap().unreadable_fields)
        };
        assert_eq!(other(r#"{"id":"a","build":1}"#), None);
        let expected = Some(r#"{"build":"x","ring":{"name":"fast"}}"#.to_owned());
        assert_eq!(other(r#"{"id":"a","build":"x","ring":{"name":"fast"}}"#), expected);
    }
}
