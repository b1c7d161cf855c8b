//! A pull of states from the secure configuration assessment, joined with machines and antivirus
//! reports.

use std::num::NonZeroU32;

use endstate_analysis::Condition;
use endstate_assessment::{AntivirusInfo, FoldCounts, StateFold, VulnerabilityFold};
use endstate_model::{Entity, Machine, MachineSecurityState};
use endstate_odata::RawItem;
use endstate_paging::{Continuation, Duplicates, FirstPageNotFound, Outcome, Pull, PullReport, PulledPage, Reason};

use super::configuration_rows::ConfigurationRows;
use super::devices;
use super::outcome::EndedPull;
use super::request::PullRequest;
use super::row_passer::RowPasser;
use super::run::Run;
use crate::rows::{InvalidItems, RowSink, UnreadableCounts};
use crate::service::source::LiveSource;
use crate::store::read_record::ReadRecord;
use crate::store::receipt::Receipt;
use crate::store::recorded_outcome::RecordedOutcome;
use crate::terminal::number::counted;
use crate::terminal::output;

/// What is read, in this order.
const MACHINES: &str = Machine::ENTITY_SET;
const ANTIVIRUS: &str = "deviceavinfo";
const ASSESSMENT: &str = "machines/SecureConfigurationsAssessmentByMachine";

/// Antivirus reports on a requested page, which is also the most that the service returns.
const PAGE_SIZE: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// One in so many devices may be new since `machines` was read.
const MOST_UNLISTED: u64 = 100;

/// Rows between two moments at which what was written is kept.
const ROWS_BETWEEN_FLUSHES: u64 = 10_000;

/// Runs the pull: folds what each collection says of a device, then passes the states to `sink`.
pub(super) async fn run<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let PullRequest { url, pull, condition, updates, .. } = request;
    let run = Run::start(source);
    let mut reading = Reading::new(source);
    if reading.read_joined(&run).await? {
        reading.read_assessment(&run, pull).await;
    }
    // The query is only a page size.
    let url = url.to_string();
    let shown = url.split('?').next().unwrap_or(&url);
    reading.pass_on(run, shown, condition, updates, sink)
}

/// Passes each state on. Returns whether some were left out because of the limit.
fn pass_states<E: Entity, S: RowSink<E>>(
    fold: &StateFold,
    updates: Option<&VulnerabilityFold>,
    limit: Option<u64>,
    rows: &mut RowPasser<'_, E, S>,
) -> anyhow::Result<bool> {
    for (mut state, number) in fold.states().zip(0..) {
        if limit == Some(number) {
            rows.sink.page_end(None)?;
            return Ok(true);
        }
        if let Some(updates) = updates {
            updates.complete(&mut state);
        }
        rows.state(&state)?;
        if number % ROWS_BETWEEN_FLUSHES == ROWS_BETWEEN_FLUSHES - 1 {
            rows.sink.page_end(None)?;
        }
    }
    rows.sink.page_end(None)?;
    Ok(false)
}

fn receipt<E: Entity>(
    receipt: Receipt,
    reads: Vec<ReadRecord>,
    counts: FoldCounts,
    passed: u64,
    condition: Option<&Condition<E>>,
) -> Receipt {
    Receipt {
        condition: condition.map(|condition| condition.as_str().to_owned()),
        collection: MachineSecurityState::ENTITY_SET.to_owned(),
        rows: passed,
        devices: counts.devices,
        not_assessed: Some(counts.not_assessed),
        duplicates: 0,
        conflicts: 0,
        reads,
        ..receipt
    }
}

/// What was read so far of the collections that states are folded from.
pub(super) struct Reading<'s> {
    source: &'s LiveSource,
    pub(super) fold: StateFold,
    reads: Vec<ReadRecord>,
    /// The numbers of all collections together, and how the first one ended that is not complete.
    total: PullReport,
    pub(super) unreadable: UnreadableCounts,
}

impl<'s> Reading<'s> {
    pub(super) fn new(source: &'s LiveSource) -> Self {
        Self {
            source,
            fold: StateFold::new(source.kind.state_source()),
            reads: Vec::new(),
            total: PullReport::default(),
            unreadable: UnreadableCounts::default(),
        }
    }
}

