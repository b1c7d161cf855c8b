//! Reads a state member by member, whatever is odd about it.

use endstate_odata::RawItem;
use serde::Deserialize;

use crate::{
    Architecture, Assessment, AttentionProperties, AttentionProperty, Device, DeviceId, MachineSecurityState, OsVersion,
};

/// Reads an item whose id can be read. A field that cannot be read is noted, and its value is not
/// known.
pub(crate) fn read(item: RawItem<'_>) -> endstate_odata::Result<MachineSecurityState> {
    let id = match Occurrences::new(item, "id").read(|value| value.decode::<DeviceId>().ok()) {
        Some(Ok(id)) => id,
        // The error says why.
        _ => item.decode::<Identified>()?.named.id,
    };

    let mut state = MachineSecurityState::new(id);
    let unreadable = &mut state.unreadable_fields;
    state.build = known(unreadable, "build", Occurrences::new(item, "build").read(number));
    state.revision = known(unreadable, "revision", Occurrences::new(item, "revision").read(number));
    let architecture = Occurrences::new(item, "architecture").read(text);
    state.architecture = known(unreadable, "architecture", architecture).as_deref().map(Architecture::from_wire);
    let version = Occurrences::new(item, "osVersion").read(text);
    state.os_version = known(unreadable, "osVersion", version).as_deref().and_then(OsVersion::new);
    state.properties_require_attention = properties(item, unreadable);
    read_assessment(item, &mut state);
    Ok(state)
}

/// Reads what a state from today's sources has beside the documented fields. An assessment that
/// cannot be read leaves the properties not known.
fn read_assessment(item: RawItem<'_>, state: &mut MachineSecurityState) {
    match Assessment::read(item, &state.properties_require_attention) {
        Ok(None) => {}
        Ok(Some((assessment, current))) => {
            state.properties_require_attention.extend(current.iter().cloned());
            state.assessment = Some(Box::new(assessment));
        }
        Err(_) => {
            state.unreadable_fields.push("assessed");
            state.properties_require_attention.mark_not_known();
        }
    }
    let has_assessment = state.assessment.is_some();
    let device = Occurrences::new(item, "device").read(|value| value.decode::<Option<Box<Device>>>().ok());
    match device {
        Some(Ok(device)) => state.device = device.filter(|device| !device.is_empty()),
        // The documented collection may have a member of this name, too, some day.
        Some(Err(_)) if has_assessment => state.unreadable_fields.push("device"),
        _ => {}
    }
}

/// What every state has. It is flattened, because an array would else be read as its members.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Identified {
    #[serde(flatten)]
    named: Named,
}

#[derive(Deserialize)]
struct Named {
    id: DeviceId,
}

/// The members of an item that have one name. There is more than one if the item says two things.
struct Occurrences<'a> {
    item: RawItem<'a>,
    name: &'static str,
}

impl<'a> Occurrences<'a> {
    fn new(item: RawItem<'a>, name: &'static str) -> Self {
        Self { item, name }
    }

    fn values(&self) -> impl Iterator<Item = RawItem<'a>> + use<'a> {
        let name = self.name;
        self.item.members().filter(move |(member, _)| *member == *name).map(|(_, value)| value)
    }

    /// Reads the value. Returns `None` if it is missing, and an error if it cannot be read, or if
    /// two values differ.
    fn read<T: PartialEq>(&self, read: impl Fn(RawItem<'a>) -> Option<T>) -> Option<Result<T, Unreadable>> {
        let mut values = self.values().map(read);
        let first = values.next()?;
        let is_same = values.all(|value| value == first);
        Some(first.filter(|_| is_same).ok_or(Unreadable))
    }
}

/// A value that cannot be read.
struct Unreadable;

/// The value of a field. Notes the field if its value cannot be read.
fn known<T>(
    unreadable: &mut Vec<&'static str>,
    name: &'static str,
    value: Option<Result<Option<T>, Unreadable>>,
) -> Option<T> {
    value.transpose().unwrap_or_else(|Unreadable| {
        unreadable.push(name);
        None
    })?
}

/// Reads a number in any spelling, or null. Returns the outer `None` if the value is neither.
#[expect(clippy::option_option, reason = "null and neither are two results")]
fn number(value: RawItem<'_>) -> Option<Option<u32>> {
    if value.as_str() == "null" {
        return Some(None);
    }
    u32::try_from(value.as_whole_number()?).ok().map(Some)
}

/// Reads a string or null. Returns the outer `None` if the value is neither.
#[expect(clippy::option_option, reason = "null and neither are two results")]
fn text(value: RawItem<'_>) -> Option<Option<String>> {
    value.decode().ok()
}

/// Reads the properties that can be read, of all lists if there are several.
fn properties(item: RawItem<'_>, unreadable: &mut Vec<&'static str>) -> AttentionProperties {
    const NAME: &str = "propertiesRequireAttention";
    let mut lists = Occurrences::new(item, NAME).values().map(PropertyList::read);
    let Some(PropertyList { mut properties, mut has_unreadable }) = lists.next() else {
        return AttentionProperties::not_known();
    };

    // Added at the end, because a server may send a million lists.
    let mut others = Vec::new();
    for list in lists {
        has_unreadable |= list.has_unreadable || list.properties != properties;
        others.extend(list.properties.iter().filter(|property| !properties.contains(property)).cloned());
    }
    properties.extend(others);

    if has_unreadable {
        unreadable.push(NAME);
        properties.mark_not_known();
    }
    properties
}

/// What can be read of a list of properties.
struct PropertyList {
    properties: AttentionProperties,
    has_unreadable: bool,
}

impl PropertyList {
    fn read(value: RawItem<'_>) -> Self {
        let mut has_unreadable = false;
        let properties = match value.as_str().as_bytes() {
            b"null" => AttentionProperties::not_known(),
            [b'[', ..] => {
                let names = value.elements().filter_map(|element| {
                    let name = text(element);
                    has_unreadable |= name.is_none();
                    name.flatten().filter(|name| !name.is_empty())
                });
                names.map(|name| AttentionProperty::from_wire(&name)).collect()
            }
            _ => value.decode::<String>().map_or_else(
                |_| {
                    has_unreadable = true;
                    AttentionProperties::not_known()
                },
                |text| AttentionProperties::from_comma_separated(&text),
            ),
        };
        Self { properties, has_unreadable }
    }
}
