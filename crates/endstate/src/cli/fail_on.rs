//! The values of `--fail-on`, as they are written.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use endstate_analysis::nearest_name;
use endstate_model::{AttentionProperty, Category};

/// What to look for, and on how many devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailOn {
    pub(crate) what: Finding,
    /// Minimum devices that count as a finding.
    pub(crate) min_devices: u64,
    /// As it is written on the command line.
    pub(crate) text: String,
}

/// What a triage can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    Any,
    New,
    Behind,
    OutOfSupport,
    Category(Category),
    Property(AttentionProperty),
}

impl Finding {
    fn all() -> impl Iterator<Item = Self> {
        let categories = Category::ALL.into_iter().map(Self::Category);
        let properties = AttentionProperty::KNOWN.iter().cloned().map(Self::Property);
        [Self::Any, Self::New, Self::Behind, Self::OutOfSupport].into_iter().chain(categories).chain(properties)
    }

    /// The name on the command line. A category's name is written without spaces.
    fn name(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::New => "new".to_owned(),
            Self::Behind => "behind".to_owned(),
            Self::OutOfSupport => "out-of-support".to_owned(),
            Self::Category(category) => {
                category.as_str().trim_start_matches("OS ").split(' ').map(capitalized).collect()
            }
            Self::Property(property) => property.to_string(),
        }
    }

    /// Whether this is its name. Microsoft calls the same date the end of servicing of a release.
    fn is_named(&self, name: &str) -> bool {
        let is_synonym = *self == Self::OutOfSupport && name.eq_ignore_ascii_case("end-of-servicing");
        is_synonym || self.name().eq_ignore_ascii_case(name)
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What an error lists, because all names together fill a screen.
const VALUES_IN_SHORT: [&str; 6] = ["any", "new", "behind", "out-of-support", "CATEGORY", "PROPERTY"];

/// Knows every name and refuses all others. A mistyped name would never be found, and a check that
/// cannot fail is worse than no check.
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
        let text = value.to_string_lossy().into_owned();
        let invalid = |suggestion: Option<String>| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let argument = argument.map(ToString::to_string).unwrap_or_default();
            error.insert(ContextKind::InvalidArg, ContextValue::String(argument));
            error.insert(ContextKind::InvalidValue, ContextValue::String(text.clone()));
            error.insert(ContextKind::ValidValue, ContextValue::Strings(VALUES_IN_SHORT.map(str::to_owned).to_vec()));
            if let Some(suggestion) = suggestion {
                error.insert(ContextKind::SuggestedValue, ContextValue::String(suggestion));
            }
            error
        };

        let (name, min_devices) = match text.split_once(':') {
            None => (text.as_str(), 1),
            Some((name, count)) => match count.parse() {
                Ok(min_devices) if min_devices > 0 => (name, min_devices),
                _ => {
                    let argument = argument.map(ToString::to_string).unwrap_or_default();
                    let message = format!(
                        "invalid value '{text}' for '{argument}': N must be a whole number from 1, such as {name}:10\n"
                    );
                    return Err(clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command));
                }
            },
        };
        if let Some(what) = Finding::all().find(|what| what.is_named(name)) {
            return Ok(FailOn { what, min_devices, text });
        }
        let names: Vec<_> = Finding::all().map(|what| what.name()).collect();
        let nearest = nearest_name(name, names.iter().map(String::as_str)).map(ToOwned::to_owned);
        Err(invalid(nearest))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Finding::all().map(|what| PossibleValue::new(what.name()))))
    }
}
