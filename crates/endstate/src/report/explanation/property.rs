//! What is known of a property: its meaning, why it matters, how to fix it, and which of today's
//! sources know it.

use endstate_assessment::{Confidence, PropertyMapping};
use endstate_model::AttentionProperty;
use serde::Serialize;

use crate::terminal::output::wrapped;

/// A property and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PropertyExplanation {
    pub(crate) property: &'static AttentionProperty,
    pub(crate) meaning: &'static str,
    pub(crate) why: &'static str,
    pub(crate) action: &'static str,
    fix: Fix,
    mapping: &'static PropertyMapping,
}

/// Where and how to fix a property.
#[derive(Debug, Clone, Copy)]
struct Fix {
    /// The path in the Microsoft Defender portal.
    portal: &'static str,
    /// The path of the policy in Intune, and its value; `None` if Intune cannot set it.
    intune: Option<&'static str>,
    /// A line of PowerShell on the device.
    powershell: &'static str,
    /// The vendor's page.
    page: &'static str,
}

/// What the line and the address are called.
pub(super) const POWERSHELL: &str = "PowerShell";
pub(super) const PAGE: &str = "Microsoft's page";

impl PropertyExplanation {
    /// The explanation of each known property, in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        AttentionProperty::KNOWN.iter().filter_map(Self::new)
    }

    /// The explanation of a property; `None` for one that this version does not know.
    pub(crate) fn new(property: &AttentionProperty) -> Option<Self> {
        let property = AttentionProperty::KNOWN.iter().find(|known| *known == property)?;
        let mut rows = include_str!("properties.tsv").lines().map(|line| line.split('\t'));
        let mut row = rows.find_map(|mut row| (row.next() == Some(property.as_str())).then_some(row))?;

        let (meaning, why, action) = (row.next()?, row.next()?, row.next()?);
        let (portal, intune) = (row.next()?, row.next().filter(|path| *path != "-"));
        let fix = Fix { portal, intune, powershell: row.next()?, page: row.next()? };
        Some(Self { property, meaning, why, action, fix, mapping: PropertyMapping::for_property(property)? })
    }

    /// Whether this is its name on the wire or in the vendor's report.
    pub(super) fn is_named(&self, name: &str) -> bool {
        AttentionProperty::named(name).any(|property| property == self.property)
    }

    /// How well today's sources know it, for people.
    pub(super) fn known_today(&self) -> &'static str {
        match self.mapping.confidence {
            Confidence::Direct => "yes: a configuration says the same",
            Confidence::Partial => "in part: with a difference",
            Confidence::AbsenceOnly => "no: only missing rows hint at it",
            _ => "no: nothing of today says it",
        }
    }

    /// Where and how to fix it: what it is called, and the path, line or address.
    pub(crate) fn fixes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let Fix { portal, intune, powershell, page } = self.fix;
        let intune = intune.map(|path| ("Intune", path));
        let before = [("Defender portal", portal)].into_iter().chain(intune);
        before.chain([(POWERSHELL, powershell), (PAGE, page)])
    }

    /// The text for people.
    pub(super) fn text(&self) -> String {
        let Self { property, meaning, why, action, mapping, .. } = self;
        let source = if property.is_current() {
            "a control of today, which the documented collection does not have"
        } else {
            "a property of the documented collection"
        };
        let mut lines = vec![
            format!("{property}: {}", property.display_name()),
            String::new(),
            wrapped(meaning),
            wrapped(why),
            wrapped(&format!("To do: {action}")),
            String::new(),
        ];

        lines.extend(self.fixes().map(|(name, fix)| match name {
            // To copy: they do not wrap.
            POWERSHELL | PAGE => format!("{name}: {fix}"),
            _ => wrapped(&format!("{name}: {fix}")),
        }));

        lines.extend([
            String::new(),
            format!("Category: {}", property.category()),
            format!("Urgency: {} of 100", property.weight()),
            format!("Source: {source}"),
            format!("Known today: {}", self.known_today()),
        ]);
        for id in mapping.configurations() {
            lines.push(format!("  {id}  {}", id.name().unwrap_or_default()));
        }
        lines.extend((!mapping.also.is_empty()).then(|| format!("  {}", mapping.also)));
        lines.extend((!mapping.note.is_empty()).then(|| wrapped(&format!("Note: {}", mapping.note))));
        lines.join("\n") + "\n"
    }

    /// What only properties have, for programs.
    pub(super) fn output(&self) -> PropertyOutput {
        let Self { property, fix, mapping, .. } = *self;
        let configuration =
            |id: endstate_assessment::ConfigurationId| ConfigurationOutput { id: id.to_string(), name: id.name() };
        PropertyOutput {
            display_name: property.display_name(),
            category: property.category().as_str(),
            urgency: property.weight(),
            is_current: property.is_current(),
            portal: fix.portal,
            intune: fix.intune,
            powershell: fix.powershell,
            page: fix.page,
            confidence: mapping.confidence.as_str(),
            configurations: mapping.configurations().map(configuration).collect(),
            also: Some(mapping.also).filter(|also| !also.is_empty()),
            note: Some(mapping.note).filter(|note| !note.is_empty()),
        }
    }
}

/// What is known of a property, for programs. Only properties have these members.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PropertyOutput {
    display_name: &'static str,
    category: &'static str,
    /// From 0 (it only informs) to 100 (the sensor is off).
    urgency: u16,
    /// Whether it is a control of today that the documented collection does not have.
    is_current: bool,
    /// The path in the Microsoft Defender portal.
    portal: &'static str,
    /// The path of the policy in Intune, and its value; null if Intune cannot set it.
    intune: Option<&'static str>,
    /// A line of PowerShell on the device, which fixes it or shows its state.
    powershell: &'static str,
    /// The address of Microsoft's page about it.
    page: &'static str,
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
