//! What the fold keeps of one device until the last row is read.

use endstate_model::{Architecture, Device, DeviceId, Machine, MachineSecurityState, OsVersion, StateSource, UtcTime};

use crate::evidence::Evidence;
use crate::system_family::SystemFamily;
use crate::text_table::{TextId, TextTable};
use crate::{AntivirusInfo, AntivirusMode};

/// A device, in at most 128 bytes. Its texts are in a [`TextTable`].
#[derive(Debug, Clone)]
pub(crate) struct DeviceRecord {
    pub(crate) id: DeviceId,
    pub(crate) evidence: Evidence,
    /// Seconds since 1970; `i64::MIN` if it is not known.
    last_seen: i64,
    os_version: TextId,
    processor: TextId,
    name: TextId,
    group: TextId,
    tags: TextId,
    platform: TextId,
    onboarding: TextId,
    health: TextId,
    risk: TextId,
    exposure: TextId,
    value: TextId,
    entra_device_id: TextId,
    managed_by: TextId,
    merged_into: TextId,
    /// The build of the machine's record; 0 if it is not known.
    build: u32,
    flags: Flags,
}

/// Truth values of a device.
#[derive(Debug, Clone, Copy, Default)]
struct Flags(u8);

impl Flags {
    const IS_ASSESSED: u8 = 1;
    const IS_MACHINE: u8 = 2;
    const IS_EXCLUSION_KNOWN: u8 = 4;
    const IS_EXCLUDED: u8 = 8;
    const IS_APART: u8 = 16;
    /// The modes of the antivirus that its reports name.
    const IS_ACTIVE: u8 = 32;
    const IS_PASSIVE: u8 = 64;
    const IS_DISABLED: u8 = 128;

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    fn set(&mut self, flag: u8) {
        self.0 |= flag;
    }

    fn clear(&mut self, flags: u8) {
        self.0 &= !flags;
    }
}

const _: () = assert!(size_of::<DeviceRecord>() <= 128, "at most 128 bytes a device");

/// Between the texts of a list. A tag cannot have a line feed.
const SEPARATOR: &str = "\n";

impl DeviceRecord {
    pub(crate) fn new(id: DeviceId) -> Self {
        const NONE: TextId = TextId::NONE;
        Self {
            id,
            evidence: Evidence::default(),
            last_seen: i64::MIN,
            os_version: NONE,
            processor: NONE,
            name: NONE,
            group: NONE,
            tags: NONE,
            platform: NONE,
            onboarding: NONE,
            health: NONE,
            risk: NONE,
            exposure: NONE,
            value: NONE,
            entra_device_id: NONE,
            managed_by: NONE,
            merged_into: NONE,
            build: 0,
            flags: Flags::default(),
        }
    }

    pub(crate) fn is_assessed(&self) -> bool {
        self.flags.has(Flags::IS_ASSESSED)
    }

    pub(crate) fn mark_assessed(&mut self) {
        self.flags.set(Flags::IS_ASSESSED);
    }

    /// Whether `machines` lists the device.
    pub(crate) fn is_machine(&self) -> bool {
        self.flags.has(Flags::IS_MACHINE)
    }

    /// Whether rows of the device came in several places.
    pub(crate) fn is_apart(&self) -> bool {
        self.flags.has(Flags::IS_APART)
    }

    pub(crate) fn mark_apart(&mut self) {
        self.flags.set(Flags::IS_APART);
    }

    /// Takes over what the machine's record says. Of several records, the one that was seen last
    /// counts, and the later one of two that were seen at once. What is known of a name or a
    /// version stays if the record has none.
    pub(crate) fn machine(&mut self, machine: &Machine, texts: &mut TextTable) {
        let last_seen = machine.last_seen.map_or(i64::MIN, UtcTime::as_second);
        let names = [&machine.computer_dns_name, &machine.os_platform, &machine.rbac_group_name];
        if self.is_machine() && last_seen < self.last_seen {
            let names = names.map(Option::as_deref);
            self.names(names[0], names[1], names[2], texts);
            self.version(machine.os_version.as_deref(), texts);
            return;
        }
        self.flags.set(Flags::IS_MACHINE);
        self.last_seen = last_seen;

        for (place, name) in [&mut self.name, &mut self.platform, &mut self.group].into_iter().zip(names) {
            let name = texts.store(name.as_deref());
            *place = if name.is_none() { *place } else { name };
        }
        self.tags = texts.store(Some(&machine.machine_tags.join(SEPARATOR)));
        self.onboarding = texts.store(machine.onboarding_status.as_deref());
        self.health = texts.store(machine.health_status.as_deref());
        self.risk = texts.store(machine.risk_score.as_deref());
        self.exposure = texts.store(machine.exposure_level.as_deref());
        self.value = texts.store(machine.device_value.as_deref());
        self.entra_device_id = texts.store(machine.aad_device_id.as_deref());
        self.managed_by = texts.store(machine.managed_by.as_deref());
        let merged_into = machine.merged_into_machine_id.as_deref();
        self.merged_into = texts.store(merged_into.map(|id| DeviceId::for_join(id).to_string()).as_deref());
        self.processor = texts.store(machine.os_processor.as_deref());
        self.build = machine.os_build.unwrap_or_default();

        self.flags.clear(Flags::IS_EXCLUSION_KNOWN | Flags::IS_EXCLUDED);
        if let Some(is_excluded) = machine.is_excluded {
            self.flags.set(Flags::IS_EXCLUSION_KNOWN);
            self.flags.set(if is_excluded { Flags::IS_EXCLUDED } else { 0 });
        }
        match machine.os_version.as_deref().filter(|version| has_parts(version)) {
            Some(version) => self.os_version = texts.store(Some(version)),
            None => self.version(machine.os_version.as_deref(), texts),
        }
    }

