//! `--fail-on`: what in a triage makes a run fail.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use endstate_analysis::Triage;
use endstate_model::{AttentionProperty, Category};

/// Something to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FailOn {
    Any,
    Category(Category),
    Property(AttentionProperty),
}

impl FailOn {
    /// How many devices have it.
    pub(crate) fn devices(&self, triage: &Triage) -> u64 {
        match self {
            Self::Any => triage.need_attention,
            Self::Category(category) => {
                triage.by_category.iter().find(|row| row.key == *category).map_or(0, |row| row.devices)
            }
            Self::Property(property) => {
                triage.by_property.iter().find(|row| row.key == *property).map_or(0, |row| row.devices)
            }
        }
    }

    /// The name as it is written on the command line.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Category(category) => category_name(*category),
            Self::Property(property) => property.to_string(),
        }
    }
}

/// The category's name without spaces.
fn category_name(category: Category) -> String {
    category.as_str().trim_start_matches("OS ").split(' ').map(capitalised).collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Knows every name, so that a mistyped one is refused: it would never be found, and a check that cannot fail is worse than
/// none.
pub(crate) fn fail_on_parser() -> impl TypedValueParser<Value = FailOn> {
    let all = || {
        let categories = Category::ALL.into_iter().map(FailOn::Category);
        let properties = AttentionProperty::KNOWN.iter().cloned().map(FailOn::Property);
        std::iter::once(FailOn::Any).chain(categories).chain(properties)
    };
    let names: Vec<_> = all().map(|what| PossibleValue::new(what.name())).collect();
    PossibleValuesParser::new(names).try_map(move |name| {
        all().find(|what| what.name().eq_ignore_ascii_case(&name)).ok_or("no such property or category")
    })
}
