//! The security state of one device.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::assessment::PropertyLists;
use crate::{
    Architecture, Assessment, AttentionProperties, AttentionProperty, Device, DeviceId, OsVersion, StateSource,
    missing_kbs, os_version,
};

/// The security state of one device: an item of the collection `machinesecuritystates` (the
/// document), or the same state from one of today's sources.
///
/// Only the id is guaranteed. This type ignores properties that this version does not know; the raw
/// item still contains them.
///
/// [`Entity::read`](crate::Entity::read) reads every item whose id can be read, and lists the
/// fields that it could not read. `Deserialize` is strict: a field of a wrong type is an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "WireForm")]
#[non_exhaustive]
pub struct MachineSecurityState {
    /// The device's id.
    pub id: DeviceId,
    /// Build of the operating system, such as 14393: the third part of its version.
    pub build: Option<u32>,
    /// Revision of that build, such as 2485: the fourth part of its version, raised by each update.
    pub revision: Option<u32>,
    /// Architecture of the operating system.
    pub architecture: Option<Architecture>,
    /// Version of the operating system. Null and empty versions occur, and become `None`.
    pub os_version: Option<OsVersion>,
    /// The properties that require attention, with [those of
    /// today](crate::AttentionProperty::is_current). If the list is null or missing, they are [not
    /// known](AttentionProperties::is_known).
    pub properties_require_attention: AttentionProperties,
    /// What the source knows of the properties. `None` for the documented collection, which does
    /// not say it.
    pub assessment: Option<Box<Assessment>>,
    /// What is known of the device beside its state. `None` in the documented collection.
    pub device: Option<Box<Device>>,
    /// The fields that the item has and that cannot be read, by their wire names: their values are
    /// of another type, or differ between two occurrences. What they say is not known.
    pub unreadable_fields: Vec<&'static str>,
}

impl MachineSecurityState {
    /// Whether the version text contains another build or revision than the fields `build` and
    /// `revision`. If so, either the text or the field is stale. A text of another form, or a
    /// missing field, never disagrees.
    pub fn version_disagrees(&self) -> bool {
        let Some(parts) = self.os_version.as_ref().and_then(OsVersion::parts) else { return false };
        self.build.is_some_and(|build| build != parts.build)
            || self.revision.is_some_and(|revision| revision != parts.revision)
    }

    /// Creates a state of a device that needs no attention. Build, revision, architecture and
    /// version are not known.
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            build: None,
            revision: None,
            architecture: None,
            os_version: None,
            properties_require_attention: AttentionProperties::new(),
            assessment: None,
            device: None,
            unreadable_fields: Vec::new(),
        }
    }

    /// Whether it is known of every property that the source can state whether it requires
    /// attention. If not, a device without such a property is not OK, but not known.
    pub fn is_known(&self) -> bool {
        self.properties_require_attention.is_known()
            && self.assessment.as_ref().is_none_or(|assessment| assessment.is_conclusive())
    }
}

/// Writes the document's six fields first, then the assessment and the device if there are any. The
/// controls of today have lists of their own, which only a state with an assessment has: the
/// documented lists have only documented properties.
impl Serialize for MachineSecurityState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = &self.properties_require_attention;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("build", &self.build)?;
        map.serialize_entry("revision", &self.revision)?;
        map.serialize_entry("architecture", &self.architecture)?;
        map.serialize_entry("osVersion", &self.os_version)?;

        let Some(assessment) = &self.assessment else {
            map.serialize_entry("propertiesRequireAttention", all)?;
            if let Some(device) = &self.device {
                map.serialize_entry("device", device)?;
            }
            return map.end();
        };
        let (current, documented) = by_list(all);
        let (not_known_controls, not_known) = by_list(&assessment.not_known);
        let (not_applicable_controls, not_applicable) = by_list(&assessment.not_applicable);
        // A list that is not known whole is null only if nothing of it is known.
        let is_null = !all.is_known() && documented.is_empty();
        map.serialize_entry("propertiesRequireAttention", &(!is_null).then_some(documented))?;
        map.serialize_entry("notKnownProperties", &not_known)?;
        map.serialize_entry("notApplicableProperties", &not_applicable)?;
        map.serialize_entry("currentControls", &current)?;
        map.serialize_entry("notKnownControls", &not_known_controls)?;
        map.serialize_entry("notApplicableControls", &not_applicable_controls)?;

        if let Some(missing_kbs) = &assessment.missing_kbs {
            map.serialize_entry("missingKbs", missing_kbs)?;
        }
        map.serialize_entry("assessed", &assessment.is_assessed)?;
        map.serialize_entry("source", &assessment.source)?;
        map.serialize_entry("device", &self.device)?;
        map.end()
    }
}

