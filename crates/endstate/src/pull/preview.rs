//! A pull of a documented collection.

use endstate_model::Entity;

use super::devices;
use super::outcome::EndedPull;
use super::request::PullRequest;
use super::row_passer::RowPasser;
use super::run::{ReadPage, Run, noun};
use crate::rows::RowSink;
use crate::service::source::LiveSource;
use crate::store::receipt::Receipt;
use crate::terminal::output;

/// Runs the pull and passes each row to `sink`, whose error ends it.
pub(super) async fn run<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let PullRequest { url, pull, invalid, condition, joins_devices, .. } = request;
    let run = Run::start(source);
    let mut rows = RowPasser::new(source, sink, condition, invalid);
    let mut reads = Vec::new();
    let mut lack = None;
    if joins_devices {
        let devices = devices::read(&run).await?;
        rows.join(devices.table);
        reads.extend(devices.records);
        lack = devices.lack;
    }

    let on_page = |ReadPage { page, checkpoint, .. }: ReadPage| {
        rows.page(&page)?;
        Ok(rows.sink.page_end(checkpoint.as_ref())?)
    };
    let report = run.pages(pull, noun::<E>(), on_page).await?;
    rows.invalid.report_total();
    // Without a page, another source may have the names.
    if let Some(why) = lack.filter(|_| report.pages > 0) {
        output::warn(format_args!("not every device has its name and group: {why}"));
    }

    let left_out = rows.not_matching + rows.left_out_unread;
    let ended = run.end(&url.to_string(), report);
    let receipt = Receipt {
        condition: condition.map(|condition| condition.as_str().to_owned()),
        collection: E::ENTITY_SET.to_owned(),
        rows: ended.receipt.rows - left_out,
        unreadable: rows.invalid.counts,
        reads,
        ..ended.receipt
    };
    Ok(EndedPull { receipt, not_matching: rows.not_matching, ..ended })
}
