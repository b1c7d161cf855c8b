//! What a state from today's sources says beside the document's six fields.

use std::fmt;

use endstate_odata::RawItem;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AttentionProperties, AttentionProperty, missing_kbs};

/// What today's Defender knows of the properties of one device.
///
/// The documented collection lists what requires attention, and says nothing of the rest. Today's
/// sources tell four answers apart for each property: it requires attention, it is fine, it does
/// not apply, or it is not known. A property that is in no list is fine.
///
/// In the wire form, its fields are members of the state itself: `notKnownProperties` and
/// `notApplicableProperties` (arrays of wire names, without today's controls), `notKnownControls`
/// and `notApplicableControls` (the same for [today's controls](AttentionProperty::is_current)),
/// `missingKbs` (an array, left out if it is not known), `assessed`, and `source`. A state has them
/// if it has the boolean `assessed`.
///
/// Another tool may leave out a list of what is not known, and older versions did not write
/// `notKnownControls`. Without that list, nothing is fine: what is in no other list is not known.
/// A state with a list, and without the boolean, cannot be read as either: nothing of it is fine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Assessment {
    /// Whether Defender has assessed the device at all. If not, its properties are not known.
    pub is_assessed: bool,
    /// The properties that are not known, with today's controls: the source cannot say them, or has
    /// no row for the device.
    pub not_known: AttentionProperties,
    /// The properties that do not apply to the device, with today's controls.
    pub not_applicable: AttentionProperties,
    /// The security updates that the device lacks, by the numbers of their articles without `KB`,
    /// such as `5051987`. The largest number, which is the newest update, comes first. `None` if
    /// they are not known.
    pub missing_kbs: Option<Vec<Box<str>>>,
    /// What the state was read from.
    pub source: StateSource,
}

/// The API from which states come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateSource {
    /// The documented collection, `machinesecuritystates`.
    Preview,
    /// The secure configuration assessment of each device, as pages.
    Assessments,
    /// Advanced hunting.
    Hunting,
    /// The secure configuration assessment, as files.
    Export,
    /// A source that this version does not know, verbatim.
    Unknown(Box<str>),
}

impl Assessment {
    /// An assessment in which everything is known and fine, from this source.
    pub fn new(source: StateSource) -> Self {
        Self {
            is_assessed: true,
            not_known: AttentionProperties::new(),
            not_applicable: AttentionProperties::new(),
            missing_kbs: None,
            source,
        }
    }

    /// Whether the device was assessed and every property is known that
    /// [can be stated today](AttentionProperty::is_stated_today). Then a device without a property
    /// that requires attention is OK, as far as Defender can say.
    pub fn is_conclusive(&self) -> bool {
        self.is_assessed && !self.not_known.iter().any(AttentionProperty::is_stated_today)
    }

    /// Reads the members of a state with these properties that require attention, and the controls
    /// of today that do. Returns `None` if the state has no assessment, and an error if it cannot
    /// be read.
    pub(crate) fn read(
        item: RawItem<'_>,
        attention: &AttentionProperties,
    ) -> Result<Option<(Self, AttentionProperties)>, Unreadable> {
        let is_assessed =
            |(name, value): (_, RawItem<'_>)| if name == "assessed" { value.decode::<bool>().ok() } else { None };
        let Some(is_assessed) = item.members().find_map(is_assessed) else {
            // The lists of a row that was cut do not make it a documented state.
            let has_list = item.members().any(|(name, _)| PropertyLists::NAMES.contains(&&*name));
            return if has_list { Err(Unreadable) } else { Ok(None) };
        };
        let mut assessment = Self { is_assessed, ..Self::new(StateSource::Unknown(Box::default())) };
        let mut lists = PropertyLists::default();
        let mut seen = 0_u8;

        for (name, value) in item.members() {
            let bit = match &*name {
                "assessed" => 1,
                "missingKbs" => {
                    let texts: Option<Vec<Box<str>>> = value.decode().map_err(|_| Unreadable)?;
                    assessment.missing_kbs = texts.and_then(|texts| missing_kbs(texts.iter().map(|text| &**text)));
                    2
                }
                "source" => {
                    assessment.source = value.decode().map_err(|_| Unreadable)?;
                    4
                }
                other => lists.read_member(other, value)?,
            };
            if seen & bit != 0 {
                return Err(Unreadable);
            }
            seen |= bit;
        }

        if !lists.are_known() {
            return Err(Unreadable);
        }
        let current = lists.current.clone().unwrap_or_default();
        (assessment.not_known, assessment.not_applicable) = lists.conclude(attention);
        Ok(Some((assessment, current)))
    }
}

/// The lists of properties of an assessment, as a state has them. A missing list is `None`.
#[derive(Debug, Default)]
pub(crate) struct PropertyLists {
    pub(crate) not_known: Option<AttentionProperties>,
    pub(crate) not_known_controls: Option<AttentionProperties>,
    pub(crate) not_applicable: Option<AttentionProperties>,
    pub(crate) not_applicable_controls: Option<AttentionProperties>,
    /// The controls that require attention.
    pub(crate) current: Option<AttentionProperties>,
}

impl PropertyLists {
    const NAMES: [&str; 5] = [
        "notKnownProperties",
        "notKnownControls",
        "notApplicableProperties",
        "notApplicableControls",
        "currentControls",
    ];