/// The controls of today in a set, and its other properties.
fn by_list(properties: &AttentionProperties) -> (Vec<&AttentionProperty>, Vec<&AttentionProperty>) {
    properties.iter().partition(|property| property.is_current())
}

/// A state as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireForm {
    id: DeviceId,
    #[serde(default)]
    build: Option<u32>,
    #[serde(default)]
    revision: Option<u32>,
    #[serde(default)]
    architecture: Option<Architecture>,
    #[serde(default, deserialize_with = "os_version::text_or_nothing")]
    os_version: Option<OsVersion>,
    #[serde(default = "AttentionProperties::not_known")]
    properties_require_attention: AttentionProperties,
    #[serde(default)]
    assessed: Option<bool>,
    #[serde(default, deserialize_with = "list_or_not_known")]
    not_known_properties: Option<AttentionProperties>,
    #[serde(default, deserialize_with = "list_or_not_known")]
    not_applicable_properties: Option<AttentionProperties>,
    #[serde(default, deserialize_with = "list_or_not_known")]
    current_controls: Option<AttentionProperties>,
    #[serde(default, deserialize_with = "list_or_not_known")]
    not_known_controls: Option<AttentionProperties>,
    #[serde(default, deserialize_with = "list_or_not_known")]
    not_applicable_controls: Option<AttentionProperties>,
    #[serde(default)]
    missing_kbs: Option<Vec<Box<str>>>,
    #[serde(default)]
    source: Option<StateSource>,
    #[serde(default)]
    device: Option<Box<Device>>,
}

/// Reads a list. One that is null is not known, and one that is missing was not written.
fn list_or_not_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AttentionProperties>, D::Error> {
    AttentionProperties::deserialize(deserializer).map(Some)
}

impl From<WireForm> for MachineSecurityState {
    fn from(form: WireForm) -> Self {
        let mut properties = form.properties_require_attention;
        let lists = PropertyLists {
            not_known: form.not_known_properties,
            not_applicable: form.not_applicable_properties,
            current: form.current_controls,
            not_known_controls: form.not_known_controls,
            not_applicable_controls: form.not_applicable_controls,
        };
        if form.assessed.is_none() && lists.has_any() || !lists.are_known() {
            properties.mark_not_known();
        }

        let assessment = form.assessed.map(|is_assessed| {
            let current = lists.current.clone().unwrap_or_default();
            let (not_known, not_applicable) = lists.conclude(&properties);
            properties.extend(current.iter().cloned());

            Box::new(Assessment {
                is_assessed,
                not_known,
                not_applicable,
                missing_kbs: form.missing_kbs.and_then(|texts| missing_kbs(texts.iter().map(|text| &**text))),
                source: form.source.unwrap_or_else(|| StateSource::Unknown(Box::default())),
            })
        });

        Self {
            id: form.id,
            build: form.build,
            revision: form.revision,
            architecture: form.architecture,
            os_version: form.os_version,
            properties_require_attention: properties,
            assessment,
            device: form.device,
            unreadable_fields: Vec::new(),
        }
    }
}
