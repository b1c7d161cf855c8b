//! The rows of the mapping, in the order of the properties.

use endstate_model::AttentionProperty;

use crate::{Confidence, PropertyMapping};

/// Defines the rows. Each has the property's position, so a row in a wrong place does not compile.
macro_rules! mapping {
    ($($property:ident $confidence:ident [$($first:literal $(to $last:literal)?),*] $also:literal $note:literal,)*) => {
        pub(crate) const MAPPING: &[PropertyMapping] = &{
            let mut place = 0;
            let rows = [$({
                let property = &AttentionProperty::KNOWN[place];
                assert!(matches!(property, AttentionProperty::$property), "a row for each property, in their order");
                place += 1;
                PropertyMapping {
                    property,
                    confidence: Confidence::$confidence,
                    ranges: &[$(mapping!(@range $first $(to $last)?)),*],
                    also: $also,
                    note: $note,
                }
            },)*];
            assert!(place == AttentionProperty::KNOWN.len(), "a row for each property");
            rows
        };
    };
    (@range $first:literal to $last:literal) => { ($first, $last) };
    (@range $only:literal) => { ($only, $only) };
}

// Columns: property, confidence, numbers of configurations (scids), what else says it, note.
// Windows has the numbers up to 2999, macOS 5000 and up, Linux 6000 and up.
mapping! {
    EdrSensorOff Direct [2000] "" "Windows only",
    EdrNoSensorData Direct [2001, 5001, 6001] "healthStatus NoSensorData or NoSensorDataImpairedCommunication" "",
    EdrImpairedCommunications Direct [2002, 5002, 6002]
        "healthStatus ImpairedCommunication or NoSensorDataImpairedCommunication" "",
    AntivirusNotReporting Partial [2014] ""
        "the configuration is about reaching the cloud service, not about reporting",
    AntivirusOff Direct [2010] "avMode 2" "passive mode (avMode 1) and EDR in block mode (4) are not off",
    AntivirusDefinitionsAreOutOfDate Direct [2011, 5095, 6095] "avIsSignatureUpToDate False" "",
    AntivirusRealtimeProtectionOff Direct [2012, 5090, 6090] "" "users report false alarms now and then",
    AntivirusPuaProtectionOff Direct [2013, 5091, 6091] ""
        "today it requires block mode: audit mode counts as off",
    AntivirusIncompleteReporting AbsenceOnly [] "" "only missing versions and modes hint at it",
    SecurityUpdatesMissing Partial [] "a vulnerability of a windows_* product with an update"
        "only hunting has it; the list of updates is that of vulnerability management",
    SecurityUpdatesWindowsInsiderPreview AbsenceOnly [] "" "only a build that was never released hints at it",
    ExploitGuardProtectionSettingOff Partial [2020] ""
        "Microsoft announced its retirement in April 2025, and still listed it in September 2026",
    ExploitGuardAttackSurfaceReductionRuleOff Partial [2500 to 2518] ""
        "one property became 19 rules; it requires attention if one applies and is not compliant",
    ExploitGuardControlledFolderAccessOff Direct [2021] "" "audit mode is compliant",
    ExploitGuardWindowsDefenderAntivirusOff Partial [2010] "avMode 1, 2, 4 or 5 on Windows"
        "read as: the antivirus that exploit guard needs is not active",
    AppGuardPrerequisitesNotMet Never [] "" "Application Guard is retired",
    AppGuardOff Never [] "" "its configuration was retired in April 2025",
    AppGuardManagedModeOff Never [] "" "its configuration was retired in April 2025",
    SmartScreenAppAndFileCheckingOff Direct [2060] "" "",
    SmartScreenEdgeSiteAndDownloadCheckingOff Direct [2061] "" "",
    SmartScreenAppWebContentCheckingOff Never [] "" "no list has a configuration for it",
    FirewallOff Direct [2070, 5007] "" "",
    DomainProfileNotSecure Direct [2071] "" "",
    PrivateProfileNotSecure Direct [2072] "" "",
    PublicProfileNotSecure Direct [2073] "" "",
    ThirdPartyFirewallActive Never [] "" "Secure Score has only a mark for the whole tenant",
    FirewallNoInformation AbsenceOnly [] "" "only missing rows of the firewall hint at it",
    FirewallNoSensorData AbsenceOnly [] "" "only missing rows of the firewall hint at it",
    WindowsHelloNotConfigured Never [] "" "no list has a configuration for it",
    NonWindowsHelloAuthentication Never [] "" "no list has a configuration for it",
    WindowsHelloNoSensorData Never [] "" "no list has a configuration for it",
    WindowsHelloNoInformation Never [] "" "no list has a configuration for it",
    BitLockerStatusUnavailable AbsenceOnly [] "" "only a missing row hints at it",
    BitLockerUnencryptedDrives Direct [2090] "" "Windows only; FileVault of macOS is another configuration",
    BitLockerProtectionSuspended Direct [2091] "" "",
    BitLockerIncompatibleDrives Direct [2093] "" "",
    BitLockerNoSensorData AbsenceOnly [] "" "only missing rows hint at it",
    BitLockerNoInformation AbsenceOnly [] "" "only missing rows hint at it",
    CredentialGuardPrerequisitesNotMet AbsenceOnly [] ""
        "not applicable hints at it, and can also mean another edition of Windows",
    CredentialGuardOff Direct [2080] "" "",
    CredentialGuardNoSensorData AbsenceOnly [] "" "only missing rows hint at it",
    CredentialGuardNoInformation AbsenceOnly [] "" "only missing rows hint at it",
    EdrBlockModeOff Direct [2004] "" "",
    EdrCoreComponentsOutOfDate Direct [2030] "" "",
    AntivirusTamperProtectionOff Direct [2003, 5092, 6092] "" "",
    AntivirusCloudProtectionOff Direct [2016, 5094, 6094] "" "",
    AntivirusBehaviorMonitoringOff Direct [91, 5093, 6093] "" "",
    ExploitGuardNetworkProtectionOff Direct [96] "" "",
    LsaProtectionOff Direct [25, 102] "" "102 is for Windows 11 22H2 and later",
    LapsOff Direct [113] "" "",
    SecureBootOff Direct [2100] "" "",
    SecureBootCertificatesOutOfDate Direct [112] "" "the certificates of 2023",
}
