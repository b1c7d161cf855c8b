//! What the service posts to its webhook: once for each thing that happened, not with each pull.

use endstate_analysis::Triage;

use crate::report::notice::{Change, Notice, Why};
use crate::report::service_status::KeptPull;
use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;

/// What was reported of a tenant.
#[derive(Debug, Default)]
pub(super) struct Reported {
    /// Whether the last pull was not complete.
    is_not_complete: bool,
    /// The checks that did not pass in the last complete pull.
    not_passed: Vec<String>,
}

impl Reported {
    /// A pull has ended. Returns what there is to post. `before` is the last complete pull before
    /// it, and `now` itself if it is complete.
    pub(super) fn notice<'n>(
        &mut self,
        info: &'n PullInfo,
        before: Option<&'n KeptPull>,
        now: Option<&'n KeptPull>,
        none: &'n Triage,
    ) -> Option<Notice<'n>> {
        let shown = now.or(before);
        let changes = match (before, now) {
            (Some(before), Some(now)) => Change::between(&before.triage, &now.triage),
            _ => Vec::new(),
        };
        let has_other_devices = before
            .zip(now)
            .is_some_and(|(before, now)| (before.digest, before.unreadable) != (now.digest, now.unreadable));

        let why = self.update(now, has_other_devices);
        (!why.is_empty()).then(|| Notice {
            why,
            pull: info,
            triage: shown.map_or(none, |kept| &kept.triage),
            unreadable: shown.map_or_else(UnreadableCounts::default, |kept| kept.unreadable),
            checks: now.map_or(&[], |kept| &kept.checks),
            changes,
        })
    }

    /// What is new since the last pull.
    fn update(&mut self, now: Option<&KeptPull>, has_changed: bool) -> Vec<Why> {
        let was_not_complete = std::mem::replace(&mut self.is_not_complete, now.is_none());
        let Some(now) = now else {
            return if was_not_complete { Vec::new() } else { vec![Why::NotComplete] };
        };
        let not_passed: Vec<_> =
            now.checks.iter().filter(|check| !check.is_passed()).map(|check| check.name.clone()).collect();
        let is_newly_failing = not_passed.iter().any(|name| !self.not_passed.contains(name));
        self.not_passed = not_passed;
        let reasons =
            [(Why::CheckNotPassed, is_newly_failing), (Why::Changed, has_changed), (Why::Recovered, was_not_complete)];
        reasons.into_iter().filter(|(_, applies)| *applies).map(|(why, _)| why).collect()
    }
}
