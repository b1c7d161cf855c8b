//! The values of `--fail-on`, as they are written.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use endstate_model::nearest_name;
use endstate_model::{AttentionProperty, Category};

/// What to look for, and on how many devices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FailOn {
    pub(crate) what: Finding,
    pub(crate) limit: FindingLimit,
    /// As it is written on the command line.
    pub(crate) text: String,
}

/// From how many devices on a finding counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum FindingLimit {
    Devices(u64),
    /// Of the devices, in per cent.
    Percent(f64),
}

/// What a triage can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    Any,
    New,
    Behind,
    OutOfSupport,
    /// Devices of which it is not known whether they need attention.
    Unknown,
    Category(Category),
    Property(AttentionProperty),
    /// With the known name that it most likely means.
    UnknownProperty {
        property: AttentionProperty,
        nearest: Option<String>,
    },
}

impl Finding {
    fn all() -> impl Iterator<Item = Self> {
        let categories = Category::ALL.into_iter().map(Self::Category);
        let properties = AttentionProperty::KNOWN.iter().cloned().map(Self::Property);
        [Self::Any, Self::New, Self::Behind, Self::OutOfSupport, Self::Unknown]
            .into_iter()
            .chain(categories)
            .chain(properties)
    }

    /// The name on the command line. A category's name is written without spaces.
    fn name(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::New => "new".to_owned(),
            Self::Behind => "behind".to_owned(),
            Self::OutOfSupport => "out-of-support".to_owned(),
            Self::Unknown => "unknown".to_owned(),
            Self::Category(category) => {
                category.as_str().trim_start_matches("OS ").split(' ').map(capitalized).collect()
            }
            Self::Property(property) | Self::UnknownProperty { property, .. } => property.to_string(),
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

/// Knows every name. A property that is not known may be a new one; whether the fleet has it
/// decides the check. Any other value is refused, because a check that cannot fail is worse than no
/// check.
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
        parse(&text).map_err(|reason| {
            let argument = argument.map(ToString::to_string).unwrap_or_default();
            let message = format!("invalid value '{}' for '{argument}': {reason}\n", text.escape_debug());
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Finding::all().map(|what| PossibleValue::new(what.name()))))
    }
}

fn parse(text: &str) -> Result<FailOn, String> {
    let (name, limit) = match text.split_once(':') {
        None => (text, FindingLimit::Devices(1)),
        Some((name, limit)) => (name, parse_limit(name, limit)?),
    };
    if name.trim().is_empty() {
        return Err("it must be any, new, behind, out-of-support, unknown, a category or a property".to_owned());
    }
    Ok(FailOn { what: find(name)?, limit, text: text.to_owned() })
}

fn parse_limit(name: &str, limit: &str) -> Result<FindingLimit, String> {
    let devices = limit.parse().ok().filter(|devices| *devices > 0).map(FindingLimit::Devices);
    let percent = limit.strip_suffix('%').and_then(|percent| percent.trim().parse().ok());
    let percent =
        percent.filter(|percent| (0.0..=100.0).contains(percent) && *percent > 0.0).map(FindingLimit::Percent);
    let invalid =
        || format!("the limit must be a whole number from 1 or a percentage up to 100, such as {name}:10 or {name}:5%");
    devices.or(percent).ok_or_else(invalid)
}

fn find(name: &str) -> Result<Finding, String> {
    if let Ok(category) = name.parse::<Category>() {
        return Ok(Finding::Category(category));
    }
    if let Some(what) = Finding::all().find(|what| what.is_named(name)) {
        return Ok(what);
    }

    let properties: Vec<_> = AttentionProperty::named(name).collect();
    match properties.as_slice() {
        [property] => Ok(Finding::Property((*property).clone())),
        [] => {
            let names: Vec<_> = Finding::all().map(|what| what.name()).collect();
            let nearest = nearest_name(name, names.iter().map(String::as_str)).map(ToOwned::to_owned);
            let is_property = |nearest: &String| AttentionProperty::named(nearest).next().is_some();
            if let Some(nearest) = nearest.as_ref().filter(|nearest| !is_property(nearest)) {
                // There are no other categories and words.
                return Err(format!("unknown name; did you mean '{nearest}'?"));
            }
            Ok(Finding::UnknownProperty { property: AttentionProperty::from_wire(name), nearest })
        }
        several => {
            let names: Vec<_> = several.iter().map(|property| property.as_str()).collect();
            Err(format!("several properties have this name; use one of {}", names.join(", ")))
        }
    }
}
