//! `--fail-on`: what in a triage makes a run fail.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use endstate_analysis::{Difference, Triage};
use endstate_model::{AttentionProperty, Category, Date};

/// Something to look for, and on how many devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailOn {
    what: What,
    /// Devices from which on it counts.
    from: u64,
    written: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Any,
    New,
    Behind,
    EndOfServicing,
    Category(Category),
    Property(AttentionProperty),
}

impl FailOn {
    /// How many devices have it, if that is as many as it takes.
    pub(crate) fn found(&self, triage: &Triage, difference: Option<&Difference>, day: Date) -> Option<u64> {
        let devices = match &self.what {
            What::Any => triage.need_attention,
            What::New => difference.map_or(0, |difference| difference.with_new_properties),
            What::Behind => triage.behind(),
            What::EndOfServicing => triage.servicing_on(day).ended,
            What::Category(category) => {
                triage.by_category.iter().find(|row| row.key == *category).map_or(0, |row| row.devices)
            }
            What::Property(property) => {
                triage.by_property.iter().find(|row| row.key == *property).map_or(0, |row| row.devices)
            }
        };
        (devices >= self.from).then_some(devices)
    }

    /// Whether it takes an older pull to say.
    pub(crate) fn needs_older_pull(&self) -> bool {
        self.what == What::New
    }

    /// As it was written on the command line.
    pub(crate) fn as_str(&self) -> &str {
        &self.written
    }
}

impl What {
    fn all() -> impl Iterator<Item = Self> {
        let categories = Category::ALL.into_iter().map(Self::Category);
        let properties = AttentionProperty::KNOWN.iter().cloned().map(Self::Property);
        [Self::Any, Self::New, Self::Behind, Self::EndOfServicing].into_iter().chain(categories).chain(properties)
    }

    /// The name on the command line.
    fn name(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::New => "new".to_owned(),
            Self::Behind => "behind".to_owned(),
            Self::EndOfServicing => "end-of-servicing".to_owned(),
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailOnParser;

impl TypedValueParser for FailOnParser {
    type Value = FailOn;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<FailOn, clap::Error> {
        let written = value.to_string_lossy().into_owned();
        let invalid = |suggestion: Option<String>| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let argument = argument.map(ToString::to_string).unwrap_or_default();
            error.insert(ContextKind::InvalidArg, ContextValue::String(argument));
            error.insert(ContextKind::InvalidValue, ContextValue::String(written.clone()));
            if let Some(suggestion) = suggestion {
                error.insert(ContextKind::SuggestedValue, ContextValue::String(suggestion));
            }
            error
        };
        let (name, from) = match written.split_once(':') {
            None => (written.as_str(), 1),
            Some((name, count)) => match count.parse() {
                Ok(from) if from > 0 => (name, from),
                _ => return Err(invalid(Some(format!("{name}:10")))),
            },
        };
        match What::all().find(|what| what.name().eq_ignore_ascii_case(name)) {
            Some(what) => Ok(FailOn { what, from, written }),
            None => Err(invalid(nearest(name))),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(What::all().map(|what| PossibleValue::new(what.name()))))
    }
}

/// A name that is almost this one.
fn nearest(name: &str) -> Option<String> {
    let likeness = |other: &String| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let names = What::all().map(|what| what.name()).map(|name| (likeness(&name), name));
    let nearest = names.max_by(|(likeness, _), (other, _)| likeness.total_cmp(other))?;
    (nearest.0 > 0.8).then_some(nearest.1)
}
