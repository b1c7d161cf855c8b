//! A generated fleet. Each device is computed from its position, so a million devices take no
//! memory.

use std::fmt::Write as _;

use endstate_model::{Architecture, AttentionProperties, AttentionProperty, DeviceId, MachineSecurityState, OsVersion};
use rand_pcg::Mcg128Xsl64;
use rand_pcg::rand_core::Rng;

use crate::windows_builds::{WINDOWS_BUILDS, WindowsBuild};

/// A fleet of devices, ordered by id. The same seed and number of devices always generate the same
/// fleet.
///
/// ```
/// use endstate_emulator::Fleet;
///
/// let fleet = Fleet::new(7, 444);
/// assert_eq!(fleet.device(3), Fleet::new(7, 444).device(3));
/// assert_eq!(fleet.device(0).id.to_string(), "000050e1b4afeee3742489ede9ad7a3e16bbd9c4"); // the documented one
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    seed: u64,
    devices: u64,
    day: u32,
}

/// The id of the documented device, which is the first of every fleet.
const DOCUMENTED_ID: &str = "000050e1b4afeee3742489ede9ad7a3e16bbd9c4";

/// The first 16 digits of the documented id. All generated ids are above it.
const DOCUMENTED_PREFIX: u64 = 0x0000_50e1_b4af_eee3;

/// Properties, and how often each occurs in a thousand properties that require attention.
const PROPERTIES: &[(AttentionProperty, u32)] = &[
    (AttentionProperty::EdrSensorOff, 12),
    (AttentionProperty::EdrNoSensorData, 45),
    (AttentionProperty::EdrImpairedCommunications, 70),
    (AttentionProperty::AntivirusNotReporting, 90),
    (AttentionProperty::AntivirusOff, 18),
    (AttentionProperty::AntivirusDefinitionsAreOutOfDate, 110),
    (AttentionProperty::AntivirusRealtimeProtectionOff, 25),
    (AttentionProperty::AntivirusPuaProtectionOff, 80),
    (AttentionProperty::AntivirusIncompleteReporting, 20),
    (AttentionProperty::SecurityUpdatesMissing, 150),
    (AttentionProperty::SecurityUpdatesWindowsInsiderPreview, 5),
    (AttentionProperty::ExploitGuardProtectionSettingOff, 25),
    (AttentionProperty::ExploitGuardAttackSurfaceReductionRuleOff, 60),
    (AttentionProperty::ExploitGuardControlledFolderAccessOff, 55),
    (AttentionProperty::AppGuardPrerequisitesNotMet, 20),
    (AttentionProperty::SmartScreenAppAndFileCheckingOff, 15),
    (AttentionProperty::FirewallOff, 18),
    (AttentionProperty::PublicProfileNotSecure, 22),
    (AttentionProperty::ThirdPartyFirewallActive, 14),
    (AttentionProperty::WindowsHelloNotConfigured, 40),
    (AttentionProperty::BitLockerUnencryptedDrives, 48),
    (AttentionProperty::BitLockerProtectionSuspended, 18),
    (AttentionProperty::CredentialGuardOff, 40),
];

impl Fleet {
    /// Returns a fleet of this many devices, on its first day.
    pub fn new(seed: u64, devices: u64) -> Self {
        Self { seed, devices, day: 1 }
    }

    /// Returns the same fleet on another day, counted from 1. From one day to the next, a few
    /// devices install updates or move to another build, some properties are resolved and others
    /// appear, and new devices replace some devices.
    #[must_use = "the fleet itself stays on its day"]
    pub fn on_day(self, day: u32) -> Self {
        Self { day: day.max(1), ..self }
    }

    /// Returns the number of devices.
    pub fn len(&self) -> u64 {
        self.devices
    }

    /// Returns whether the fleet has no devices.
    pub fn is_empty(&self) -> bool {
        self.devices == 0
    }

    /// Returns the device at a position, which counts from 0 and must be below [`len`](Self::len).
    pub fn device(&self, position: u64) -> MachineSecurityState {
        if position == 0 {
            return documented_device();
        }
        let mut state = self.new_device(position, &mut random_of(self.seed, position));
        for day in 2..=self.day {
            let mut random = random_of(self.seed ^ (u64::from(day) << 32), position);
            if one_in(&mut random, 60) {
                state = self.new_device(position, &mut random);
            } else {
                next_day(&mut random, &mut state);
            }
        }
        state
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn day(&self) -> u32 {
        self.day
    }

    fn new_device(&self, position: u64, random: &mut Mcg128Xsl64) -> MachineSecurityState {
        let mut state = MachineSecurityState::new(self.id(position, random));
        let build = pick(random, WINDOWS_BUILDS.iter().map(|build| (build, build.share)));
        let revision = revision(random, build);
        let architecture = architecture(random, build);
        // A device that never reported has no version. The real service also sends such rows.
        state.os_version = if one_in(random, 250) { None } else { os_version(build, revision, &architecture) };
        (state.build, state.revision) = (Some(build.build), Some(revision));
        state.architecture = Some(architecture);
        state.properties_require_attention = properties(random);
        if one_in(random, 6) {
            state.properties_require_attention.insert(AttentionProperty::SecurityUpdatesMissing);
        }
        without_false_alarm(&mut state);
        state
    }

    /// Generates an id. Ids are spread evenly and rise with the position.
    fn id(&self, position: u64, random: &mut Mcg128Xsl64) -> DeviceId {
        let step = (u64::MAX - DOCUMENTED_PREFIX) / self.devices.max(1);
        let prefix = DOCUMENTED_PREFIX + step * position + random.next_u64() % step.max(1);
        let mut id = format!("{prefix:016x}");
        // Writing to a string cannot fail.
        let _ = write!(id, "{:016x}{:08x}", random.next_u64(), random.next_u32());
        DeviceId::from(id.as_str())
    }
}

/// Returns a separate random generator for each device. Neighboring states of the generator
/// produce neighboring numbers, so seed and position are mixed first.
fn random_of(seed: u64, position: u64) -> Mcg128Xsl64 {
    let high = mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15));
    let low = mix(high ^ position.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Mcg128Xsl64::new(u128::from(mix(low)) << 64 | u128::from(low))
}

