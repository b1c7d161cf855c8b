//! The security state of one device.

use endstate_odata::RawItem;
use serde::{Deserialize, Serialize};

use crate::{
    Architecture, AttentionProperties, AttentionProperty, DeviceId, Entity, Field, FieldKind, FieldValue,
    MachineSecurityStateRef, OsVersion, WindowsRelease, os_version,
};

/// The security state of one device: an item of the collection `machinesecuritystates` (the document).
///
/// Only the id is certain to be there. Properties that this version does not know are passed over here; they are still in the
/// raw item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineSecurityState {
    /// The device.
    pub id: DeviceId,
    /// Build of the operating system, such as 14393: the third part of its version.
    #[serde(default)]
    pub build: Option<u32>,
    /// Revision of that build, such as 2485: the fourth part of its version, raised by each update.
    #[serde(default)]
    pub revision: Option<u32>,
    /// Architecture of the operating system.
    #[serde(default)]
    pub architecture: Option<Architecture>,
    /// Version of the operating system; null and empty ones, which occur, are `None`.
    #[serde(default, deserialize_with = "os_version::text_or_nothing")]
    pub os_version: Option<OsVersion>,
    /// What requires attention; null and missing read as nothing.
    #[serde(default)]
    pub properties_require_attention: AttentionProperties,
}

impl Entity for MachineSecurityState {
    const ENTITY_SET: &'static str = "machinesecuritystates";
    const KEY: &'static str = "id";
    const NOUN: &'static str = "device state";
    const FIELDS: &'static [Field] = &[
        Field::new("id", FieldKind::Text),
        Field::new("build", FieldKind::Number),
        Field::new("revision", FieldKind::Number),
        Field::new("architecture", FieldKind::Text),
        Field::new("osVersion", FieldKind::Version),
        Field::new("propertiesRequireAttention", FieldKind::List),
        // The same, in one word: conditions are typed.
        Field::derived("property", FieldKind::List),
        Field::derived("category", FieldKind::List),
        Field::derived("release", FieldKind::Text),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        MachineSecurityStateRef::read(item).map_or_else(|| item.decode(), |state| Ok(state.to_owned()))
    }

    fn is_plainly_one(item: RawItem<'_>) -> bool {
        MachineSecurityStateRef::can_read(item)
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        let properties = || self.properties_require_attention.iter();
        match name {
            "id" => FieldValue::Text(self.id.to_string().into()),
            "build" => FieldValue::number(self.build),
            "revision" => FieldValue::number(self.revision),
            "architecture" => FieldValue::text(self.architecture.as_ref().map(Architecture::as_str)),
            "osVersion" => FieldValue::text(self.os_version.as_ref().map(OsVersion::as_str)),
            "propertiesRequireAttention" | "property" => {
                FieldValue::List(properties().map(AttentionProperty::as_str).map(Into::into).collect())
            }
            "category" => {
                let mut categories: Vec<_> = properties().map(AttentionProperty::category).collect();
                categories.sort_unstable();
                categories.dedup();
                FieldValue::List(categories.into_iter().map(|category| category.as_str().into()).collect())
            }
            "release" => {
                self.build.map_or(FieldValue::Missing, |build| FieldValue::Text(WindowsRelease::name_of_build(build)))
            }
            _ => FieldValue::Missing,
        }
    }
}

impl MachineSecurityState {
    /// Whether the version's text names another build or revision than the fields of their own, so that one of them is
    /// stale. A text of another form, or a field that is missing, disagrees with nothing.
    pub fn version_disagrees(&self) -> bool {
        let Some(parts) = self.os_version.as_ref().and_then(OsVersion::parts) else { return false };
        self.build.is_some_and(|build| build != parts.build)
            || self.revision.is_some_and(|revision| revision != parts.revision)
    }

    /// A state of which nothing is known but the device.
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            build: None,
            revision: None,
            architecture: None,
            os_version: None,
            properties_require_attention: AttentionProperties::new(),
        }
    }
}
