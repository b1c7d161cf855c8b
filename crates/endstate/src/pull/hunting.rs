//! A pull of states from advanced hunting, in parts of the fleet.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use anyhow::Context;
use endstate_assessment::{HuntingQuery, HuntingResults, HuntingRow};
use endstate_model::{DeviceId, Entity, MachineSecurityState};
use endstate_paging::{
    FetchError, FetchErrorKind, Outcome, Part, PartAnswer, PartFacts, PartLimits, PartPull, PartQuery, PullReport,
    Reason,
};

use super::outcome::EndedPull;
use super::request::PullRequest;
use super::row_passer::RowPasser;
use super::run::Run;
use crate::rows::{InvalidItems, RowSink};
use crate::service::source::LiveSource;
use crate::store::receipt::Receipt;

/// The queries for device states. An answer is kept as it came, because its rows as states would
/// take several times its memory.
#[derive(Debug)]
struct DeviceStates;

impl PartQuery for DeviceStates {
    type Rows = Vec<u8>;

    fn count_text(&self, buckets: u32) -> String {
        HuntingQuery::DevicesInParts { parts: buckets }.to_string()
    }

    fn part_text(&self, part: Part) -> String {
        HuntingQuery::DeviceStates { part: part.index(), parts: part.modulus() }.to_string()
    }

    fn read_counts(&self, body: &[u8]) -> Result<Vec<(u32, u64)>, FetchError> {
        let results = results(body)?;
        results
            .devices_in_parts()
            .ok_or_else(|| FetchError::new(FetchErrorKind::NotAPage, "the answer does not count the devices of parts"))
    }

    fn read_part(&self, _part: Part, body: Vec<u8>) -> Result<PartAnswer<Vec<u8>>, FetchError> {
        let results = results(&body)?;
        let facts = PartFacts::new(results.len() as u64, results.devices() as u64);
        Ok(PartAnswer::new(body, facts))
    }
}

pub(super) fn results(body: &[u8]) -> Result<HuntingResults<'_>, FetchError> {
    HuntingResults::parse(body).map_err(|error| {
        FetchError::new(FetchErrorKind::Malformed, "the answer to the query cannot be read").with_source(error)
    })
}

/// Runs the pull and passes each state to `sink`, whose error ends it.
pub(super) async fn run<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let PullRequest { url, condition, .. } = request;
    let transport = source.hunting.clone().context("the source has no transport for queries")?;
    let run = Run::start(source);
    let pull = PartPull::new(transport, source.clock(), Arc::new(DeviceStates))
        .limits(limits(source))
        .canceller(run.canceller.clone())
        .on_retry(run.on_retry());
    let pull = if source.has_own_retries() { pull.retry(source.retry_policy()) } else { pull };

    let mut rows = RowPasser::new(source, sink, condition, InvalidItems::new::<E>());
    let mut states = States::default();
    let mut parts = pull.parts();
    let progress = run.progress("device");
    let max_items = source.settings.limits.max_items.map(u64::from);
    let max_parts = source.settings.limits.max_pages.map(u64::from);
    let mut is_cut = false;
    while let Ok(Some(part)) = parts.next_part().await {
        is_cut = states.pass(&part.rows, max_items, &mut rows)?;
        is_cut |= parts.has_next() && max_parts.is_some_and(|most| parts.report().pages >= most);
        rows.sink.page_end(None)?;
        progress.page(parts.report());
        if is_cut {
            break;
        }
    }
    drop(progress);
    rows.invalid.report_total();

    let mut report = parts.report().clone();
    if is_cut {
        report.outcome = Outcome::Incomplete(Reason::Limit);
    }
    let (passed, not_matching, unreadable) = (rows.passed, rows.not_matching, rows.invalid.counts);
    let ended = run.end(&url.to_string(), report);
    let receipt = Receipt {
        condition: condition.map(|condition| condition.as_str().to_owned()),
        collection: MachineSecurityState::ENTITY_SET.to_owned(),
        rows: passed,
        unreadable,
        devices: states.seen.len() as u64,
        duplicates: states.duplicates,
        conflicts: states.conflicts,
        conflict_ids: states.conflict_ids,
        not_assessed: Some(states.not_assessed),
        ..ended.receipt
    };
    Ok(EndedPull { receipt, not_matching, ..ended })
}

fn limits(source: &LiveSource) -> PartLimits {
    let limits = PartLimits::default();
    match source.settings.limits.page_size {
        Some(devices) => limits.target_rows(devices.get().into()),
        None => limits,
    }
}

/// The states that were passed on.
#[derive(Default)]
struct States {
    /// Each with a digest of its state.
    seen: HashMap<DeviceId, u64>,
    /// Rows of devices that had a row before.
    duplicates: u64,
    /// Those that say something else than the row before.
    conflicts: u64,
    /// The first devices of which two rows differ, each once.
    conflict_ids: Vec<String>,
    not_assessed: u64,
}

impl States {
    /// Passes the states of a part on. Returns whether the limit of rows was reached before the
    /// last.
    fn pass<E: Entity, S: RowSink<E>>(
        &mut self,
        body: &[u8],
        max_items: Option<u64>,
        rows: &mut RowPasser<'_, E, S>,
    ) -> anyhow::Result<bool> {
        for (item, number) in results(body)?.rows().zip(1_u64..) {
            if max_items == Some(self.seen.len() as u64) {
                return Ok(true);
            }
            let state = match HuntingRow::read(item) {
                Ok(row) => row.state,
                Err(error) => {
                    let what = format!("a device ({error})");
                    rows.invalid.note_other(&what, &item.compact(), || format!("row {number}"));
                    continue;
                }
            };

            if self.is_duplicate(&state) {
                continue;
            }
            let is_assessed = state.assessment.as_ref().is_some_and(|assessment| assessment.is_assessed);
            self.not_assessed += u64::from(!is_assessed);
            rows.state(&state)?;
        }
        Ok(false)
    }

    /// Whether the device had a row before. The first one is written, and a different one is named.
    fn is_duplicate(&mut self, state: &MachineSecurityState) -> bool {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        let digest = hasher.finish();
        match self.seen.entry(state.id.clone()) {
            Entry::Vacant(first) => {
                first.insert(digest);
                return false;
            }
            Entry::Occupied(first) if *first.get() != digest => {
                self.conflicts += 1;
                let id = state.id.to_string();
                if self.conflict_ids.len() < PullReport::CONFLICT_KEYS && !self.conflict_ids.contains(&id) {
                    self.conflict_ids.push(id);
                }
            }
            Entry::Occupied(_) => {}
        }
        self.duplicates += 1;
        true
    }
}
