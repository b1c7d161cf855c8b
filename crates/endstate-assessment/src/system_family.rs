//! Which family of operating systems a device runs.

/// A family of operating systems. A platform that this version does not know may be any of them, so
/// nothing is concluded from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemFamily {
    Windows,
    MacOs,
    Linux,
    /// A system of phones.
    Mobile,
    NotKnown,
}

/// How the names of families begin, in lower case. A name with `linux` is of Linux, too.
const NAMES: [(SystemFamily, &[&str]); 4] = [
    (SystemFamily::Windows, &["windows"]),
    (SystemFamily::MacOs, &["macos"]),
    (
        SystemFamily::Linux,
        &["ubuntu", "debian", "centos", "fedora", "suse", "redhat", "rocky", "alma", "oracle", "amazon"],
    ),
    (SystemFamily::Mobile, &["ios", "ipados", "android"]),
];

impl SystemFamily {
    /// The family of a platform, such as `Windows11` or `RedHatEnterpriseLinux`.
    pub(crate) fn from_platform(platform: Option<&str>) -> Self {
        let name = platform.unwrap_or_default().trim().to_ascii_lowercase();
        if name.contains("linux") {
            return Self::Linux;
        }
        let family = NAMES.iter().find(|(_, names)| names.iter().any(|begin| name.starts_with(begin)));
        family.map_or(Self::NotKnown, |(family, _)| *family)
    }

    /// The family that a configuration is about, from its number.
    pub(crate) const fn of_configuration(number: u32) -> Self {
        match number {
            0..5000 => Self::Windows,
            5000..6000 => Self::MacOs,
            6000..7000 => Self::Linux,
            _ => Self::NotKnown,
        }
    }

    pub(crate) fn is_windows(self) -> bool {
        self == Self::Windows
    }

    /// Whether the device certainly does not run Windows.
    pub(crate) fn is_other(self) -> bool {
        !matches!(self, Self::Windows | Self::NotKnown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_without_a_name_or_with_a_new_one_is_of_no_family() {
        let family = |platform| SystemFamily::from_platform(Some(platform));
        for platform in ["Windows11", "WindowsServer2022", "windows"] {
            assert_eq!(family(platform), SystemFamily::Windows, "{platform}");
        }
        for platform in ["RedHatEnterpriseLinux", "Ubuntu", "Linux", "SUSE", "OracleLinux"] {
            assert_eq!(family(platform), SystemFamily::Linux, "{platform}");
        }
        assert_eq!([family("macOS"), family("iOS")], [SystemFamily::MacOs, SystemFamily::Mobile]);
        for platform in ["", "None", "Quantum", "HarmonyOS"] {
            assert_eq!(family(platform), SystemFamily::NotKnown, "{platform}");
        }
        assert_eq!(SystemFamily::from_platform(None), SystemFamily::NotKnown);
    }
}
