//! A row of the secure configuration assessment: one configuration of one device.

use std::borrow::Cow;
use std::fmt;

use endstate_odata::RawItem;

use crate::configuration_column::Column;
use crate::seen_members::SeenMembers;

/// The id of a configuration that Defender assesses, such as `scid-2090`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigurationId(u32);

impl ConfigurationId {
    /// The configuration with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number, such as 2090.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The name that the Microsoft Defender portal shows, in English; `None` for a configuration
    /// that is not in the mapping.
    ///
    /// ```
    /// use endstate_assessment::ConfigurationId;
    ///
    /// assert_eq!(ConfigurationId::new(2003).name(), Some("Turn on Tamper Protection"));
    /// ```
    pub fn name(self) -> Option<&'static str> {
        let rows = include_str!("configurations.tsv").lines().filter_map(|line| line.split_once('\t'));
        let mut found = rows.filter(|(number, _)| number.parse() == Ok(self.0));
        found.next().map(|(_, name)| name)
    }

    /// Reads `scid-2090`, or `scid_2090` as Secure Score writes it. Returns `None` for any other
    /// text.
    ///
    /// ```
    /// use endstate_assessment::ConfigurationId;
    ///
    /// assert_eq!(ConfigurationId::from_text("scid-2090"), Some(ConfigurationId::new(2090)));
    /// assert_eq!(ConfigurationId::from_text("2090"), None);
    /// ```
    pub fn from_text(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("scid-").or_else(|| text.strip_prefix("scid_"))?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number).map(Self)
    }
}

impl fmt::Display for ConfigurationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scid-{}", self.0)
    }
}

/// A row of `SecureConfigurationsAssessmentByMachine`, or of a file of
/// `SecureConfigurationsAssessmentExport`, whose names begin with a capital letter.
///
/// It borrows from its item. Members that are not used here are skipped: Microsoft adds and removes
/// columns without notice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigurationRow<'a> {
    /// The device's id, verbatim.
    pub device_id: Cow<'a, str>,
    /// The configuration; `None` if its id has another form than those that are known.
    pub configuration: Option<ConfigurationId>,
    /// Whether the configuration applies to the device. If not, its compliance means nothing.
    pub is_applicable: Option<bool>,
    /// Whether the device complies with the configuration.
    pub is_compliant: Option<bool>,
    /// The version of the operating system: four numbers, or a text such as `10.0`.
    pub os_version: Option<Cow<'a, str>>,
    /// The device's name.
    pub device_name: Option<Cow<'a, str>>,
    /// The operating system, such as `Windows11`.
    pub os_platform: Option<Cow<'a, str>>,
    /// The device group.
    pub group: Option<Cow<'a, str>>,
}

impl<'a> ConfigurationRow<'a> {
    /// Reads an item. Returns `None` if it names no device, is no object, or has a member twice
    /// that is used here: then it says two things.
    ///
    /// ```
    /// use endstate_assessment::{ConfigurationId, ConfigurationRow};
    /// use endstate_odata::RawItem;
    ///
    /// let item = r#"{"deviceId":"0001","configurationId":"scid-2090","isCompliant":false,"isApplicable":true}"#;
    /// let row = ConfigurationRow::read(RawItem::parse(item)?).ok_or("no device")?;
    /// assert_eq!(row.configuration, Some(ConfigurationId::new(2090)));
    /// assert_eq!((row.is_applicable, row.is_compliant), (Some(true), Some(false)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(item: RawItem<'a>) -> Option<Self> {
        let mut row = Self::empty();
        let mut seen = SeenMembers::default();
        for (name, value) in item.members() {
            let Some(column) = Column::from_name(&name) else { continue };
            seen.once(column as u8)?;
            match column {
                Column::DeviceId => row.device_id = id_text(value).unwrap_or_default(),
                Column::Configuration => {
                    row.configuration = text(value).and_then(|text| ConfigurationId::from_text(&text));
                }
                Column::IsApplicable => row.is_applicable = truth(value),
                Column::IsCompliant => row.is_compliant = truth(value),
                Column::OsVersion => row.os_version = text(value),
                Column::DeviceName => row.device_name = text(value),
                Column::OsPlatform => row.os_platform = text(value),
                Column::Group => row.group = text(value).filter(|group| is_group(group)),
            }
        }
        (!row.device_id.is_empty()).then_some(row)
    }

    /// A row that says nothing.
    pub(crate) fn empty() -> Self {
        Self {
            device_id: Cow::Borrowed(""),
            configuration: None,
            is_applicable: None,
            is_compliant: None,
            os_version: None,
            device_name: None,
            os_platform: None,
            group: None,
        }
    }
}

/// Whether a device group has this name. `Unassigned` means no group, and `None` a tenant without
/// groups.
pub(crate) fn is_group(name: &str) -> bool {
    name != "Unassigned" && name != "None"
}

/// Reads an id, which may come as a number. White space alone is no id.
pub(crate) fn id_text(value: RawItem<'_>) -> Option<Cow<'_, str>> {
    let is_text = value.as_str().starts_with('"');
    let id = if is_text { text(value) } else { value.as_whole_number().map(|id| id.to_string().into()) };
    id.filter(|id| !id.trim().is_empty())
}

/// Reads a text that is not empty.
pub(crate) fn text(value: RawItem<'_>) -> Option<Cow<'_, str>> {
    let text = match value.as_plain_text() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(value.decode::<Option<String>>().ok()??),
    };
    (!text.is_empty()).then_some(text)
}

/// Reads a truth value in the forms that Defender's services write: `true`, 1, or `"true"`.
pub(crate) fn truth(value: RawItem<'_>) -> Option<bool> {
    // Mostly a literal, which needs no trimming.
    match value.as_str() {
        "true" => Some(true),
        "false" => Some(false),
        text => truth_of_text(text.trim_matches('"')),
    }
}

pub(crate) fn truth_of_text(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}
