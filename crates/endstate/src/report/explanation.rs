//! What is known of each property: its meaning, what to do, and how today's sources know it.

use endstate_assessment::{Confidence, PropertyMapping};
use endstate_model::AttentionProperty;
use serde_json::{Value, json};

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

    pub(crate) fn json(&self) -> Value {
        let Self { property, meaning, action, mapping } = self;
        let configurations = mapping.configurations().map(|id| json!({ "id": id.to_string(), "name": id.name() }));
        json!({
            "property": property.as_str(),
            "display_name": property.display_name(),
            "category": property.category().as_str(),
            "urgency": property.weight(),
            "is_current": property.is_current(),
            "meaning": meaning,
            "action": action,
            "confidence": mapping.confidence.as_str(),
            "configurations": configurations.collect::<Vec<_>>(),
            "also": Some(mapping.also).filter(|also| !also.is_empty()),
            "note": Some(mapping.note).filter(|note| !note.is_empty()),
        })
    }
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
