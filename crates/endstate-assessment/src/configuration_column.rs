//! The members of a row of the secure configuration assessment that are used, by their names.

/// A member of a row that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    DeviceId,
    Configuration,
    IsApplicable,
    IsCompliant,
    OsVersion,
    DeviceName,
    OsPlatform,
    Group,
}

impl Column {
    /// Whether it is about the device, and not about a configuration.
    pub(crate) fn is_of_device(self) -> bool {
        !matches!(self, Self::Configuration | Self::IsApplicable | Self::IsCompliant)
    }

    /// The member of this name. Pages and files write names in different letter case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "deviceId" | "DeviceId" => Self::DeviceId,
            "configurationId" | "ConfigurationId" => Self::Configuration,
            "isApplicable" | "IsApplicable" => Self::IsApplicable,
            "isCompliant" | "IsCompliant" => Self::IsCompliant,
            "osVersion" | "OsVersion" | "OSVersion" => Self::OsVersion,
            "deviceName" | "DeviceName" => Self::DeviceName,
            "osPlatform" | "OsPlatform" | "OSPlatform" => Self::OsPlatform,
            "rbacGroupName" | "RbacGroupName" => Self::Group,
            _ => return None,
        })
    }
}
