//! What was read about the properties of one device, in three words of bits.

use endstate_model::{Assessment, AttentionProperties, AttentionProperty, MachineSecurityState, StateSource};

use crate::mapping::{ALL_PROPERTIES, Bits, NEVER_KNOWN, bit, not_applicable_by, properties_of};
use crate::system_family::SystemFamily;
use crate::{AntivirusMode, ConfigurationId};

/// Evidence about each property. A property may have evidence of several kinds, from several
/// configurations: what fails wins over what is fine, and that over what does not apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    fails: Bits,
    fine: Bits,
    not_applicable: Bits,
}

/// The bits of the properties that other collections than the configurations say.
const NO_SENSOR_DATA: Bits = bit_of(&AttentionProperty::EdrNoSensorData);
const IMPAIRED_COMMUNICATIONS: Bits = bit_of(&AttentionProperty::EdrImpairedCommunications);
const ANTIVIRUS_OFF: Bits = bit_of(&AttentionProperty::AntivirusOff);
const OUT_OF_DATE: Bits = bit_of(&AttentionProperty::AntivirusDefinitionsAreOutOfDate);
const EXPLOIT_GUARD_ANTIVIRUS_OFF: Bits = bit_of(&AttentionProperty::ExploitGuardWindowsDefenderAntivirusOff);
const UPDATES_MISSING: Bits = bit_of(&AttentionProperty::SecurityUpdatesMissing);

impl Evidence {
    /// Adds what a configuration says of a device of this family. Whether it applies is looked at
    /// first: the service calls configurations that do not apply "not compliant". A row that does
    /// not say it says nothing.
    pub(crate) fn configuration(
        &mut self,
        configuration: ConfigurationId,
        is_applicable: Option<bool>,
        is_compliant: Option<bool>,
        family: SystemFamily,
    ) {
        let properties = properties_of(configuration);
        match (is_applicable, is_compliant) {
            (Some(false), _) => {
                self.not_applicable |= not_applicable_by(configuration, properties, family);
            }
            (Some(true), Some(true)) => self.fine |= properties,
            (Some(true), Some(false)) => self.fails |= properties,
            _ => {}
        }
    }

    /// Adds what the antivirus says of its mode. That it is on is no proof that it works. Only
    /// Windows has features that need Defender to be the antivirus in charge.
    pub(crate) fn antivirus_mode(&mut self, mode: AntivirusMode, family: SystemFamily) {
        let in_charge = if family.is_windows() { EXPLOIT_GUARD_ANTIVIRUS_OFF } else { 0 };
        match mode {
            AntivirusMode::Active => self.fine |= in_charge,
            AntivirusMode::Passive => self.fails |= in_charge,
            AntivirusMode::Disabled => self.fails |= ANTIVIRUS_OFF | in_charge,
            AntivirusMode::NotKnown => {}
        }
    }

    /// Adds whether the security intelligence is up to date.
    pub(crate) fn security_intelligence(&mut self, is_up_to_date: Option<bool>) {
        match is_up_to_date {
            Some(true) => self.fine |= OUT_OF_DATE,
            Some(false) => self.fails |= OUT_OF_DATE,
            None => {}
        }
    }

    /// Adds what the health of the sensor says. An active sensor reports on all channels. A health
    /// that is not in the vendor's list says nothing.
    pub(crate) fn health(&mut self, health: &str) {
        match health {
            "Active" => self.fine |= NO_SENSOR_DATA | IMPAIRED_COMMUNICATIONS,
            "NoSensorData" => self.fails |= NO_SENSOR_DATA,
            "ImpairedCommunication" => self.fails |= IMPAIRED_COMMUNICATIONS,
            "NoSensorDataImpairedCommunication" => self.fails |= NO_SENSOR_DATA | IMPAIRED_COMMUNICATIONS,
            _ => {}
        }
    }

    /// Adds whether updates are missing.
    pub(crate) fn updates(&mut self, are_missing: bool) {
        if are_missing {
            self.fails |= UPDATES_MISSING;
        } else {
            self.fine |= UPDATES_MISSING;
        }
    }

    /// Adds other evidence about the same device.
    pub(crate) fn merge(&mut self, other: Self) {
        self.fails |= other.fails;
        self.fine |= other.fine;
        self.not_applicable |= other.not_applicable;
    }

    /// Adds that the device's system has no updates of Windows.
    pub(crate) fn updates_do_not_apply(&mut self) {
        self.not_applicable |= UPDATES_MISSING;
    }

    /// Writes what follows from the evidence into a state. Without an assessment, only what the
    /// sensor's health and the antivirus report say is known.
    pub(crate) fn conclude(self, state: &mut MachineSecurityState, source: StateSource, is_assessed: bool) {
        let fails = self.fails & !NEVER_KNOWN;
        let fine = self.fine & !fails & !NEVER_KNOWN;
        let not_applicable = self.not_applicable & !fails & !fine & !NEVER_KNOWN;

        let mut assessment = Assessment::new(source);
        assessment.is_assessed = is_assessed;
        assessment.not_applicable = properties(not_applicable);
        assessment.not_known = properties(ALL_PROPERTIES & !(fails | fine | not_applicable));
        state.properties_require_attention = properties(fails);
        state.assessment = Some(Box::new(assessment));
    }
}

const fn bit_of(property: &AttentionProperty) -> Bits {
    match property.position() {
        Some(position) => bit(position),
        None => 0,
    }
}

fn properties(bits: Bits) -> AttentionProperties {
    let known = AttentionProperty::KNOWN.iter().enumerate();
    known.filter(|(place, _)| bits & bit(*place) != 0).map(|(_, property)| property.clone()).collect()
}
