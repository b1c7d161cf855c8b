//! The configurations that the service assesses, with their names, and the property of a device's
//! state that each one decides.

use std::sync::LazyLock;

use endstate_model::AttentionProperty;

/// A configuration.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) number: u16,
    /// Such as `scid-2090`.
    pub(crate) id: String,
    /// How many of a thousand devices fail it, if it decides no property.
    pub(crate) fails: u64,
    /// The property that requires attention exactly if this configuration fails. An attack surface
    /// reduction rule is one of several.
    pub(crate) property: Option<AttentionProperty>,
    /// The impact, from 1 to 10. One of them has a fraction.
    pub(crate) impact: &'static str,
    pub(crate) category: &'static str,
    pub(crate) subcategory: &'static str,
    pub(crate) name: &'static str,
}

/// All configurations, by number. Columns of the file: number, failures in a thousand devices,
/// impact, category, subcategory, name.
pub(crate) static CONFIGURATIONS: LazyLock<Vec<Configuration>> =
    LazyLock::new(|| include_str!("configurations.tsv").lines().filter_map(Configuration::from_line).collect());

/// The attack surface reduction rules.
const RULES: std::ops::RangeInclusive<u16> = 2500..=2518;

impl Configuration {
    fn from_line(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let number = columns.next()?.parse().ok()?;
        Some(Self {
            number,
            id: format!("scid-{number}"),
            fails: columns.next()?.parse().ok()?,
            property: property(number),
            impact: columns.next()?,
            category: columns.next()?,
            subcategory: columns.next()?,
            name: columns.next()?,
        })
    }

    pub(crate) fn is_for_windows(&self) -> bool {
        !(5000..7000).contains(&self.number)
    }

    pub(crate) fn is_rule(&self) -> bool {
        RULES.contains(&self.number)
    }
}

/// Returns the property that a configuration decides, in the words of 2018.
///
/// `ExploitGuardWindowsDefenderAntivirusOff` also depends on scid-2010: Exploit Guard needs
/// Microsoft Defender Antivirus. The row fails only if the antivirus is off.
fn property(number: u16) -> Option<AttentionProperty> {
    Some(match number {
        2000 => AttentionProperty::EdrSensorOff,
        2001 | 5001 | 6001 => AttentionProperty::EdrNoSensorData,
        2002 | 5002 | 6002 => AttentionProperty::EdrImpairedCommunications,
        2010 => AttentionProperty::AntivirusOff,
        2011 | 5095 | 6095 => AttentionProperty::AntivirusDefinitionsAreOutOfDate,
        2012 | 5090 | 6090 => AttentionProperty::AntivirusRealtimeProtectionOff,
        2013 | 5091 | 6091 => AttentionProperty::AntivirusPuaProtectionOff,
        2014 => AttentionProperty::AntivirusNotReporting,
        2020 => AttentionProperty::ExploitGuardProtectionSettingOff,
        2021 => AttentionProperty::ExploitGuardControlledFolderAccessOff,
        2060 => AttentionProperty::SmartScreenAppAndFileCheckingOff,
        2061 => AttentionProperty::SmartScreenEdgeSiteAndDownloadCheckingOff,
        2070 | 5007 => AttentionProperty::FirewallOff,
        2071 => AttentionProperty::DomainProfileNotSecure,
        2072 => AttentionProperty::PrivateProfileNotSecure,
        2073 => AttentionProperty::PublicProfileNotSecure,
        2080 => AttentionProperty::CredentialGuardOff,
        2090 | 5011 => AttentionProperty::BitLockerUnencryptedDrives,
        2091 => AttentionProperty::BitLockerProtectionSuspended,
        2093 => AttentionProperty::BitLockerIncompatibleDrives,
        number if RULES.contains(&number) => AttentionProperty::ExploitGuardAttackSurfaceReductionRuleOff,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_configuration_and_they_are_in_order() {
        assert_eq!(CONFIGURATIONS.len(), include_str!("configurations.tsv").lines().count());
        assert!(CONFIGURATIONS.is_sorted_by_key(|configuration| configuration.number));
        assert_eq!(CONFIGURATIONS.iter().filter(|configuration| configuration.is_rule()).count(), 19);
    }
}
