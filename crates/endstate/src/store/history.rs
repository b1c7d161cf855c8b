//! Files of earlier pulls, oldest first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use endstate_analysis::{Condition, EarlierPull, EarlierStates};
use endstate_model::MachineSecurityState;
use jiff::Timestamp;

use super::file_receipt;
use super::pull_info::PullInfo;
use super::reader;
use crate::exit::UsageError;
use crate::rows::Row;
use crate::terminal::output;

/// What earlier pulls contain, and what is known of them.
#[derive(Debug)]
pub(crate) struct EarlierPulls {
    pub(crate) states: EarlierStates,
    /// Oldest first.
    pub(crate) pulls: Vec<PullInfo>,
}

/// Earlier pulls by the tenant that their rows name; `None` for rows that name none.
pub(crate) type EarlierByTag = BTreeMap<Option<String>, EarlierPulls>;

impl EarlierPulls {
    fn new(includes_informational: bool) -> Self {
        let states = EarlierStates::new().include_informational(includes_informational);
        Self { states, pulls: Vec::new() }
    }

    /// Reads the files in the order of their receipts, or in the given order if one has no receipt.
    /// Rows that name no tenant are of the profile of their receipt, if it has one. `tenant` is
    /// their name in conditions otherwise.
    ///
    /// Devices that do not match the condition are outside the comparison, but known.
    pub(crate) fn read(
        files: &[PathBuf],
        condition: Option<&Condition<MachineSecurityState>>,
        tenant: Option<&str>,
        includes_informational: bool,
    ) -> anyhow::Result<EarlierByTag> {
        let mut in_order: Vec<_> = files.iter().map(|file| (started_at(file), file)).collect();
        if in_order.iter().all(|(started_at, _)| started_at.is_some()) {
            in_order.sort();
        } else if files.len() > 1 {
            output::warn("not every older pull has a receipt; endstate reads them as given, oldest first");
        }

        let mut earlier = EarlierByTag::new();
        for (_, file) in in_order {
            // The pull of each tenant.
            let mut pulls = BTreeMap::new();
            // Those of the row before: hardly any file has several.
            let mut last: Option<(Option<String>, EarlierPull)> = None;
            let profile = file_receipt::for_file(file)?.and_then(|receipt| receipt.profile);
            let read = reader::read(file, |row: &Row<'_, MachineSecurityState>| {
                let is_in_scope = row.decide(condition, profile.as_deref().or(tenant)) == Some(true);
                row.read(|state| {
                    let tag = row.tenant.or(profile.as_deref());
                    if last.as_ref().is_none_or(|(of_last, _)| of_last.as_deref() != tag) {
                        let tag = tag.map(ToOwned::to_owned);
                        let of_tag = earlier.entry(tag.clone()).or_insert_with(|| Self::new(includes_informational));
                        let pull = *pulls.entry(tag.clone()).or_insert_with(|| of_tag.states.begin_pull());
                        last = Some((tag, pull));
                    }
                    let Some((tag, pull)) = &last else { return };
                    let Some(EarlierPulls { states, .. }) = earlier.get_mut(tag) else { return };
                    if is_in_scope { states.add_parsed(*pull, state) } else { states.add_outside_parsed(*pull, state) }
                });
                Ok(())
            })?;

            if pulls.is_empty() {
                // A pull of no devices.
                let of_tag = earlier.entry(profile.clone()).or_insert_with(|| Self::new(includes_informational));
                pulls.insert(profile, of_tag.states.begin_pull());
            }
            let info = PullInfo::from_file(file, &read)?;
            info.require_content(read.rows)?;
            for (tag, pull) in pulls {
                let Some(of_tag) = earlier.get_mut(&tag) else { continue };
                if !info.has_every_device() {
                    of_tag.states.mark_partial(pull);
                }
                of_tag.pulls.push(info.clone());
            }
        }
        Ok(earlier)
    }
}

/// When the pull of a file began, from its receipt.
pub(crate) fn started_at(file: &Path) -> Option<String> {
    file_receipt::for_file(file).ok().flatten().map(|receipt| receipt.started_at)
}

/// Compares the times of two pulls, if both are known.
pub(crate) fn check_not_swapped(
    older: &Path,
    older_time: Option<String>,
    newer: &str,
    newer_time: Option<String>,
) -> anyhow::Result<()> {
    let time = |text: Option<String>| text.and_then(|text| text.parse::<Timestamp>().ok());
    if let (Some(older_time), Some(newer_time)) = (time(older_time), time(newer_time))
        && older_time > newer_time
    {
        bail!(UsageError::new(format!(
            "{} was pulled after {newer}: {} and {} UTC; swap them, or add --allow-swapped",
            older.display(),
            older_time.strftime("%Y-%m-%d %H:%M:%S"),
            newer_time.strftime("%Y-%m-%d %H:%M:%S"),
        )));
    }
    Ok(())
}