/// Mixes the bits of a number, with the finaliser of `SplitMix64`.
pub(crate) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

fn documented_device() -> MachineSecurityState {
    let mut state = MachineSecurityState::new(DeviceId::from(DOCUMENTED_ID));
    (state.build, state.revision) = (Some(14393), Some(2485));
    state.architecture = Some(Architecture::Amd64);
    state.os_version = OsVersion::new("10.0.14393.2485.amd64fre.rs1_release.180827-1809");
    state
        .properties_require_attention
        .extend([AttentionProperty::AntivirusNotReporting, AttentionProperty::EdrImpairedCommunications]);
    state
}

/// Changes a device as one day does.
fn next_day(random: &mut Mcg128Xsl64, state: &mut MachineSecurityState) {
    let build = WINDOWS_BUILDS.iter().find(|build| Some(build.build) == state.build);
    let successor = build.and_then(WindowsBuild::successor).filter(|_| one_in(random, 100));
    let installs = one_in(random, 8);
    if let Some((build, architecture)) = successor.or(build.filter(|_| installs)).zip(state.architecture.clone()) {
        let newest = build.revisions.last().copied();
        (state.build, state.revision) = (Some(build.build), newest);
        state.os_version = newest.and_then(|newest| os_version(build, newest, &architecture));
    }

    let before = std::mem::take(&mut state.properties_require_attention);
    state.properties_require_attention.extend(before.iter().filter(|_| !one_in(random, 6)).cloned());
    if one_in(random, 20) {
        let properties = PROPERTIES.iter().map(|(property, share)| (property, *share));
        state.properties_require_attention.insert(pick(random, properties).clone());
    }
    without_false_alarm(state);
}

/// Removes `SecurityUpdatesMissing` from a device that has the newest update.
fn without_false_alarm(state: &mut MachineSecurityState) {
    let build = WINDOWS_BUILDS.iter().find(|build| Some(build.build) == state.build);
    if build.is_some_and(|build| build.revisions.last().copied() == state.revision) {
        let missing = [AttentionProperty::SecurityUpdatesMissing].into_iter().collect();
        state.properties_require_attention = state.properties_require_attention.difference(&missing);
    }
}

fn os_version(build: &WindowsBuild, revision: u32, architecture: &Architecture) -> Option<OsVersion> {
    let WindowsBuild { build, branch, lab_time, .. } = build;
    let flavor = architecture.as_str().to_ascii_lowercase();
    OsVersion::new(&format!("10.0.{build}.{revision}.{flavor}fre.{branch}.{lab_time}"))
}

/// Picks a revision. Each revision is twice as common as the one before it.
fn revision(random: &mut Mcg128Xsl64, build: &WindowsBuild) -> u32 {
    *pick(random, build.revisions.iter().enumerate().map(|(age, revision)| (revision, 1 << age)))
}

fn architecture(random: &mut Mcg128Xsl64, build: &WindowsBuild) -> Architecture {
    match random.next_u64() % 100 {
        0..4 if build.has_arm64 => Architecture::Arm64,
        4..7 if build.has_x86() => Architecture::X86,
        _ => Architecture::Amd64,
    }
}

/// Picks the properties of a device. Most devices have none, most of the others have one or two,
/// and a few have three or more.
fn properties(random: &mut Mcg128Xsl64) -> AttentionProperties {
    let several = 3 + random.next_u64() % 5;
    let number = *pick(random, [(&0, 620), (&1, 190), (&2, 110), (&several, 80)].into_iter());
    let mut set = AttentionProperties::new();
    while (set.len() as u64) < number {
        let properties = PROPERTIES.iter().map(|(property, share)| (property, *share));
        set.insert(pick(random, properties).clone());
    }
    // If the sensor sends no data, the antivirus usually does not report either.
    if set.contains(&AttentionProperty::EdrNoSensorData) && !one_in(random, 3) {
        set.insert(AttentionProperty::AntivirusNotReporting);
    }
    set
}

fn one_in(random: &mut Mcg128Xsl64, number: u64) -> bool {
    random.next_u64().is_multiple_of(number)
}

/// Picks one of at least one choice, each as often as its weight says.
fn pick<'t, T: ?Sized>(random: &mut Mcg128Xsl64, choices: impl Iterator<Item = (&'t T, u32)> + Clone) -> &'t T {
    let all: u64 = choices.clone().map(|(_, weight)| u64::from(weight)).sum();
    let mut rest = random.next_u64() % all.max(1);
    let mut last = None;
    for (choice, weight) in choices {
        last = Some(choice);
        match rest.checked_sub(u64::from(weight)) {
            Some(less) => rest = less,
            None => return choice,
        }
    }
    #[expect(clippy::expect_used, reason = "every table here has a row")]
    last.expect("there is at least one choice")
}
