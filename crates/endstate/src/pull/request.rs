//! What to pull, and which of its rows to keep.

use endstate_analysis::Condition;
use endstate_assessment::VulnerabilityFold;
use endstate_model::Entity;
use endstate_odata::PageUrl;
use endstate_paging::{Duplicates, Pull, Resume};

use crate::rows::InvalidItems;
use crate::service::source::LiveSource;

/// A pull of one collection from one tenant.
#[derive(Debug)]
pub(crate) struct PullRequest<'c, E> {
    /// The first page.
    pub(crate) url: PageUrl,
    pub(crate) pull: Pull,
    /// The invalid items among the rows that an earlier run kept.
    pub(crate) invalid: InvalidItems,
    /// Whether names and groups of devices are joined to the rows.
    pub(crate) joins_devices: bool,
    /// What a row has to match. A row that cannot be read matches nothing.
    pub(crate) condition: Option<&'c Condition<E>>,
    /// The updates that devices lack, to add to states of the assessment. Those of hunting have
    /// them.
    pub(crate) updates: Option<&'c VulnerabilityFold>,
}

impl<'c, E: Entity> PullRequest<'c, E> {
    /// A request for everything in a collection.
    pub(crate) fn new(source: &LiveSource, condition: Option<&'c Condition<E>>) -> anyhow::Result<Self> {
        let url = source.url::<E>()?;
        let pull = source.pull::<E>(url.clone());
        let joins_devices = source.joins_devices::<E>();
        Ok(Self { url, pull, invalid: InvalidItems::new::<E>(), joins_devices, condition, updates: None })
    }

    /// Adds the updates that devices lack.
    pub(crate) fn updates(self, updates: &'c VulnerabilityFold) -> Self {
        Self { updates: Some(updates), ..self }
    }

    /// Sets what happens to duplicates.
    pub(crate) fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.pull = self.pull.duplicates(duplicates);
        self
    }

    /// Continues an earlier run, with the invalid items among its rows.
    pub(crate) fn resume(mut self, resume: Option<Resume>, invalid: InvalidItems) -> Self {
        self.invalid = invalid;
        if let Some(resume) = resume {
            self.pull = self.pull.resume(resume);
        }
        self
    }
}
