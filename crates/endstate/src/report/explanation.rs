//! What the names that endstate prints mean, why they matter, and what to do: properties,
//! categories, outcomes and exit codes. The documentation has the same texts.

#[cfg(test)]
mod documentation;
mod property;
mod text;

use endstate_model::{AttentionProperty, Category, nearest_name};
use serde::Serialize;

pub(crate) use self::property::PropertyExplanation;
use self::property::PropertyOutput;
use self::text::ExplanationText;
use super::table::{Cell, Column, ResultTable};
use crate::exit::UsageError;
use crate::terminal::output::wrapped;

/// What a name means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Explanation {
    Property(PropertyExplanation),
    /// A category, an outcome, a reason or an exit code.
    Name(Kind, ExplanationText),
}

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A property that can require attention.
    Property,
    /// The security control that properties belong to.
    Category,
    /// How a pull ended, or the reason of an outcome.
    Outcome,
    /// The exit code of endstate.
    ExitCode,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Category => "category",
            Self::Outcome => "outcome",
            Self::ExitCode => "exit code",
        }
    }
}

impl Explanation {
    /// Every name: properties, then categories, outcomes with their reasons, and exit codes.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let properties = PropertyExplanation::all().map(Self::Property);
        let names = |kind, texts: fn() -> text::Texts| texts().map(move |text| Self::Name(kind, text));
        properties
            .chain(names(Kind::Category, text::categories))
            .chain(names(Kind::Outcome, text::outcomes))
            .chain(names(Kind::ExitCode, text::exit_codes))
    }

    /// What this name means. Several properties have the same display name. A category comes
    /// with its properties.
    ///
    /// # Errors
    ///
    /// If nothing has this name; the error says which name is nearest.
    pub(crate) fn find(name: &str) -> Result<Vec<Self>, UsageError> {
        let category = name.parse::<Category>().ok();
        let mut found: Vec<_> = Self::all().filter(|explanation| explanation.is_named(name, category)).collect();
        if !found.is_empty() {
            found.sort_by_key(|explanation| explanation.kind() != Kind::Category);
            return Ok(found);
        }

        let properties = AttentionProperty::KNOWN.iter().map(AttentionProperty::as_str);
        let names = Self::all().map(|explanation| explanation.name()).chain(properties);
        Err(UsageError::new(match nearest_name(name, names) {
            Some(nearest) => format!("nothing is named '{name}'; did you mean '{nearest}'?"),
            None => format!("nothing is named '{name}'; `endstate explain` lists all names"),
        }))
    }

    fn is_named(&self, name: &str, category: Option<Category>) -> bool {
        match self {
            Self::Property(explanation) => {
                Some(explanation.property.category()) == category || explanation.is_named(name)
            }
            Self::Name(Kind::Category, text) => category.is_some_and(|category| category.as_str() == text.name),
            Self::Name(Kind::ExitCode, text) => {
                let code = name.to_ascii_lowercase();
                code.strip_prefix("exit").unwrap_or(&code).trim_start_matches(['-', '_', ' ']) == text.name
            }
            Self::Name(_, text) => name.replace(['-', ' '], "_").eq_ignore_ascii_case(text.name),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Property(_) => Kind::Property,
            Self::Name(kind, _) => *kind,
        }
    }

    /// As it is typed.
    fn name(&self) -> &'static str {
        match self {
            Self::Property(explanation) => explanation.property.as_str(),
            Self::Name(_, text) => text.name,
        }
    }

    /// The text for people.
    pub(crate) fn text(&self) -> String {
        let text = match self {
            Self::Property(explanation) => return explanation.text(),
            Self::Name(_, text) => text,
        };
        let mut lines = vec![format!("{} ({})", text.name, self.kind().as_str()), String::new(), wrapped(text.meaning)];
        lines.extend((!text.why.is_empty()).then(|| wrapped(text.why)));
        lines.push(wrapped(&format!("To do: {}", text.action)));
        lines.join("\n") + "\n"
    }

    /// The explanation, for programs.
    fn output(&self) -> ExplanationOutput {
        let (meaning, why, action) = match self {
            Self::Property(explanation) => (explanation.meaning, explanation.why, explanation.action),
            Self::Name(_, text) => (text.meaning, text.why, text.action),
        };
        let property = match self {
            Self::Property(explanation) => Some(explanation.output()),
            Self::Name(..) => None,
        };
        let why = Some(why).filter(|why| !why.is_empty());
        ExplanationOutput { kind: self.kind(), name: self.name(), meaning, why, action, property }
    }
}

/// What names mean, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExplanationsOutput {
    explanations: Vec<ExplanationOutput>,
}

impl ExplanationsOutput {
    pub(crate) fn new(explanations: &[Explanation]) -> Self {
        Self { explanations: explanations.iter().map(Explanation::output).collect() }
    }
}

/// What a name means, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ExplanationOutput {
    kind: Kind,
    /// As it is typed, and as JSON and CSV have it.
    name: &'static str,
    meaning: &'static str,
    /// Why it matters; null if the meaning says it.
    why: Option<&'static str>,
    /// What to do.
    action: &'static str,
    #[serde(flatten)]
    property: Option<PropertyOutput>,
}

/// All names as tables for people.
pub(crate) fn tables() -> String {
    let mut properties = ResultTable::new([
        Column::shown("CATEGORY").gives_way(1),
        Column::shown("PROPERTY"),
        Column::shown("URGENCY").gives_way(2),
        Column::shown("KNOWN TODAY"),
    ]);

    let mut names = ResultTable::new([Column::shown("KIND"), Column::shown("NAME"), Column::shown("MEANING").wraps()]);
    for explanation in Explanation::all() {
        match explanation {
            Explanation::Property(explanation) => {
                let property = explanation.property;
                properties.row([
                    Cell::text(property.category().as_str()),
                    Cell::text(property.as_str()),
                    Cell::text(property.weight().to_string()),
                    Cell::text(explanation.known_today()),
                ]);
            }
            Explanation::Name(kind, text) => {
                names.row([Cell::text(kind.as_str()), Cell::text(text.name), Cell::text(text.meaning)]);
            }
        }
    }
    format!("{}\n\n{}\n", properties.all().plain(), names.all().plain())
}
