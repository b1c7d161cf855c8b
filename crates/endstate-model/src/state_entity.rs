//! The security state as an item of its collection: its names, its fields, and how to read it.

use endstate_odata::RawItem;

use crate::{
    Architecture, AttentionProperties, AttentionProperty, Category, Device, DeviceId, Entity, Field, FieldKind,
    FieldValue, MachineSecurityState, OsVersion, ParsedState, ValueNames, WindowsRelease, state_of_members,
};

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
        Field::current("notKnownProperties", FieldKind::List),
        Field::current("notApplicableProperties", FieldKind::List),
        Field::current("currentControls", FieldKind::List),
        Field::current("notKnownControls", FieldKind::List),
        Field::current("notApplicableControls", FieldKind::List),
        Field::current("missingKbs", FieldKind::List),
        Field::current("assessed", FieldKind::Boolean),
        Field::current("source", FieldKind::Text),
        Field::current("name", FieldKind::Text).within(DEVICE),
        Field::current("group", FieldKind::Text).within(DEVICE),
        Field::current("tags", FieldKind::List).within(DEVICE),
        Field::current("platform", FieldKind::Text).within(DEVICE),
        Field::current("lastSeen", FieldKind::Time).within(DEVICE),
        Field::current("onboarding", FieldKind::Text).within(DEVICE),
        Field::current("health", FieldKind::Text).within(DEVICE),
        Field::current("risk", FieldKind::Text).within(DEVICE),
        Field::current("exposure", FieldKind::Text).within(DEVICE),
        Field::current("value", FieldKind::Text).within(DEVICE),
        Field::current("entraDeviceId", FieldKind::Text).within(DEVICE),
        Field::current("managedBy", FieldKind::Text).within(DEVICE),
        Field::current("users", FieldKind::List).within(DEVICE),
        Field::current("mergedInto", FieldKind::Text).within(DEVICE),
        Field::current("excluded", FieldKind::Boolean).within(DEVICE),
        // All properties under a short name, because users type conditions by hand.
        Field::derived("property", FieldKind::List),
        Field::derived("notKnown", FieldKind::List),
        Field::derived("tag", FieldKind::List).within(DEVICE),
        Field::derived("category", FieldKind::List),
        Field::derived("release", FieldKind::Text),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        ParsedState::read(item).map_or_else(|| state_of_members::read(item), |state| Ok(state.to_owned()))
    }

    fn is_certainly_valid(item: RawItem<'_>) -> bool {
        ParsedState::can_read(item)
    }

    fn each_field(item: RawItem<'_>, fields: &[&'static Field], each: impl FnMut(&Field, FieldValue<'_>)) -> bool {
        ParsedState::each_field(item, fields, each)
    }

    fn unreadable_fields(&self) -> &[&'static str] {
        &self.unreadable_fields
    }

    fn join(&mut self, device: impl FnOnce(&DeviceId) -> Option<Device>) {
        if self.device.is_none() {
            self.device = device(&self.id).map(Box::new);
        }
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        let properties = &self.properties_require_attention;
        let is_unknown = properties.is_empty() && !properties.is_known();
        match name {
            "propertiesRequireAttention" | "currentControls" | "property" | "category" if is_unknown => {
                FieldValue::Missing
            }
            "id" => FieldValue::Text(self.id.to_string().into()),
            "build" => FieldValue::number(self.build),
            "revision" => FieldValue::number(self.revision),
            "architecture" => FieldValue::text(self.architecture.as_ref().map(Architecture::as_str)),
            "osVersion" => FieldValue::text(self.os_version.as_ref().map(OsVersion::as_str)),
            // A service that sends a control of today in the documented list is taken at its word.
            "propertiesRequireAttention" => {
                FieldValue::names(properties.iter().filter(|property| !self.is_apart(property)))
            }
            "property" => FieldValue::names(properties.iter()),
            "category" => categories(properties),
            "release" => {
                self.build.map_or(FieldValue::Missing, |build| FieldValue::Text(WindowsRelease::name_of_build(build)))
            }
            _ => self.current_field(name),
        }
    }

    fn knows(&self, field: &str, elements: &[String]) -> bool {
        match field {
            "propertiesRequireAttention" | "currentControls" | "property" | "category" => {
                self.knows_properties(field, elements)
            }
            "missingKbs" => self.knows_missing_kbs(),
            _ => {
                let is_of_device = |known: &Field| known.name == field && known.parent == Some(DEVICE);
                !Self::FIELDS.iter().any(is_of_device) || self.knows_of_device(field)
            }
        }
    }

    fn value_names(field: &str) -> Option<ValueNames> {
        match field {
            "architecture" => Some(ValueNames::open(Architecture::KNOWN.iter().map(Architecture::as_str))),
            "propertiesRequireAttention"
            | "property"
            | "notKnown"
            | "notKnownProperties"
            | "notApplicableProperties"
            | "currentControls"
            | "notKnownControls"
            | "notApplicableControls" => {
                let mut names = ValueNames::open(AttentionProperty::KNOWN.iter().map(AttentionProperty::as_str));
                names.names.extend(AttentionProperty::KNOWN.iter().map(|property| {
                    let display: String = property.display_name().to_owned();
                    (property.as_str().into(), display.into())
                }));
                Some(names)
            }
            "category" => {
                let name = |category: Category, name: &str| (category.as_str().into(), name.to_owned().into());
                let names = Category::ALL.into_iter().flat_map(|category| {
                    let dense = category.as_str().replace(' ', "");
                    [category.as_str(), &dense, category.short_name()].map(|text| name(category, text))
                });
                Some(ValueNames { names: names.collect(), is_closed: true })
            }
            "release" => {
                let mut names = Vec::new();
                for release in WindowsRelease::KNOWN {
                    let own = [Some(release.name()), release.client.map(Into::into), release.server.map(Into::into)];
                    names.extend(own.into_iter().flatten().map(|name| (release.name(), name)));
                }
                Some(ValueNames { names, is_closed: false })
            }
            _ => None,
        }
    }
}

