//! The security controls that properties requiring attention belong to.

use std::fmt;

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

    /// Returns the category with this name, without regard to case and spaces. `SecurityUpdates` is
    /// short for `OS security updates`, and `AppGuard` for `Application Guard`.
    ///
    /// ```
    /// use endstate_model::Category;
    ///
    /// assert_eq!(Category::from_name("exploitguard"), Some(Category::ExploitGuard));
    /// assert_eq!(Category::from_name("OS security updates"), Category::from_name("SecurityUpdates"));
    /// assert_eq!(Category::from_name("Antivirs"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        let dense = |name: &str| name.replace(' ', "").to_ascii_lowercase();
        let name = dense(name);
        let is_its = |category: &Self| dense(category.as_str()) == name || dense(category.short_name()) == name;
        Self::ALL.into_iter().find(is_its)
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

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
