//! All devices of a report, as the page's script reads them.

use std::hash::Hash;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use endstate_analysis::{Appearance, AttentionChange, DeviceChange, Version};
use endstate_model::{AttentionProperties, AttentionProperty, MachineSecurityState};
use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use serde::ser::SerializeSeq;

use super::property_name::shown_name;
use crate::report::device_name::name_of;
use crate::terminal::escape::escaped;

/// All devices that count, in few bytes each: what many share is there once.
#[derive(Debug, Default)]
pub(crate) struct DeviceList {
    pub(super) devices: Vec<ListedDevice>,
    /// By their names, which are escaped.
    pub(super) properties: IndexMap<Box<str>, AttentionProperty>,
    sets: IndexSet<Vec<u32>>,
    updates: IndexSet<Vec<String>>,
    texts: IndexSet<Box<str>>,
    includes_informational: bool,
}

/// The number of a value, which is there once.
fn number<T: Hash + Eq>(values: &mut IndexSet<T>, value: T) -> u32 {
    u32::try_from(values.insert_full(value).0).unwrap_or(u32::MAX)
}

/// Whether a device needs attention. The names are those of the page's filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Attention,
    NotKnown,
}

pub(super) const STATUSES: [&str; 3] = ["ok", "attention", "not-known"];

/// A device. Its texts are escaped.
#[derive(Debug)]
pub(super) struct ListedDevice {
    id: String,
    /// Up to its first dot.
    name: String,
    /// The rest of its name, which many share.
    domain: u32,
    /// `None` for a device without a group.
    group: Option<u32>,
    owner: String,
    /// Minutes of Unix time; 0 if it is not known.
    seen: i64,
    version: u32,
    set: u32,
    unknown: u32,
    updates: u32,
    pub(super) status: Status,
    tenant: u32,
    change: Option<Change>,
}

/// A device for a workbook. Its texts are escaped.
#[cfg(feature = "xlsx")]
#[derive(Debug)]
pub(super) struct DeviceFields<'l> {
    pub(super) name: String,
    pub(super) tenant: &'l str,
    pub(super) group: &'l str,
    /// In Unix time; `None` if it is not known.
    pub(super) seen_second: Option<i64>,
    pub(super) version: &'l str,
    pub(super) status: &'static str,
    pub(super) requires_attention: String,
    pub(super) not_known: String,
    pub(super) missing_updates: String,
}

/// What is new on a device: `new` or nothing, its new, resolved and persisting properties, and how
/// its need of attention changed.
type Change = (&'static str, u32, u32, u32, &'static str);

impl DeviceList {
    /// An empty list. Properties that only inform need attention if they are included.
    pub(crate) fn new(includes_informational: bool) -> Self {
        Self { includes_informational, ..Self::default() }
    }

    /// Adds a device.
    pub(crate) fn add(&mut self, state: &MachineSecurityState, tenant: Option<&str>, change: Option<DeviceChange>) {
        let properties = &state.properties_require_attention;
        let needs = properties.needs_attention() || self.includes_informational && properties.informs();
        let status = match (needs, state.is_known()) {
            (true, _) => Status::Attention,
            (false, true) => Status::Ok,
            (false, false) => Status::NotKnown,
        };
        let device = state.device.as_deref();
        let text = |text: Option<&str>| escaped(text.unwrap_or_default()).into_owned();
        let owner = device.map(|device| device.users.join(", ")).unwrap_or_default();
        let assessment = state.assessment.as_deref();
        let unknown = assessment.map(|assessment| &assessment.not_known);
        let missing = assessment.and_then(|assessment| assessment.missing_kbs.as_deref()).unwrap_or_default();
        let missing = missing.iter().map(|number| escaped(&format!("KB{number}")).into_owned()).collect();

        let name = name_of(device).unwrap_or_default();
        let (name, domain) = name.split_at(name.find('.').unwrap_or(name.len()));

        let device = ListedDevice {
            id: text(Some(&state.id.to_string())),
            domain: self.text(domain),
            name: text(Some(name)),
            group: device.and_then(|device| device.group.as_deref()).map(|group| self.text(group)),
            owner: text(Some(&owner)),
            seen: device.and_then(|device| device.last_seen).map_or(0, |seen| seen.as_second() / 60),
            version: self.text(&Version::from_state(state).to_string()),
            set: self.set(properties),
            unknown: unknown.map_or(0, |unknown| self.set(unknown)),
            updates: number(&mut self.updates, missing),
            status,
            tenant: self.text(tenant.unwrap_or_default()),
            change: change.map(|change| self.change(&change)),
        };
        self.devices.push(device);
    }

    fn text(&mut self, text: &str) -> u32 {
        number(&mut self.texts, escaped(text).into())
    }

