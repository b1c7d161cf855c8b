//! Which of today's configurations says what a property of the documented state says.

mod table;

use endstate_model::AttentionProperty;

use self::table::MAPPING;
use crate::ConfigurationId;
use crate::system_family::SystemFamily;

/// How today's Defender says one property: a row of the mapping.
///
/// ```
/// use endstate_assessment::{Confidence, PropertyMapping};
/// use endstate_model::AttentionProperty;
///
/// let mapping = PropertyMapping::for_property(&AttentionProperty::FirewallOff).ok_or("no row")?;
/// assert_eq!(mapping.confidence, Confidence::Direct);
/// let ids: Vec<_> = mapping.configurations().map(|id| id.to_string()).collect();
/// assert_eq!(ids, ["scid-2070", "scid-5007"]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyMapping {
    /// The property.
    pub property: &'static AttentionProperty,
    /// How well today's answer fits.
    pub confidence: Confidence,
    /// The numbers of the configurations: first and last of each range.
    pub(crate) ranges: &'static [(u16, u16)],
    /// What else says it, such as a value of `healthStatus`. Empty if nothing does.
    pub also: &'static str,
    /// What to know about it. Empty if it says just the same.
    pub note: &'static str,
}

/// How well today's answer fits a property of the documented state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Confidence {
    /// One configuration says the same.
    Direct,
    /// A configuration says nearly the same; [`PropertyMapping::note`] has the difference.
    Partial,
    /// Only missing rows hint at it, which proves nothing. The property is never known.
    AbsenceOnly,
    /// Nothing of today says it. The property is never known.
    Never,
}

impl PropertyMapping {
    /// The mapping: a row for each known property, in the order of [`AttentionProperty::KNOWN`].
    ///
    /// Basis: the names of 184 configurations in a tenant's list of September 2026, Microsoft's own
    /// hunting queries, and the pages of the assessment API. Microsoft publishes no list
    /// (MicrosoftDocs/microsoft-365-docs#8665).
    pub const ALL: &'static [Self] = MAPPING;

    /// The row of a property; `None` for an unknown property.
    pub fn for_property(property: &AttentionProperty) -> Option<&'static Self> {
        MAPPING.get(property.position()?)
    }

    /// The configurations that say it. If one of them applies and is not compliant, the property
    /// requires attention.
    pub fn configurations(&self) -> impl Iterator<Item = ConfigurationId> + use<> {
        let ids = self.ranges.iter().flat_map(|(first, last)| *first..=*last);
        ids.map(|number| ConfigurationId::new(number.into()))
    }

    /// Whether today's sources can say the property at all.
    pub fn can_be_known(&self) -> bool {
        matches!(self.confidence, Confidence::Direct | Confidence::Partial)
    }
}

impl Confidence {
    /// The name for people and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Partial => "partial",
            Self::AbsenceOnly => "absence only",
            Self::Never => "never",
        }
    }
}

/// A set of known properties: bit `n` is `AttentionProperty::KNOWN[n]`.
pub(crate) type Bits = u64;

/// The properties that a configuration says, from its number; empty for most configurations.
pub(crate) fn properties_of(configuration: ConfigurationId) -> Bits {
    let Ok(number) = u16::try_from(configuration.number()) else { return 0 };
    BY_CONFIGURATION.get(usize::from(number)).copied().unwrap_or_default()
}

/// Those of a configuration's properties that do not apply to a device of a family if the
/// configuration does not. The service also sends the configurations of other families, which never
/// apply: they say nothing of a property that the device's own family has a configuration for.
pub(crate) fn not_applicable_by(configuration: ConfigurationId, properties: Bits, family: SystemFamily) -> Bits {
    // Most properties have configurations of one family.
    if properties & OF_SEVERAL_FAMILIES == 0 {
        return properties;
    }
    match family {
        SystemFamily::NotKnown => properties & !OF_SEVERAL_FAMILIES,
        family if family == SystemFamily::of_configuration(configuration.number()) => properties,
        SystemFamily::Windows => properties & !OF_WINDOWS,
        SystemFamily::MacOs => properties & !OF_MAC_OS,
        SystemFamily::Linux => properties & !OF_LINUX,
        SystemFamily::Mobile => properties,
    }
}

const OF_WINDOWS: Bits = with_configuration_in(0, 5000);
const OF_MAC_OS: Bits = with_configuration_in(5000, 6000);
const OF_LINUX: Bits = with_configuration_in(6000, 7000);
const OF_SEVERAL_FAMILIES: Bits = OF_WINDOWS & (OF_MAC_OS | OF_LINUX) | OF_MAC_OS & OF_LINUX;

/// The properties that have a configuration with a number from `first` to below `end`.
const fn with_configuration_in(first: u16, end: u16) -> Bits {
    let mut bits = 0;
    let mut row = 0;
    while row < MAPPING.len() {
        let mut range = 0;
        while range < MAPPING[row].ranges.len() {
            let (lowest, _) = MAPPING[row].ranges[range];
            if first <= lowest && lowest < end {
                bits |= 1 << row;
            }
            range += 1;
        }
        row += 1;
    }
    bits
}

/// The properties that can never be known today.
pub(crate) const NEVER_KNOWN: Bits = {
    let mut bits = 0;
    let mut row = 0;
    while row < MAPPING.len() {
        if matches!(MAPPING[row].confidence, Confidence::AbsenceOnly | Confidence::Never) {
            bits |= 1 << row;
        }
        row += 1;
    }
    bits
};

/// All properties of the mapping.
pub(crate) const ALL_PROPERTIES: Bits = (1 << MAPPING.len()) - 1;

/// One more than the highest number of a configuration in the mapping.
const NUMBERS: usize = 6096;

/// Hundreds of millions of rows are looked up here, so it is a plain array.
static BY_CONFIGURATION: [Bits; NUMBERS] = {
    let mut table = [0; NUMBERS];
    let mut row = 0;
    while row < MAPPING.len() {
        let mut range = 0;
        while range < MAPPING[row].ranges.len() {
            let (first, last) = MAPPING[row].ranges[range];
            let mut number = first as usize;
            while number <= last as usize {
                table[number] |= 1 << row;
                number += 1;
            }
            range += 1;
        }
        row += 1;
    }
    table
};

/// The bit of a known property.
pub(crate) const fn bit(position: usize) -> Bits {
    1 << position
}
