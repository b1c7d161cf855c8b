//! The sets of properties of a history, each with a number.

use endstate_model::AttentionProperties;

use crate::interned::{Interned, Numbered};

/// The sets of properties of a history, each with a number.
#[derive(Debug, Default)]
pub(crate) struct PropertySets {
    sets: Interned<AttentionProperties>,
    /// A summary of each set, at the place of its number. A fleet can have more sets than fit into
    /// a processor's cache, but their summaries do.
    summaries: Vec<SetSummary>,
    controls_of_today: Option<u32>,
}

/// What most devices need of their set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SetSummary {
    /// Whether the set has all properties that require attention.
    pub(crate) is_whole: bool,
    /// Whether a property other than one that only informs is in the set.
    pub(crate) needs_attention: bool,
}

impl PropertySets {
    pub(crate) fn number(&mut self, set: &AttentionProperties) -> u32 {
        let number = self.sets.number(set);
        if self.sets.values().len() > self.summaries.len() {
            self.summaries.push(SetSummary { is_whole: set.is_known(), needs_attention: set.needs_attention() });
        }
        number
    }

    pub(crate) fn get(&self, number: u32) -> &AttentionProperties {
        self.sets.get(number)
    }

    pub(crate) fn summary(&self, number: u32) -> SetSummary {
        self.summaries.get(number as usize).copied().unwrap_or_default()
    }

    /// The sets, each at the place of its number.
    pub(crate) fn values(&self) -> &Numbered<AttentionProperties> {
        self.sets.values()
    }

    /// The set of what the documented collection says nothing of, so it is not known of its states.
    pub(crate) fn controls_of_today(&mut self) -> u32 {
        if let Some(number) = self.controls_of_today {
            return number;
        }
        let number = self.number(&AttentionProperties::current());
        self.controls_of_today = Some(number);
        number
    }

    /// The set of properties that are open now: those that are required, and those of before of
    /// which it is not known whether they still are.
    pub(crate) fn still_open(&mut self, before: u32, required: u32, not_known: u32) -> u32 {
        let required_now = self.get(required);
        let lost = self.get(before).difference(required_now);
        let kept = if required_now.is_known() { lost.intersection(self.get(not_known)) } else { lost };
        if kept.is_empty() && required_now.is_known() {
            return required;
        }
        let open: AttentionProperties = required_now.iter().chain(kept.iter()).cloned().collect();
        self.number(&open)
    }
}
