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
    /// For an unknown property whose name matches none of the other categories.
    Other,
}

impl Category {
    /// Every category, in order.
    pub const ALL: [Self; 11] = [
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
            Self::Other => "Other",
        }
    }

    /// Guesses the category of an unknown property from its name: wire values begin with the name
    /// of their control.
    pub(crate) fn guess(value: &str) -> Self {
        const PREFIXES: [(&str, Category); 10] = [
            ("Edr", Category::Edr),
            ("Antivirus", Category::Antivirus),
            ("SecurityUpdates", Category::SecurityUpdates),
            ("ExploitGuard", Category::ExploitGuard),
            ("AppGuard", Category::ApplicationGuard),
            ("SmartScreen", Category::SmartScreen),
            ("Firewall", Category::Firewall),
            ("WindowsHello", Category::WindowsHello),
            ("BitLocker", Category::BitLocker),
            ("CredentialGuard", Category::CredentialGuard),
        ];
        PREFIXES.iter().find(|(prefix, _)| value.starts_with(prefix)).map_or(Self::Other, |(_, category)| *category)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
