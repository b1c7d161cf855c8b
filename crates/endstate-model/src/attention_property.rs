//! The properties that can require attention: a table of the 42 known ones, open to new ones.

use crate::Category;
use crate::open_enum::open_enum;

/// Defines the enumeration and its lookups from one table, so no lookup can miss a row.
macro_rules! attention_properties {
    ($($rank:literal $name:ident $category:ident $display:literal,)*) => {
        open_enum! {
            /// A property that requires attention on a device.
            ///
            /// The 42 known values come from the table in the vendor's report, which uses the
            /// document's names, and are in the order of that report. The wire form is the
            /// variant's name. An unknown value is kept verbatim.
            ///
            /// ```
            /// use endstate_model::{AttentionProperty, Category};
            ///
            /// let property = AttentionProperty::from("EdrImpairedCommunications");
            /// assert_eq!(property, AttentionProperty::EdrImpairedCommunications);
            /// assert_eq!(property.display_name(), "Impaired communications");
            ///
            /// let unknown = AttentionProperty::from("AntivirusQuantumOff");
            /// assert_eq!(unknown.as_str(), "AntivirusQuantumOff");
            /// assert_eq!(unknown.category(), Category::Antivirus);
            /// ```
            pub enum AttentionProperty, expecting "a property that requires attention" {
                $(#[doc = concat!(stringify!($category), ": ", $display, ".")] $name,)*
            }
        }

        impl AttentionProperty {
            /// Returns the security control that the property belongs to. For an unknown property,
            /// guesses the category from the beginning of its name. If no category matches, it is
            /// [`Category::Other`].
            pub fn category(&self) -> Category {
                match self {
                    $(Self::$name => Category::$category,)*
                    Self::Unknown(value) => Category::guess(value),
                }
            }

            /// The name that the vendor's report shows beside the category. For an unknown
            /// property, its wire form.
            pub fn display_name(&self) -> &str {
                match self {
                    $(Self::$name => $display,)*
                    Self::Unknown(value) => value,
                }
            }

            /// The rank in the vendor's report, from 11 (the sensor is off) upwards; `None` for an
            /// unknown property.
            pub fn rank(&self) -> Option<u16> {
                match self {
                    $(Self::$name => Some($rank),)*
                    Self::Unknown(_) => None,
                }
            }

            /// The position in [`KNOWN`](Self::KNOWN), for counts by property; `None` for an
            /// unknown property.
            pub fn position(&self) -> Option<usize> {
                /// The same variants without a value, so they have numbers.
                enum Position {
                    $($name,)*
                }
                match self {
                    $(Self::$name => Some(Position::$name as usize),)*
                    Self::Unknown(_) => None,
                }
            }
        }
    };
}

// Columns: rank, wire value, category, display name.
attention_properties! {
    11 EdrSensorOff Edr "Sensor off",
    12 EdrNoSensorData Edr "No sensor data",
    13 EdrImpairedCommunications Edr "Impaired communications",
    21 AntivirusNotReporting Antivirus "Antivirus not reporting",
    22 AntivirusOff Antivirus "Antivirus off",
    23 AntivirusDefinitionsAreOutOfDate Antivirus "Definitions are out of date",
    24 AntivirusRealtimeProtectionOff Antivirus "Real-time protection off",
    25 AntivirusPuaProtectionOff Antivirus "PUA protection off",
    26 AntivirusIncompleteReporting Antivirus "Incomplete reporting",
    31 SecurityUpdatesMissing SecurityUpdates "Security updates missing",
    32 SecurityUpdatesWindowsInsiderPreview SecurityUpdates "Windows Insider preview",
    41 ExploitGuardProtectionSettingOff ExploitGuard "Exploit protection setting off",
    42 ExploitGuardAttackSurfaceReductionRuleOff ExploitGuard "Attack surface reduction rule off",
    43 ExploitGuardControlledFolderAccessOff ExploitGuard "Controlled folder access off",
    44 ExploitGuardWindowsDefenderAntivirusOff ExploitGuard "Windows Defender Antivirus off",
    51 AppGuardPrerequisitesNotMet ApplicationGuard "Prerequisites not met",
    52 AppGuardOff ApplicationGuard "Application Guard off",
    53 AppGuardManagedModeOff ApplicationGuard "Managed mode off",
    61 SmartScreenAppAndFileCheckingOff SmartScreen "App and file checking off",
    62 SmartScreenEdgeSiteAndDownloadCheckingOff SmartScreen "Microsoft Edge site and download checking off",
    63 SmartScreenAppWebContentCheckingOff SmartScreen "App web content checking off",
    71 FirewallOff Firewall "Firewall off",
    72 DomainProfileNotSecure Firewall "Domain profile not secure",
    73 PrivateProfileNotSecure Firewall "Private profile not secure",
    74 PublicProfileNotSecure Firewall "Public profile not secure",
    75 ThirdPartyFirewallActive Firewall "Third-party firewall active",
    76 FirewallNoInformation Firewall "No information",
    77 FirewallNoSensorData Firewall "No sensor data",
    81 WindowsHelloNotConfigured WindowsHello "Windows Hello not configured",
    82 NonWindowsHelloAuthentication WindowsHello "Non Windows Hello authentication",
    83 WindowsHelloNoSensorData WindowsHello "No sensor data",
    84 WindowsHelloNoInformation WindowsHello "No information",
    91 BitLockerStatusUnavailable BitLocker "BitLocker status unavailable",
    92 BitLockerUnencryptedDrives BitLocker "BitLocker unencrypted drives",
    93 BitLockerProtectionSuspended BitLocker "BitLocker protection suspended",
    94 BitLockerIncompatibleDrives BitLocker "Incompatible drives",
    95 BitLockerNoSensorData BitLocker "No sensor data",
    96 BitLockerNoInformation BitLocker "No information",
    101 CredentialGuardPrerequisitesNotMet CredentialGuard "Prerequisites not met",
    102 CredentialGuardOff CredentialGuard "Credential Guard off",
    103 CredentialGuardNoSensorData CredentialGuard "No sensor data",
    104 CredentialGuardNoInformation CredentialGuard "No information",
}

impl AttentionProperty {
    /// Whether the property only informs and is not a fault of the device: an insider preview, or
    /// another vendor's firewall. Microsoft still lists both. An unknown property counts as a
    /// fault.
    pub fn is_informational(&self) -> bool {
        matches!(self, Self::SecurityUpdatesWindowsInsiderPreview | Self::ThirdPartyFirewallActive)
    }
}
