//! The security controls that properties requiring attention belong to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::UnknownName;

/// The category of an [`AttentionProperty`](crate::AttentionProperty), in the order of the vendor's
/// report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Category {
    /// Endpoint detection and response: the sensor itself.
    Edr,
    /// Microsoft Defender Antivirus.
    Antivirus,
    /// Security updates of the operating system.
    SecurityUpdates,
    /// Exploit Guard.
    ExploitGuard,
    /// Application Guard.
    ApplicationGuard,
    /// `SmartScreen`.
    SmartScreen,
    /// Windows Firewall.
    Firewall,
    /// Windows Hello.
    WindowsHello,
    /// `BitLocker`.
    BitLocker,
    /// Credential Guard.
    CredentialGuard,
    /// What protects the device before and below Windows. No property of the vendor's report is in
    /// it, only controls of today.
    DeviceSecurity,
    /// For an unknown property whose name matches none of the other categories.
    Other,
}

impl Category {
    /// Every category, in order.
    pub const ALL: [Self; 12] = [
        Self::Edr,
        Self::Antivirus,
        Self::SecurityUpdates,
        Self::ExploitGuard,
        Self::ApplicationGuard,
        Self::SmartScreen,
        Self::Firewall,
        Self::WindowsHello,
        Self::BitLocker,
        Self::CredentialGuard,
        Self::DeviceSecurity,
        Self::Other,
    ];

    /// The name that the vendor's report shows, such as `OS security updates`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edr => "EDR",
            Self::Antivirus => "Antivirus",
            Self::SecurityUpdates => "OS security updates",
            Self::ExploitGuard => "Exploit Guard",
            Self::ApplicationGuard => "Application Guard",
            Self::SmartScreen => "SmartScreen",
            Self::Firewall => "Firewall",
            Self::WindowsHello => "Windows Hello",
            Self::BitLocker => "BitLocker",
            Self::CredentialGuard => "Credential Guard",
            Self::DeviceSecurity => "Device security",
            Self::Other => "Other",
        }
    }

    /// The name with which wire values of the category begin, such as `SecurityUpdates`.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Edr => "Edr",
            Self::SecurityUpdates => "SecurityUpdates",
            Self::ExploitGuard => "ExploitGuard",
            Self::ApplicationGuard => "AppGuard",
            Self::WindowsHello => "WindowsHello",
            Self::CredentialGuard => "CredentialGuard",
            Self::DeviceSecurity => "DeviceSecurity",
            Self::Antivirus | Self::SmartScreen | Self::Firewall | Self::BitLocker | Self::Other => self.as_str(),
        }
    }

    /// Guesses the category of an unknown property from its name: wire values begin with the name
    /// of their control.
    pub(crate) fn guess(value: &str) -> Self {
        let is_its = |category: &Self| *category != Self::Other && value.starts_with(category.short_name());
        Self::ALL.into_iter().find(is_its).unwrap_or(Self::Other)
    }
}

/// Reads a name without regard to ASCII case and spaces. `SecurityUpdates` is short for
/// `OS security updates`, and `AppGuard` for `Application Guard`.
///
/// ```
/// use endstate_model::Category;
///
/// assert_eq!("exploitguard".parse(), Ok(Category::ExploitGuard));
/// assert_eq!("OS security updates".parse::<Category>(), "SecurityUpdates".parse());
/// assert!("Antivirs".parse::<Category>().is_err());
/// ```
impl FromStr for Category {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let dense = |name: &str| name.replace(' ', "").to_ascii_lowercase();
        let typed = dense(name);
        let is_its = |category: &Self| dense(category.as_str()) == typed || dense(category.short_name()) == typed;
        Self::ALL.into_iter().find(is_its).ok_or_else(|| UnknownName::new(name, Self::ALL.map(Self::as_str)))
    }
}

/// Writes the name.
impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
