//! The end of a pull in words: the outcome, what went wrong, what the service said.

use endstate_paging::FetchErrorKind;

use super::hint;
use crate::config::endpoint::{caveat, find_cloud};
use crate::exit::Exit;
use crate::pull::outcome::EndedPull;
use crate::service::source_kind::SourceKind;
use crate::store::completeness::Completeness;
use crate::store::pull_info::PullInfo;
use crate::terminal::error_chain;
use crate::terminal::number::counted;

/// The end of a pull: a headline, details of it, and what to do next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OutcomeText {
    /// The first line, and whether it is good news; `None` if another line says it.
    pub(crate) headline: Option<(bool, String)>,
    pub(crate) details: Vec<String>,
    pub(crate) hints: Vec<String>,
}

impl OutcomeText {
    /// How a pull ended.
    pub(crate) fn new(ended: &EndedPull) -> Self {
        let headline = match (&ended.failure, ended.exit().is_usable()) {
            (_, true) => {
                let completeness = Completeness::from_receipt(&ended.receipt);
                (completeness.outcome.is_complete(), completeness.line())
            }
            (Some(failure), false) => (false, format!("error: {failure}")),
            (None, false) => (false, "error: interrupted before anything was read".to_owned()),
        };
        let mut text = Self { headline: Some(headline), ..Self::details_only(ended) };
        text.details.extend(PullInfo::from_receipt(&ended.receipt).provenance());
        text
    }

    /// What went wrong, if anything did, and what is worth knowing about the rows. For results that
    /// show the outcome themselves.
    pub(crate) fn details_only(ended: &EndedPull) -> Self {
        let mut text = Self::default();
        text.add_failure(ended);

        let receipt = &ended.receipt;
        if let (None, Some(reason)) = (&ended.failure, receipt.outcome().reason()) {
            let ended_so = receipt.reads.iter().find(|read| read.ended.outcome.reason() == Some(reason));
            let collection = ended_so.map(|read| format!("{}: ", read.collection)).unwrap_or_default();
            text.details.push(format!("{collection}{}", reason.explanation()));
        }
        if receipt.partial_items > 0 {
            let items = counted(receipt.partial_items, "item");
            text.details.push(format!(
                "{items} with a list that continues on another page (a nested next link, which endstate does not follow)"
            ));
        }
        if receipt.duplicates > 0 {
            let duplicates = counted(receipt.duplicates, "duplicate");
            let kept = if receipt.rows < receipt.items { "dropped" } else { "kept" };
            text.details.push(format!("{duplicates} {kept}, {} of them with different contents", receipt.conflicts));
        }
        text
    }

    fn add_failure(&mut self, ended: &EndedPull) {
        let Some(failure) = &ended.failure else { return };
        let receipt = &ended.receipt;
        // Of several collections, the failure is of the first that is not complete.
        let failed = receipt.reads.iter().find(|read| read.ended.outcome.is_incomplete());
        let pages = failed.map_or(receipt.pages, |read| read.pages);
        if ended.exit() != Exit::Failed {
            let collection = failed.map(|read| format!("{}, ", read.collection)).unwrap_or_default();
            self.details.push(format!("{collection}page {}: {failure}", pages + 1));
        }
        self.details.extend(error_chain::causes(failure).iter().map(|cause| format!("caused by: {cause}")));
        if let Some(server) = failure.server() {
            let is_sign_in = failure.kind() == FetchErrorKind::NoToken;
            let service = if is_sign_in { "identity service" } else { "service" };
            // Messages of Microsoft Entra have several lines.
            let server = server.to_string();
            let words: Vec<_> = server.split_whitespace().collect();
            self.details.push(format!("the {service} says: {}", words.join(" ")));
        }
        if let Some(id) = failure.correlation_id() {
            self.details.push(format!("correlation id: {id}"));
        }

        let is_first_page = pages == 0;
        let kind = SourceKind::from_states(&receipt.states_from);
        self.hints.extend(hint::for_fetch_error(failure, is_first_page, kind, ended.entra_portal));
        let cloud = receipt.cloud.as_deref().and_then(find_cloud).filter(|_| is_first_page);
        self.hints.extend(cloud.and_then(caveat));
    }
}