/// The member of a state that has the device.
const DEVICE: &str = "device";

impl MachineSecurityState {
    /// Whether a property is in the list of today's controls, and not in the documented one.
    fn is_apart(&self, property: &AttentionProperty) -> bool {
        self.assessment.is_some() && property.is_current()
    }

    /// The value of a field that only states of today's sources have.
    fn current_field(&self, name: &str) -> FieldValue<'_> {
        if let Some(assessment) = &self.assessment {
            match name {
                "notKnown" => return FieldValue::names(assessment.not_known.iter()),
                "notKnownProperties" => return without_controls(&assessment.not_known),
                "notApplicableProperties" => return without_controls(&assessment.not_applicable),
                "currentControls" => return controls(&self.properties_require_attention),
                "notKnownControls" => return controls(&assessment.not_known),
                "notApplicableControls" => return controls(&assessment.not_applicable),
                "missingKbs" => {
                    return assessment.missing_kbs.as_deref().map_or(FieldValue::Missing, FieldValue::list);
                }
                "assessed" => return FieldValue::Boolean(assessment.is_assessed),
                "source" => return FieldValue::text(Some(assessment.source.as_str())),
                _ => {}
            }
        }
        self.device.as_ref().map_or(FieldValue::Missing, |device| device.field(name))
    }
}

/// The controls of today in a set.
fn controls(properties: &AttentionProperties) -> FieldValue<'_> {
    FieldValue::names(properties.iter().filter(|property| property.is_current()))
}

fn without_controls(properties: &AttentionProperties) -> FieldValue<'_> {
    FieldValue::names(properties.iter().filter(|property| !property.is_current()))
}

fn categories(properties: &AttentionProperties) -> FieldValue<'_> {
    let mut categories: Vec<_> = properties.iter().map(AttentionProperty::category).collect();
    categories.sort_unstable();
    categories.dedup();
    FieldValue::List(categories.into_iter().map(|category| category.as_str().into()).collect())
}
