//! A pull of states from the files of the secure configuration assessment, joined with machines and
//! antivirus reports.

use anyhow::Context;
use endstate_model::Entity;
use endstate_paging::{FetchError, FetchErrorKind, FilePull, Files, Outcome, PullReport, Reason};

use super::assessments::Reading;
use super::export_rows::ExportRows;
use super::outcome::EndedPull;
use super::request::PullRequest;
use super::run::Run;
use crate::rows::RowSink;
use crate::service::source::LiveSource;
use crate::store::receipt::Receipt;
use crate::terminal::progress::Progress;

/// The name in receipts.
const EXPORT: &str = "machines/SecureConfigurationsAssessmentExport";

/// Runs the pull: folds what each collection and file says of a device, then passes the states to
/// `sink`.
pub(super) async fn run<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let PullRequest { url, condition, updates, .. } = request;
    let run = Run::start(source);
    let mut reading = Reading::new(source);
    let mut generated_at = None;
    if reading.read_joined(&run).await? {
        let (rows, files) = read_files(&run).await?;
        rows.add_to(&mut reading.fold);
        reading.unreadable += rows.invalid.counts;
        generated_at = files.list().and_then(|list| list.generation()).map(ToOwned::to_owned);
        let report = checked(files.report(), reading.fold.counts().devices, source.settings.service.no_devices);
        reading.took(EXPORT, report);
    }

    let ended = reading.pass_on(run, &url.to_string(), condition, updates, sink)?;
    Ok(EndedPull { receipt: Receipt { generated_at, ..ended.receipt }, ..ended })
}

/// Reads the files. If the service replaces its export in the meantime, the first time they are
/// read from the beginning: no state was passed on yet.
async fn read_files(run: &Run<'_>) -> anyhow::Result<(ExportRows, Files)> {
    let source = run.source;
    let transport = source.export.clone().context("the source has no transport for files")?;
    let pull = FilePull::new(transport, source.clock())
        .retry(source.retry_policy())
        .max_files(source.settings.limits.max_pages.map(u64::from))
        .canceller(run.canceller.clone())
        .on_retry(run.on_retry());
    let mut files = pull.files();
    let progress = run.progress("configuration");

    let mut rows = read_generation(&mut files, &progress).await;
    if files.report().outcome == Outcome::Incomplete(Reason::GenerationChanged) && files.start_over() {
        let tenant = run.tenant().map(|tenant| format!("{tenant}: ")).unwrap_or_default();
        Progress::say(&format!("{tenant}The service replaced its export; starting again at the first file"));
        rows = read_generation(&mut files, &progress).await;
    }
    rows.invalid.report_total();
    Ok((rows, files))
}

/// Reads the files of one generation, up to the first that cannot be read. How it ended is in the
/// report.
async fn read_generation(files: &mut Files, progress: &Progress) -> ExportRows {
    let mut rows = ExportRows::new();
    while let Ok(Some(_)) = files.next_file(&mut rows).await {
        rows.keep_file();
        progress.page(files.report());
    }
    rows
}

/// The report of the files. An export without files proves nothing, unless there are no devices.
fn checked(report: &PullReport, devices: u64, no_devices: bool) -> PullReport {
    let mut report = report.clone();
    let is_empty = report.outcome.is_complete() && report.pages == 0;
    if is_empty && (devices > 0 || no_devices) {
        let message = "the export has no files, which would mean that no device was assessed; try --source \
                       assessments, or pull again later";
        report.outcome = Outcome::Incomplete(Reason::PageLost);
        report.failure = Some(FetchError::new(FetchErrorKind::Rejected, message));
    }
    report
}