impl Reading<'_> {
    /// Reads the collections that are joined to configurations: machines, then antivirus reports.
    /// Returns whether to read those next.
    pub(super) async fn read_joined(&mut self, run: &Run<'_>) -> anyhow::Result<bool> {
        if !self.source.settings.service.no_devices {
            let fold = &mut self.fold;
            let (report, invalid) = devices::each(run, |machine| fold.machine(machine)).await?;
            self.unreadable += invalid.counts;
            if !self.took(MACHINES, report) {
                return Ok(false);
            }
        }

        let fold = &mut self.fold;
        let mut invalid = InvalidItems::for_noun("antivirus report");
        let report = run.pages(self.source.antivirus_pull()?, "antivirus report", |read| {
            each_row(&read.page, &mut invalid, "an antivirus report of a device", |item| {
                AntivirusInfo::read(item).map(|info| fold.antivirus(&info))
            });
            Ok(())
        });
        let report = report.await?;
        invalid.report_total();
        self.unreadable += invalid.counts;
        let was_cancelled = report.outcome == Outcome::Incomplete(Reason::Cancelled);
        // The assessment says most of what the reports say, so it is read all the same.
        self.took(ANTIVIRUS, report);
        Ok(!was_cancelled)
    }

    async fn read_assessment(&mut self, run: &Run<'_>, assessment: Pull) {
        let fold = &mut self.fold;
        let mut invalid = InvalidItems::for_noun("configuration");
        let source = self.source.kind.state_source();
        let begin = move || ConfigurationRows::new(source.clone());
        let report = run.folded_pages(assessment, "configuration", begin, |page| {
            page.fold.add_to(fold, &mut invalid, |number| format!("item {number} of page {}", page.number));
        });
        let report = report.await;
        invalid.report_total();
        self.unreadable += invalid.counts;
        self.took(ASSESSMENT, report);
    }

    /// Passes the states on, and ends the run.
    pub(super) fn pass_on<E: Entity>(
        self,
        run: Run<'_>,
        url: &str,
        condition: Option<&Condition<E>>,
        updates: Option<&VulnerabilityFold>,
        sink: &mut impl RowSink<E>,
    ) -> anyhow::Result<EndedPull> {
        let Self { source, fold, mut reads, mut total, mut unreadable } = self;
        let counts = fold.counts();
        let machines = reads.iter_mut().find(|read| read.collection == MACHINES);
        if let Some(machines) = machines.filter(|_| counts.not_listed > 0) {
            let missing = counted(counts.not_listed, "device");
            output::warn(format_args!("{MACHINES} does not list {missing} of the assessment"));
            // A few came after `machines` was read. More of them prove that it was not read whole.
            if counts.not_listed * MOST_UNLISTED > counts.devices {
                let truncated = Outcome::Incomplete(Reason::Truncated);
                machines.ended = RecordedOutcome::new(truncated, machines.pages);
                if total.outcome.is_complete() {
                    total.outcome = truncated;
                }
            }
        }

        let limit = source.settings.limits.max_items.map(u64::from);
        let mut rows = RowPasser::new(source, sink, condition, InvalidItems::new::<E>());
        if pass_states(&fold, updates, limit, &mut rows)? && total.outcome.is_complete() {
            total.outcome = Outcome::Incomplete(Reason::Limit);
        }

        rows.invalid.report_total();
        unreadable += rows.invalid.counts;
        let (passed, not_matching) = (rows.passed, rows.not_matching);
        let ended = run.end(url, total);
        let receipt = receipt(ended.receipt, reads, counts, passed, condition);
        Ok(EndedPull { receipt: Receipt { unreadable, ..receipt }, not_matching, ..ended })
    }

    /// Adds the numbers of a collection. Returns whether it is complete.
    pub(super) fn took(&mut self, collection: &str, report: PullReport) -> bool {
        self.reads.push(ReadRecord::new(collection, &report));
        let total = &mut self.total;
        total.pages += report.pages;
        total.items += report.items;
        total.calls += report.calls;
        total.retries += report.retries;
        total.throttled += report.throttled;
        total.waited += report.waited;
        total.bytes += report.bytes;
        // How the first one ended that is not complete.
        if self.reads.len() == 1 || total.outcome.is_complete() {
            total.outcome = report.outcome;
            total.failure = report.failure;
        }
        report.outcome.is_complete()
    }
}

/// Passes each item of a page on. One that `read` does not know is counted and reported.
fn each_row(
    page: &PulledPage,
    invalid: &mut InvalidItems,
    what: &str,
    mut each: impl FnMut(RawItem<'_>) -> Option<()>,
) {
    for (index, item) in page.rows().enumerate() {
        if each(item).is_none() {
            let place = || format!("item {} of page {}", index + 1, page.number());
            invalid.note_other(what, &item.compact(), place);
        }
    }
}

impl LiveSource {
    /// The pull of antivirus reports. A device may have several, so all are read.
    fn antivirus_pull(&self) -> anyhow::Result<Pull> {
        let page_size = self.settings.limits.page_size.unwrap_or(PAGE_SIZE);
        let pull = self.unlimited_pull::<MachineSecurityState>(self.url_of(ANTIVIRUS)?);
        Ok(pull
            .continuation(Continuation::SkipUnlessLinked { page_size })
            .duplicates(Duplicates::Keep)
            .first_page_not_found(FirstPageNotFound::Empty))
    }
}
