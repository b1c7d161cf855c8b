//! The security state as an item of its collection: its names, its fields, and how to read it.

use endstate_odata::RawItem;

use crate::{
    Architecture, AttentionProperty, Category, Entity, Field, FieldKind, FieldValue, MachineSecurityState, OsVersion,
    ParsedState, ValueNames, WindowsRelease, state_of_members,
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
        // The same list under a short name, because users type conditions by hand.
        Field::derived("property", FieldKind::List),
        Field::derived("category", FieldKind::List),
        Field::derived("release", FieldKind::Text),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        ParsedState::read(item).map_or_else(|| state_of_members::read(item), |state| Ok(state.to_owned()))
    }

    fn is_certainly_valid(item: RawItem<'_>) -> bool {
        ParsedState::can_read(item)
    }

    fn unreadable_fields(&self) -> &[&'static str] {
        &self.unreadable_fields
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        let properties = || self.properties_require_attention.iter();
        let is_unknown = self.properties_require_attention.is_empty() && !self.properties_require_attention.is_known();
        match name {
            "propertiesRequireAttention" | "property" | "category" if is_unknown => FieldValue::Missing,
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

    fn value_names(field: &str) -> Option<ValueNames> {
        match field {
            "architecture" => Some(ValueNames::open(Architecture::KNOWN.iter().map(Architecture::as_str))),
            "propertiesRequireAttention" | "property" => {
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