    fn set(&mut self, set: &AttentionProperties) -> u32 {
        // The first one is empty, for devices of which nothing is unknown.
        self.sets.insert(Vec::new());
        let place = |property: &AttentionProperty| {
            let name: Box<str> = escaped(property.as_str()).into();
            let entry = self.properties.entry(name);
            let place = entry.index();
            entry.or_insert_with(|| property.clone());
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let places = set.iter().map(place).collect();
        number(&mut self.sets, places)
    }

    fn change(&mut self, change: &DeviceChange) -> Change {
        let appearance = match change.appearance {
            Appearance::Known => "",
            Appearance::New => "new",
            _ => "not-seen-before",
        };
        let attention = match change.attention {
            Some(AttentionChange::New) => "new",
            Some(AttentionChange::Resolved) => "resolved",
            Some(AttentionChange::Unchanged) => "unchanged",
            _ => "",
        };
        let [new, resolved, persisting] = [&change.new, &change.resolved, &change.persisting].map(|set| self.set(set));
        (appearance, new, resolved, persisting, attention)
    }

    /// The texts of a device in the order of the page's columns.
    pub(super) fn cells(&self, device: &ListedDevice, has_tenants: bool) -> Vec<String> {
        let text = |number: u32| self.texts[number as usize].to_string();
        let name = |number: &u32| shown_name(&self.properties[*number as usize], self.includes_informational);
        let reasons = self.sets[device.set as usize].iter().map(name).collect::<Vec<_>>().join(", ");
        let name = format!("{}{}", device.name, text(device.domain));
        let name = if name.is_empty() { device.id.clone() } else { name };
        let seen = jiff::Timestamp::from_second(device.seen * 60).unwrap_or_default();
        let seen = if device.seen == 0 { String::new() } else { seen.strftime("%Y-%m-%d %H:%M").to_string() };
        let tenant = has_tenants.then(|| text(device.tenant));
        let group = device.group.map(text).unwrap_or_default();
        let rest = [group, device.owner.clone(), seen, text(device.version), reasons];
        [name].into_iter().chain(tenant).chain(rest).collect()
    }

    /// What a workbook has of a device. Properties have their names on the wire.
    #[cfg(feature = "xlsx")]
    pub(super) fn fields(&self, device: &ListedDevice) -> DeviceFields<'_> {
        let text = |number: u32| &*self.texts[number as usize];
        let names = |set: u32| {
            let names = self.sets[set as usize].iter().map(|number| self.properties[*number as usize].as_str());
            escaped(&names.collect::<Vec<_>>().join(", ")).into_owned()
        };
        DeviceFields {
            name: format!("{}{}", device.name, text(device.domain)),
            tenant: text(device.tenant),
            group: device.group.map_or("", text),
            seen_second: (device.seen != 0).then_some(device.seen * 60),
            version: text(device.version),
            status: STATUSES[device.status as usize],
            requires_attention: names(device.set),
            not_known: names(device.unknown),
            missing_updates: self.updates[device.updates as usize].join(", "),
        }
    }

    /// The signed-in users.
    #[cfg(feature = "xlsx")]
    pub(super) fn owner_of(device: &ListedDevice) -> &str {
        &device.owner
    }

    /// The id, for a link to the portal.
    pub(super) fn id_of(device: &ListedDevice) -> &str {
        &device.id
    }

    pub(super) fn sets(&self) -> &IndexSet<Vec<u32>> {
        &self.sets
    }

    pub(super) fn texts(&self) -> &IndexSet<Box<str>> {
        &self.texts
    }

    pub(super) fn updates(&self) -> &IndexSet<Vec<String>> {
        &self.updates
    }
}

/// Forty hexadecimal digits in 27 characters of base64 after a tilde; another id as it is.
fn short(id: &str) -> String {
    let byte = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    let is_digest = id.len() == 40 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let bytes: Option<Vec<u8>> = id.as_bytes().chunks(2).map(byte).collect();
    match bytes.filter(|_| is_digest) {
        Some(bytes) => format!("~{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)),
        None if id.starts_with('~') => format!("~{id}"),
        None => id.to_owned(),
    }
}

impl Serialize for ListedDevice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_seq(None)?;
        row.serialize_element(&short(&self.id))?;
        row.serialize_element(&self.name)?;
        row.serialize_element(&self.domain)?;
        row.serialize_element(&self.group)?;
        row.serialize_element(&self.owner)?;
        row.serialize_element(&self.seen)?;
        for number in [self.version, self.set, self.unknown, self.updates, self.status as u32, self.tenant] {
            row.serialize_element(&number)?;
        }
        if let Some(change) = &self.change {
            row.serialize_element(change)?;
        }
        row.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_shortened_and_no_other_id_is_taken_for_one() {
        assert_eq!(short("000050e1b4afeee3742489ede9ad7a3e16bbd9c4"), "~AABQ4bSv7uN0JInt6a16Pha72cQ");
        assert_eq!(short("~odd"), "~~odd");
        assert_eq!(short("121688558380765161_2136280442"), "121688558380765161_2136280442");
        assert_eq!(short("000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4"), "000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4");
    }
}
