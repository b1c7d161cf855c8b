//! What a state from today's sources says beside the document's six fields.

use std::fmt;

use endstate_odata::RawItem;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AttentionProperties, AttentionProperty};

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
/// if it has the boolean `assessed`. A state without `notKnownControls` was written before there was
/// that list: then a control that is in no list is not known.
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

    /// Reads the members of a state, and the controls of today that require attention. Returns
    /// `None` if the state has no assessment, and an error if it cannot be read.
    pub(crate) fn read(item: RawItem<'_>) -> Result<Option<(Self, AttentionProperties)>, Unreadable> {
        let is_assessed =
            |(name, value): (_, RawItem<'_>)| if name == "assessed" { value.decode::<bool>().ok() } else { None };
        let Some(is_assessed) = item.members().find_map(is_assessed) else { return Ok(None) };
        let mut assessment = Self { is_assessed, ..Self::new(StateSource::Unknown(Box::default())) };
        let mut lists = PropertyLists::default();
        let mut seen = 0_u8;

        for (name, value) in item.members() {
            let bit = match &*name {
                "assessed" => 1,
                "missingKbs" => {
                    assessment.missing_kbs = value.decode().map_err(|_| Unreadable)?;
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

        // A null list of properties is not an empty one.
        if !lists.are_known() {
            return Err(Unreadable);
        }
        let current = lists.current.clone();
        (assessment.not_known, assessment.not_applicable) = lists.with_controls();
        Ok(Some((assessment, current)))
    }
}

/// The lists of properties of an assessment, as a state has them.
#[derive(Debug, Default)]
pub(crate) struct PropertyLists {
    pub(crate) not_known: AttentionProperties,
    pub(crate) not_applicable: AttentionProperties,
    /// The controls that require attention.
    pub(crate) current: AttentionProperties,
    pub(crate) not_known_controls: Option<AttentionProperties>,
    pub(crate) not_applicable_controls: AttentionProperties,
}

impl PropertyLists {
    /// Reads a member. Returns its bit, which is 0 if it is no list.
    fn read_member(&mut self, name: &str, value: RawItem<'_>) -> Result<u8, Unreadable> {
        let (list, bit) = match name {
            "notKnownProperties" => (&mut self.not_known, 8),
            "notApplicableProperties" => (&mut self.not_applicable, 16),
            "currentControls" => (&mut self.current, 32),
            "notApplicableControls" => (&mut self.not_applicable_controls, 128),
            "notKnownControls" => {
                self.not_known_controls = value.decode().map_err(|_| Unreadable)?;
                return Ok(64);
            }
            _ => return Ok(0),
        };
        *list = value.decode().map_err(|_| Unreadable)?;
        Ok(bit)
    }

    /// Whether no list is null, other than that of the controls that are not known.
    fn are_known(&self) -> bool {
        let lists = [&self.not_known, &self.not_applicable, &self.current, &self.not_applicable_controls];
        lists.iter().all(|list| list.is_known())
    }

    /// The properties that are not known, and those that do not apply, both with today's controls.
    /// Without the list of controls that are not known, those are not known that are in no list.
    pub(crate) fn with_controls(self) -> (AttentionProperties, AttentionProperties) {
        let Self { mut not_known, mut not_applicable, current, .. } = self;
        not_applicable.extend(self.not_applicable_controls.iter().cloned());
        let not_listed = || AttentionProperties::current().difference(&current).difference(&not_applicable);
        not_known.extend(self.not_known_controls.unwrap_or_else(not_listed).iter().cloned());
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
