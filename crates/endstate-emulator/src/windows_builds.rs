//! The builds of Windows in a generated fleet: how common each is, and which revisions occur.

/// One build: its share of a fleet, the branch and lab time in its version text, and revisions from
/// old to new.
#[derive(Debug)]
pub(crate) struct WindowsBuild {
    pub(crate) build: u32,
    /// Number of devices in a thousand.
    pub(crate) share: u32,
    pub(crate) branch: &'static str,
    pub(crate) lab_time: &'static str,
    /// A few of the monthly updates, oldest first.
    pub(crate) revisions: &'static [u32],
    /// Whether the build exists for ARM.
    pub(crate) has_arm64: bool,
}

impl WindowsBuild {
    /// Returns whether the build exists for 32 bits. Windows 11 and the later servers do not.
    pub(crate) fn has_x86(&self) -> bool {
        self.build < 20000
    }

    /// Returns the build that devices move to from this one, or `None` if they stay, such as
    /// servers.
    pub(crate) fn successor(&self) -> Option<&'static Self> {
        let next = match self.build {
            19042..=19045 => 22631,
            22000..=22631 => 26100,
            _ => return None,
        };
        WINDOWS_BUILDS.iter().find(|build| build.build == next)
    }
}

/// Shares add up to 1,000. Branches and lab times are those of each build's release.
pub(crate) const WINDOWS_BUILDS: &[WindowsBuild] = &[
    build(10240, 4, "th1", "150709-1700", &[17443, 18818, 20345], false),
    build(14393, 35, "rs1_release", "160715-1616", &[2485, 4467, 5850, 6897, 7428], false),
    build(15063, 5, "rs2_release", "170317-1834", &[1418, 2679], false),
    build(16299, 10, "rs3_release", "170928-1534", &[755, 1087, 2166], true),
    build(17134, 18, "rs4_release", "180410-1804", &[345, 1304, 2208], true),
    build(17763, 90, "rs5_release", "180914-1434", &[1935, 3770, 5206, 5936, 6532], true),
    build(18363, 15, "19h1_release", "190318-1202", &[418, 1556, 2274], true),
    build(19042, 20, "vb_release", "191206-1406", &[867, 1706, 2965], true),
    build(19044, 65, "vb_release", "191206-1406", &[1826, 3086, 4046, 4894], true),
    build(19045, 330, "vb_release", "191206-1406", &[2006, 3693, 4291, 4894, 5247], true),
    build(20348, 78, "fe_release", "210507-1500", &[887, 1726, 2322, 2700], false),
    build(22000, 20, "co_release", "210604-1628", &[856, 2538, 3260], true),
    build(22621, 110, "ni_release", "220506-1250", &[1848, 2861, 3447, 4317], true),
    build(22631, 140, "ni_release", "220506-1250", &[2861, 3447, 4317, 4602], true),
    build(26100, 60, "ge_release", "240331-1435", &[1742, 2314, 2605], true),
];

const fn build(
    build: u32,
    share: u32,
    branch: &'static str,
    lab_time: &'static str,
    revisions: &'static [u32],
    has_arm64: bool,
) -> WindowsBuild {
    WindowsBuild { build, share, branch, lab_time, revisions, has_arm64 }
}
