//! The properties that can require attention: a table of the 42 documented ones and of today's
//! controls, open to new ones.

use crate::Category;
use crate::open_enum::open_enum;

/// Defines the enumeration and its lookups from one table, so no lookup can miss a row.
macro_rules! attention_properties {
    ($($rank:literal $name:ident $category:ident $weight:literal $display:literal,)*) => {
        open_enum! {
            /// A property that requires attention on a device.
            ///
            /// The first 42 known values come from the table in the vendor's report, which uses the
            /// document's names, and are in the order of that report
            /// ([`DOCUMENTED`](Self::DOCUMENTED)). The others are controls of today's Defender that
            /// the report of 2018 does not have ([`is_current`](Self::is_current)). The wire form
            /// is the variant's name. An unknown value is kept verbatim.
            ///
            /// ```
            /// use endstate_model::{AttentionProperty, Category};
            ///
            /// let property = AttentionProperty::from_wire("EdrImpairedCommunications");
            /// assert_eq!(property, AttentionProperty::EdrImpairedCommunications);
            /// assert_eq!(property.display_name(), "Impaired communications");
            ///
            /// let unknown = AttentionProperty::from_wire("AntivirusQuantumOff");
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

            /// The rank in the vendor's report, from 11 (the sensor is off) upwards; `None` for a
            /// property that the report does not have.
            pub fn rank(&self) -> Option<u16> {
                let rank = match self {
                    $(Self::$name => $rank,)*
                    Self::Unknown(_) => TODAY,
                };
                (rank != TODAY).then_some(rank)
            }

            /// How urgent the property is, from 0 (it only informs) to 100 (the sensor is off).
            /// What blinds Defender comes first (90 and more), then what turns antivirus off (60
            /// and more), then open doors, missing hardening, and what is not known. An unknown
            /// property weighs as much as the heaviest open door of its kind.
            ///
            /// The weights are this project's own judgment: the vendor publishes none. They only
            /// order devices; no count depends on them.
            pub fn weight(&self) -> u16 {
                match self {
                    $(Self::$name => $weight,)*
                    Self::Unknown(_) => match self.category() {
                        Category::Edr => 90,
                        Category::Antivirus => 62,
                        _ => 50,
                    },
                }
            }

            /// The position in [`KNOWN`](Self::KNOWN), for counts by property; `None` for an
            /// unknown property.
            pub const fn position(&self) -> Option<usize> {
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

/// The rank of a property that the vendor's report does not have.
const TODAY: u16 = 0;

// Columns: rank, wire value, category, weight, display name.
attention_properties! {
    11 EdrSensorOff Edr 100 "Sensor off",
    12 EdrNoSensorData Edr 95 "No sensor data",
    13 EdrImpairedCommunications Edr 90 "Impaired communications",
    21 AntivirusNotReporting Antivirus 70 "Antivirus not reporting",
    22 AntivirusOff Antivirus 80 "Antivirus off",
    23 AntivirusDefinitionsAreOutOfDate Antivirus 66 "Definitions are out of date",
    24 AntivirusRealtimeProtectionOff Antivirus 76 "Real-time protection off",
    25 AntivirusPuaProtectionOff Antivirus 28 "PUA protection off",
    26 AntivirusIncompleteReporting Antivirus 62 "Incomplete reporting",
    31 SecurityUpdatesMissing SecurityUpdates 48 "Security updates missing",
    32 SecurityUpdatesWindowsInsiderPreview SecurityUpdates 0 "Windows Insider preview",
    41 ExploitGuardProtectionSettingOff ExploitGuard 30 "Exploit protection setting off",
    42 ExploitGuardAttackSurfaceReductionRuleOff ExploitGuard 32 "Attack surface reduction rule off",
    43 ExploitGuardControlledFolderAccessOff ExploitGuard 26 "Controlled folder access off",
    44 ExploitGuardWindowsDefenderAntivirusOff ExploitGuard 74 "Windows Defender Antivirus off",
    51 AppGuardPrerequisitesNotMet ApplicationGuard 5 "Prerequisites not met",
    52 AppGuardOff ApplicationGuard 18 "Application Guard off",
    53 AppGuardManagedModeOff ApplicationGuard 17 "Managed mode off",
    61 SmartScreenAppAndFileCheckingOff SmartScreen 23 "App and file checking off",
    62 SmartScreenEdgeSiteAndDownloadCheckingOff SmartScreen 24 "Microsoft Edge site and download checking off",
    63 SmartScreenAppWebContentCheckingOff SmartScreen 22 "App web content checking off",
    71 FirewallOff Firewall 50 "Firewall off",
    72 DomainProfileNotSecure Firewall 40 "Domain profile not secure",
    73 PrivateProfileNotSecure Firewall 42 "Private profile not secure",
    74 PublicProfileNotSecure Firewall 44 "Public profile not secure",
    75 ThirdPartyFirewallActive Firewall 0 "Third-party firewall active",
    76 FirewallNoInformation Firewall 12 "No information",
    77 FirewallNoSensorData Firewall 12 "No sensor data",
    81 WindowsHelloNotConfigured WindowsHello 16 "Windows Hello not configured",
    82 NonWindowsHelloAuthentication WindowsHello 15 "Non Windows Hello authentication",
    83 WindowsHelloNoSensorData WindowsHello 10 "No sensor data",
    84 WindowsHelloNoInformation WindowsHello 10 "No information",
    91 BitLockerStatusUnavailable BitLocker 11 "BitLocker status unavailable",
    92 BitLockerUnencryptedDrives BitLocker 38 "BitLocker unencrypted drives",
    93 BitLockerProtectionSuspended BitLocker 37 "BitLocker protection suspended",
    94 BitLockerIncompatibleDrives BitLocker 6 "Incompatible drives",
    95 BitLockerNoSensorData BitLocker 11 "No sensor data",
    96 BitLockerNoInformation BitLocker 11 "No information",
    101 CredentialGuardPrerequisitesNotMet CredentialGuard 5 "Prerequisites not met",
    102 CredentialGuardOff CredentialGuard 34 "Credential Guard off",
    103 CredentialGuardNoSensorData CredentialGuard 10 "No sensor data",
    104 CredentialGuardNoInformation CredentialGuard 10 "No information",
    // Controls of today. Their names are this project's own.
    0 EdrBlockModeOff Edr 45 "EDR in block mode off",
    0 EdrCoreComponentsOutOfDate Edr 46 "Core components out of date",
    0 AntivirusTamperProtectionOff Antivirus 60 "Tamper protection off",
    0 AntivirusCloudProtectionOff Antivirus 58 "Cloud-delivered protection off",
    0 AntivirusBehaviorMonitoringOff Antivirus 64 "Behavior monitoring off",
    0 ExploitGuardNetworkProtectionOff ExploitGuard 31 "Network protection off",
    0 LsaProtectionOff DeviceSecurity 33 "LSA protection off",
    0 LapsOff DeviceSecurity 27 "LAPS off",
    0 SecureBootOff DeviceSecurity 29 "Secure Boot off",
    0 SecureBootCertificatesOutOfDate DeviceSecurity 25 "Secure Boot certificates out of date",
}

impl AttentionProperty {
    /// The 42 properties of the vendor's report, in its order.
    pub const DOCUMENTED: &[Self] = Self::KNOWN.split_at(42).0;

    /// Whether this is a control of today's Defender that the vendor's report of 2018 does not
    /// have. The documented collection never has it.
    pub fn is_current(&self) -> bool {
        self.rank().is_none() && self.position().is_some()
    }

    /// Whether one configuration of today's Defender says the same as this property. If a device
    /// has a row for that configuration, the property is known; the other documented properties
    /// are known in part or not at all.
    ///
    /// The list is that of the mapping in `endstate-assessment`, which a test compares.
    pub const fn is_stated_today(&self) -> bool {
        matches!(
            self,
            Self::EdrSensorOff
                | Self::EdrNoSensorData
                | Self::EdrImpairedCommunications
                | Self::AntivirusOff
                | Self::AntivirusDefinitionsAreOutOfDate
                | Self::AntivirusRealtimeProtectionOff
                | Self::AntivirusPuaProtectionOff
                | Self::ExploitGuardControlledFolderAccessOff
                | Self::SmartScreenAppAndFileCheckingOff
                | Self::SmartScreenEdgeSiteAndDownloadCheckingOff
                | Self::FirewallOff
                | Self::DomainProfileNotSecure
                | Self::PrivateProfileNotSecure
                | Self::PublicProfileNotSecure
                | Self::CredentialGuardOff
                | Self::BitLockerUnencryptedDrives
                | Self::BitLockerProtectionSuspended
                | Self::BitLockerIncompatibleDrives
        )
    }

    /// Returns the known properties with this wire name or display name, without regard to case.
    /// Some display names, such as `No sensor data`, belong to several properties.
    ///
    /// ```
    /// use endstate_model::AttentionProperty;
    ///
    /// let named: Vec<_> = AttentionProperty::named("sensor OFF").collect();
    /// assert_eq!(named, [&AttentionProperty::EdrSensorOff]);
    /// assert_eq!(AttentionProperty::named("no sensor data").count(), 5);
    /// ```
    pub fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        let is_its = move |property: &&Self| {
            property.as_str().eq_ignore_ascii_case(name) || property.display_name().eq_ignore_ascii_case(name)
        };
        Self::KNOWN.iter().filter(is_its)
    }

    /// Whether the property only informs and is not a fault of the device: an insider preview, or
    /// another vendor's firewall. Microsoft still lists both. An unknown property counts as a
    /// fault.
    pub const fn is_informational(&self) -> bool {
        matches!(self, Self::SecurityUpdatesWindowsInsiderPreview | Self::ThirdPartyFirewallActive)
    }
}