    /// Whether the state has any of the lists.
    pub(crate) fn has_any(&self) -> bool {
        let lists = [&self.not_known, &self.not_known_controls, &self.not_applicable, &self.not_applicable_controls];
        lists.into_iter().chain([&self.current]).any(Option::is_some)
    }

    /// Reads a member. Returns its bit, which is 0 if it is no list.
    fn read_member(&mut self, name: &str, value: RawItem<'_>) -> Result<u8, Unreadable> {
        let (list, bit) = match name {
            "notKnownProperties" => (&mut self.not_known, 8),
            "notKnownControls" => (&mut self.not_known_controls, 16),
            "notApplicableProperties" => (&mut self.not_applicable, 32),
            "notApplicableControls" => (&mut self.not_applicable_controls, 64),
            "currentControls" => (&mut self.current, 128),
            _ => return Ok(0),
        };
        *list = Some(value.decode().map_err(|_| Unreadable)?);
        Ok(bit)
    }

    /// Whether no list is null, other than those of what is not known: a null list is not an empty
    /// one.
    pub(crate) fn are_known(&self) -> bool {
        let lists = [&self.not_applicable, &self.not_applicable_controls, &self.current];
        lists.into_iter().flatten().all(AttentionProperties::is_known)
    }

    /// The properties that are not known, and those that do not apply, both with today's controls.
    /// `attention` is the list of the documented properties that require attention.
    pub(crate) fn conclude(self, attention: &AttentionProperties) -> (AttentionProperties, AttentionProperties) {
        let current = self.current.unwrap_or_default();
        let mut not_applicable = self.not_applicable.unwrap_or_default();
        not_applicable.extend(self.not_applicable_controls.unwrap_or_default().iter().cloned());

        let or_in_no_list = |not_known: Option<AttentionProperties>, all: AttentionProperties| {
            let in_no_list = || all.difference(attention).difference(&current).difference(&not_applicable);
            not_known.filter(AttentionProperties::is_known).unwrap_or_else(in_no_list)
        };
        let mut not_known = or_in_no_list(self.not_known, AttentionProperties::documented());
        let controls = or_in_no_list(self.not_known_controls, AttentionProperties::current());
        not_known.extend(controls.iter().cloned());
        (not_known, not_applicable)
    }
}

/// The members of an assessment are there, and cannot be read.
#[derive(Debug)]
pub(crate) struct Unreadable;

/// Whether a member belongs to an assessment or to the device.
pub(crate) fn is_member(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "assessed",
        "currentControls",
        "device",
        "missingKbs",
        "notApplicableControls",
        "notApplicableProperties",
        "notKnownControls",
        "notKnownProperties",
        "source",
    ];
    NAMES.contains(&name)
}

impl StateSource {
    /// The name in settings, in rows and in receipts.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Preview => "preview",
            Self::Assessments => "assessments",
            Self::Hunting => "hunting",
            Self::Export => "export",
            Self::Unknown(name) => name,
        }
    }
}

impl From<&str> for StateSource {
    fn from(name: &str) -> Self {
        match name {
            "preview" => Self::Preview,
            "assessments" => Self::Assessments,
            "hunting" => Self::Hunting,
            "export" => Self::Export,
            other => Self::Unknown(other.into()),
        }
    }
}

impl fmt::Display for StateSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for StateSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StateSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(&*Box::<str>::deserialize(deserializer)?))
    }
}