    /// Takes over what an antivirus report says. What its mode means depends on the platform, which
    /// may come later.
    pub(crate) fn antivirus(&mut self, info: &AntivirusInfo<'_>, texts: &mut TextTable) {
        self.flags.set(match info.mode {
            AntivirusMode::Active => Flags::IS_ACTIVE,
            AntivirusMode::Passive => Flags::IS_PASSIVE,
            AntivirusMode::Disabled => Flags::IS_DISABLED,
            AntivirusMode::NotKnown => 0,
        });
        self.evidence.security_intelligence(info.is_signature_up_to_date);
        self.version(info.os_version.as_deref(), texts);
        self.names(None, info.os_platform.as_deref(), None, texts);
    }

    /// All that is known of the properties, now that all rows were read.
    fn all_evidence(&self, texts: &TextTable, family: SystemFamily) -> Evidence {
        let mut evidence = self.evidence;
        evidence.health(texts.get(self.health).unwrap_or_default());
        let modes = [
            (Flags::IS_ACTIVE, AntivirusMode::Active),
            (Flags::IS_PASSIVE, AntivirusMode::Passive),
            (Flags::IS_DISABLED, AntivirusMode::Disabled),
        ];
        for (_, mode) in modes.into_iter().filter(|(flag, _)| self.flags.has(*flag)) {
            evidence.antivirus_mode(mode, family);
        }
        evidence
    }

    /// Takes over a version, unless a better one is known: one of four numbers wins over any other
    /// text.
    pub(crate) fn version(&mut self, version: Option<&str>, texts: &mut TextTable) {
        let Some(version) = version else { return };
        let known = texts.get(self.os_version);
        if known == Some(version) || known.is_some_and(has_parts) || (known.is_some() && !has_parts(version)) {
            return;
        }
        self.os_version = texts.store(Some(version));
    }

    /// Takes over names that the machine's record does not have.
    pub(crate) fn names(
        &mut self,
        name: Option<&str>,
        platform: Option<&str>,
        group: Option<&str>,
        texts: &mut TextTable,
    ) {
        for (place, text) in [(&mut self.name, name), (&mut self.platform, platform), (&mut self.group, group)] {
            if place.is_none() {
                *place = texts.store(text);
            }
        }
    }

    /// Takes over what the configurations of another record of the same device say.
    pub(crate) fn configurations_of(&mut self, other: &Self, its_texts: &TextTable, texts: &mut TextTable) {
        self.evidence.merge(other.evidence);
        self.version(its_texts.get(other.os_version), texts);
        let names = [other.name, other.platform, other.group].map(|name| its_texts.get(name));
        self.names(names[0], names[1], names[2], texts);
    }

    /// The state that follows from everything that was read.
    pub(crate) fn state(&self, texts: &TextTable, source: StateSource) -> MachineSecurityState {
        let mut state = MachineSecurityState::new(self.id.clone());
        state.os_version = texts.get(self.os_version).and_then(OsVersion::new);
        let parts = state.os_version.as_ref().and_then(OsVersion::parts);
        (state.build, state.revision) = parts.map(|parts| (parts.build, parts.revision)).unzip();
        let family = SystemFamily::from_platform(texts.get(self.platform));
        if state.build.is_none() && family.is_windows() && self.build > 0 {
            state.build = Some(self.build);
        }
        state.architecture = texts.get(self.processor).and_then(architecture);
        state.device = Some(Box::new(self.device(texts))).filter(|device| !device.is_empty());
        self.all_evidence(texts, family).conclude(&mut state, source, self.is_assessed());
        state
    }

    pub(crate) fn device(&self, texts: &TextTable) -> Device {
        let text = |id: TextId| texts.get(id).map(Into::into);
        let mut device = Device::default();
        device.name = text(self.name);
        device.group = text(self.group);
        device.tags = texts.get(self.tags).into_iter().flat_map(|tags| tags.split(SEPARATOR)).map(Into::into).collect();
        device.platform = text(self.platform);
        device.last_seen = (self.last_seen != i64::MIN).then(|| UtcTime::from_second(self.last_seen));
        device.onboarding = text(self.onboarding);
        device.health = text(self.health);
        device.risk = text(self.risk);
        device.exposure = text(self.exposure);
        device.value = text(self.value);
        device.entra_device_id = text(self.entra_device_id);
        device.managed_by = text(self.managed_by);
        device.merged_into = text(self.merged_into);
        device.excluded = self.flags.has(Flags::IS_EXCLUSION_KNOWN).then(|| self.flags.has(Flags::IS_EXCLUDED));
        device
    }
}

/// Whether a version has its four numbers.
fn has_parts(version: &str) -> bool {
    OsVersion::new(version).is_some_and(|version| version.parts().is_some())
}

/// The architecture of a processor, as the documented collection names it. That `x64` is `Amd64` is
/// inferred; another name is kept verbatim. `64-bit` does not say which it is.
pub(crate) fn architecture(processor: &str) -> Option<Architecture> {
    Some(match processor.to_ascii_lowercase().as_str() {
        "" | "64-bit" | "32-bit" => return None,
        "x64" | "amd64" => Architecture::Amd64,
        "x86" => Architecture::X86,
        "arm64" => Architecture::Arm64,
        "arm" => Architecture::Arm,
        _ => Architecture::from_wire(processor),
    })
}
