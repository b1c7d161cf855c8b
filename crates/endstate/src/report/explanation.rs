//! What is known of each property: its meaning, what to do, and how today's sources know it.

use endstate_assessment::{Confidence, PropertyMapping};
use endstate_model::AttentionProperty;
use serde::Serialize;

use super::table::{Cell, Column, ResultTable};
use crate::terminal::output::wrapped;

/// A property and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explanation {
    pub(crate) property: &'static AttentionProperty,
    pub(crate) meaning: &'static str,
    pub(crate) action: &'static str,
    mapping: &'static PropertyMapping,
}

impl Explanation {
    /// The explanation of each known property, in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        AttentionProperty::KNOWN.iter().filter_map(Self::new)
    }

    pub(crate) fn new(property: &'static AttentionProperty) -> Option<Self> {
        // Columns: property, what it means, what to do. docs/attention.md has the same texts.
        let mut rows = include_str!("properties.tsv").lines().map(|line| line.split('\t'));
        let mut row = rows.find_map(|mut row| (row.next() == Some(property.as_str())).then_some(row))?;
        let (meaning, action) = (row.next()?, row.next()?);
        Some(Self { property, meaning, action, mapping: PropertyMapping::for_property(property)? })
    }

    /// How well today's sources know it, for people.
    fn known_today(&self) -> &'static str {
        match self.mapping.confidence {
            Confidence::Direct => "yes: a configuration says the same",
            Confidence::Partial => "in part: with a difference",
            Confidence::AbsenceOnly => "no: only missing rows hint at it",
            _ => "no: nothing of today says it",
        }
    }

    /// The text for people.
    pub(crate) fn text(&self) -> String {
        let Self { property, meaning, action, mapping } = self;
        let source = if property.is_current() {
            "a control of today, which the documented collection does not have"
        } else {
            "a property of the documented collection"
        };
        let mut lines = vec![
            format!("{property}: {}", property.display_name()),
            String::new(),
            wrapped(meaning),
            wrapped(&format!("To do: {action}")),
            String::new(),
            format!("Category: {}", property.category()),
            format!("Urgency: {} of 100", property.weight()),
            format!("Source: {source}"),
            format!("Known today: {}", self.known_today()),
        ];
        for id in mapping.configurations() {
            lines.push(format!("  {id}  {}", id.name().unwrap_or_default()));
        }
        lines.extend((!mapping.also.is_empty()).then(|| format!("  {}", mapping.also)));
        lines.extend((!mapping.note.is_empty()).then(|| wrapped(&format!("Note: {}", mapping.note))));
        lines.join("\n") + "\n"
    }

    /// The explanation, for programs.
    pub(crate) fn output(&self) -> ExplanationOutput {
        let Self { property, meaning, action, mapping } = self;
        let configuration =
            |id: endstate_assessment::ConfigurationId| ConfigurationOutput { id: id.to_string(), name: id.name() };
        ExplanationOutput {
            property: property.as_str(),
            display_name: property.display_name(),
            category: property.category().as_str(),
            urgency: property.weight(),
            is_current: property.is_current(),
            meaning,
            action,
            confidence: mapping.confidence.as_str(),
            configurations: mapping.configurations().map(configuration).collect(),
            also: Some(mapping.also).filter(|also| !also.is_empty()),
            note: Some(mapping.note).filter(|note| !note.is_empty()),
        }
    }
}

/// What is known of a property, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExplanationOutput {
    property: &'static str,
    display_name: &'static str,
    category: &'static str,
    /// From 0 (it only informs) to 100 (the sensor is off).
    urgency: u16,
    /// Whether it is a control of today that the documented collection does not have.
    is_current: bool,
    meaning: &'static str,
    action: &'static str,
    /// How well today's sources know it.
    confidence: &'static str,
    /// The configurations of today that say it.
    configurations: Vec<ConfigurationOutput>,
    /// What else says it.
    also: Option<&'static str>,
    note: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ConfigurationOutput {
    id: String,
    name: Option<&'static str>,
}

/// The properties as a table for people.
pub(crate) fn table(explanations: &[Explanation]) -> String {
    let mut table = ResultTable::new([
        Column::shown("CATEGORY").gives_way(1),
        Column::shown("PROPERTY"),
        Column::shown("URGENCY").gives_way(2),
        Column::shown("KNOWN TODAY"),
    ]);
    for explanation in explanations {
        let property = explanation.property;
        table.row([
            Cell::text(property.category().as_str()),
            Cell::text(property.as_str()),
            Cell::text(property.weight().to_string()),
            Cell::text(explanation.known_today()),
        ]);
    }
    table.all().plain() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_property_is_explained_as_in_the_documentation() {
        let page = include_str!("../../docs/attention.md");
        let explanations: Vec<_> = Explanation::all().collect();
        assert_eq!(explanations.len(), AttentionProperty::KNOWN.len());
        for Explanation { property, meaning, action, .. } in explanations {
            let ending = format!("{meaning} | {action} |");
            let is_its = |line: &&str| line.starts_with(&format!("| `{property}` | "));
            assert!(page.lines().find(is_its).unwrap().ends_with(&ending), "{property}");
        }
    }
}
