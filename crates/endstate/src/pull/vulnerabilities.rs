//! A pull of the vulnerabilities that updates fix, from today's sources.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context;
use endstate_assessment::{HuntingQuery, UnreadableRow, UpdateVulnerability, VulnerabilityFold, VulnerabilityRow};
use endstate_model::{CveKbMap, Entity, MachineSecurityState};
use endstate_odata::{RawItem, StreamedItem};
use endstate_paging::{
    FetchError, FetchErrorKind, PageFold, Part, PartAnswer, PartFacts, PartPull, PartQuery, PullReport,
};
use tracing::Instrument;

use super::hunting::results;
use super::outcome::EndedPull;
use super::run::{self, Run};
use super::unread_rows::UnreadRows;
use crate::rows::{InvalidItems, UnreadableCounts};
use crate::service::source::LiveSource;
use crate::service::source_kind::SourceKind;
use crate::store::receipt::Receipt;

/// A row for each vulnerability of each device.
const BY_MACHINE: &str = "machines/SoftwareVulnerabilitiesByMachine";

/// Reads the vulnerabilities of the source. Only the rows of each device also say which updates a
/// device lacks.
pub(crate) async fn read(source: &LiveSource) -> anyhow::Result<(VulnerabilityFold, EndedPull)> {
    let span = run::span(source);
    match source.kind {
        SourceKind::Hunting => of_updates(source).instrument(span).await,
        _ => by_machine(source).instrument(span).await,
    }
}

/// The queries for the vulnerabilities that each update fixes. What they count are pairs of both,
/// in place of devices.
#[derive(Debug)]
struct VulnerabilitiesOfUpdates;

/// The rows of an answer, in its order. One that cannot be read is its JSON, and why.
type ReadRows = Vec<Result<UpdateVulnerability, (UnreadableRow, String)>>;

impl PartQuery for VulnerabilitiesOfUpdates {
    type Rows = ReadRows;

    fn count_text(&self, buckets: u32) -> String {
        HuntingQuery::VulnerabilitiesInParts { parts: buckets }.to_string()
    }

    fn part_text(&self, part: Part) -> String {
        HuntingQuery::VulnerabilitiesOfUpdates { part: part.index(), parts: part.modulus() }.to_string()
    }

    fn read_counts(&self, body: &[u8]) -> Result<Vec<(u32, u64)>, FetchError> {
        results(body)?.vulnerabilities_in_parts().ok_or_else(|| {
            FetchError::new(FetchErrorKind::NotAPage, "the answer does not count the vulnerabilities of parts")
        })
    }

    fn read_part(&self, _part: Part, body: Vec<u8>) -> Result<PartAnswer<ReadRows>, FetchError> {
        let results = results(&body)?;
        let read =
            |row: RawItem<'_>| UpdateVulnerability::read(row).map_err(|error| (error, row.compact().into_owned()));
        let rows: Vec<_> = results.rows().map(read).collect();
        let pairs: HashSet<_> = rows.iter().flatten().map(|row| (&row.kb, &row.cve)).collect();
        let facts = PartFacts::new(results.len() as u64, pairs.len() as u64);
        Ok(PartAnswer::new(rows, facts))
    }
}

async fn of_updates(source: &LiveSource) -> anyhow::Result<(VulnerabilityFold, EndedPull)> {
    let transport = source.hunting.clone().context("the source has no transport for queries")?;
    let url = source.url::<MachineSecurityState>()?;
    let run = Run::start(source);
    let pull = PartPull::new(transport, source.clock(), Arc::new(VulnerabilitiesOfUpdates))
        .canceller(run.canceller.clone())
        .on_retry(run.on_retry());
    let pull = if source.has_own_retries() { pull.retry(source.retry_policy()) } else { pull };

    let mut fold = VulnerabilityFold::new();
    let mut parts = pull.parts();
    let progress = run.progress(CveKbMap::NOUN);
    let mut invalid = InvalidItems::new::<CveKbMap>();
    while let Ok(Some(part)) = parts.next_part().await {
        for (row, number) in part.rows.iter().zip(1_u64..) {
            match row {
                Ok(row) => fold.vulnerability(row),
                Err((error, raw)) => {
                    invalid.note_other(&format!("a vulnerability ({error})"), raw, || format!("row {number}"));
                }
            }
        }
        progress.page(parts.report());
    }

    drop(progress);
    invalid.report_total();
    let report = parts.report().clone();
    Ok(end(run, &url.to_string(), fold, report, invalid.counts))
}

/// The vulnerabilities of devices on one page.
#[derive(Debug, Default)]
struct VulnerabilityRows {
    fold: VulnerabilityFold,
    unread: UnreadRows,
}

impl PageFold for VulnerabilityRows {
    fn item(&mut self, item: StreamedItem<'_>) {
        let row = VulnerabilityRow::read(item.raw());
        self.unread.note(item.raw(), row.is_some());
        if let Some(row) = row {
            self.fold.row(&row);
        }
    }
}

async fn by_machine(source: &LiveSource) -> anyhow::Result<(VulnerabilityFold, EndedPull)> {
    let url = source.url_of(BY_MACHINE)?;
    let run = Run::start(source);
    let pull = source.unlimited_pull::<MachineSecurityState>(url.clone());

    let mut fold = VulnerabilityFold::new();
    let mut invalid = InvalidItems::new::<CveKbMap>();
    let report = run.folded_pages(pull, CveKbMap::NOUN, VulnerabilityRows::default, |page| {
        let VulnerabilityRows { fold: of_page, unread } = &page.fold;
        fold.merge(of_page);
        unread.report(&mut invalid, "a vulnerability of a device", |number| {
            format!("item {number} of page {}", page.number)
        });
    });
    let mut report = report.await;
    report.entities = report.items;
    invalid.report_total();
    Ok(end(run, &url.to_string(), fold, report, invalid.counts))
}

fn end(
    run: Run<'_>,
    url: &str,
    mut fold: VulnerabilityFold,
    report: PullReport,
    unreadable: UnreadableCounts,
) -> (VulnerabilityFold, EndedPull) {
    if !report.outcome.is_complete() || unreadable.invalid_items > 0 {
        fold.mark_incomplete();
    }
    let ended = run.end(url, report);
    let receipt = Receipt { collection: CveKbMap::ENTITY_SET.to_owned(), unreadable, ..ended.receipt };
    (fold, EndedPull { receipt, ..ended })
}
