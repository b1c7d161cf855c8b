//! Further details of a device, which have no part in its state: tags, risk, addresses and users.

use serde::Serialize;

use endstate_model::Architecture;

use super::device::Device;
use super::situation::DeviceSituation;

/// An address of a device, in the order of the document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IpAddress {
    #[serde(rename = "ipAddress")]
    address: String,
    mac_address: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
    operational_status: &'static str,
}

/// The tags that people give to devices.
const MANUAL_TAGS: [&str; 4] = ["Finance", "Pilot", "VIP", "Branch-Oslo"];

impl Device {
    /// Returns the tags that people gave to the device, at most one here.
    pub(crate) fn manual_tags(&self) -> Vec<&'static str> {
        let draw = self.draw.about("tags");
        if draw.one_in(4) {
            vec![MANUAL_TAGS[usize::from(draw.at(1).number().to_be_bytes()[0] % 4)]]
        } else {
            Vec::new()
        }
    }

    /// Returns the tag that the device has from its registry. It is empty for most devices.
    pub(crate) fn registry_tag(&self) -> &'static str {
        if self.draw.about("registry tag").one_in(9) { "Imaged-2026" } else { "" }
    }

    /// Returns all tags.
    pub(crate) fn tags(&self) -> Vec<&'static str> {
        let registry = Some(self.registry_tag()).filter(|tag| !tag.is_empty());
        self.manual_tags().into_iter().chain(registry).collect()
    }

    /// Returns the processor and the architecture, as the APIs write them.
    pub(crate) fn processor(&self) -> (&'static str, &'static str) {
        match self.state.architecture {
            Some(Architecture::X86) => ("x86", "32-bit"),
            Some(Architecture::Arm64) => ("arm64", "64-bit"),
            _ => ("x64", "64-bit"),
        }
    }

    pub(crate) fn is_onboarded(&self) -> bool {
        self.situation != DeviceSituation::NotOnboarded
    }

    pub(crate) fn is_excluded(&self) -> bool {
        self.situation == DeviceSituation::Excluded
    }

    pub(crate) fn risk(&self) -> Option<&'static str> {
        let levels =
            [(Some("None"), 68), (Some("Informational"), 6), (Some("Low"), 12), (Some("Medium"), 8), (None, 1)];
        self.draw.about("risk").choose(&levels, Some("High"))
    }

    pub(crate) fn exposure(&self) -> &'static str {
        self.draw.about("exposure").choose(&[("Low", 45), ("Medium", 35), ("None", 3)], "High")
    }

    pub(crate) fn value(&self) -> &'static str {
        self.draw.about("value").choose(&[("High", if self.platform.is_server { 20 } else { 3 }), ("Low", 4)], "Normal")
    }

    /// Returns the device id in Microsoft Entra ID. Devices that have not joined have none.
    pub(crate) fn entra_id(&self) -> Option<String> {
        let draw = self.draw.about("entra");
        (draw.at(2).below(100) < 80).then(|| draw.guid())
    }

    /// Returns who manages the device, and the status of that.
    pub(crate) fn managed_by(&self) -> (&'static str, &'static str) {
        match self.draw.about("managed by").below(100) {
            0..60 if !self.platform.is_server => ("Intune", "Success"),
            0..70 => ("MicrosoftDefenderForEndpoint", "Success"),
            _ => ("Unknown", "Unknown"),
        }
    }

    /// Returns the version of the sensor.
    pub(crate) fn agent_version(&self) -> String {
        format!("10.8790.{}.{}", self.build(), self.state.revision.unwrap_or_default())
    }

    pub(crate) fn address(&self) -> String {
        let [a, b, c, ..] = self.draw.about("address").number().to_be_bytes();
        format!("10.{}.{b}.{}", a % 16, c.max(1))
    }

    /// Returns the address as seen from outside, in the network that is reserved for documents.
    pub(crate) fn external_address(&self) -> String {
        format!("203.0.113.{}", 1 + self.draw.about("external address").below(6))
    }

    pub(crate) fn addresses(&self) -> Vec<IpAddress> {
        let mac = format!("02{:010X}", self.draw.about("mac").number() >> 24);
        let up = "Up";
        let ethernet =
            IpAddress { address: self.address(), mac_address: Some(mac), kind: "Ethernet", operational_status: up };
        let own = "127.0.0.1".to_owned();
        let loopback = IpAddress { address: own, mac_address: None, kind: "SoftwareLoopback", operational_status: up };
        vec![ethernet, loopback]
    }

    /// Returns the users who are logged on, as the JSON text in a hunting row.
    pub(crate) fn logged_on_users(&self) -> String {
        let draw = self.draw.about("users");
        let share = if self.platform.is_server { 10 } else { 70 };
        if draw.below(100) >= share {
            return "[]".to_owned();
        }
        let number = self.position;
        let sid = format!("S-1-5-21-1004336348-1177238915-682003330-{}", 1000 + number);
        format!(r#"[{{"UserName":"user{number:04}","DomainName":"CONTOSO","Sid":"{sid}"}}]"#)
    }
}
