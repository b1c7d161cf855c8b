//! A row of the antivirus health report of a device.

use std::borrow::Cow;

use endstate_odata::RawItem;

use crate::configuration_row::{id_text, text};
use crate::seen_members::SeenMembers;

/// A row of `deviceavinfo` (the vendor's page *Export device antivirus health report*). A device
/// may have several.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AntivirusInfo<'a> {
    /// The device's id, verbatim.
    pub machine_id: Cow<'a, str>,
    /// The mode of the antivirus.
    pub mode: AntivirusMode,
    /// Whether the security intelligence is up to date; `None` if that is not known.
    pub is_signature_up_to_date: Option<bool>,
    /// The operating system, such as `Windows11`.
    pub os_platform: Option<Cow<'a, str>>,
    /// The version of the operating system, in four numbers.
    pub os_version: Option<Cow<'a, str>>,
}

/// The mode of Microsoft Defender Antivirus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AntivirusMode {
    /// It is on (`0`).
    Active,
    /// Another antivirus is on, and this one only watches (`1`, `5`), or acts for EDR in block mode
    /// (`4`).
    Passive,
    /// It is off (`2`).
    Disabled,
    /// Another mode, or no answer.
    NotKnown,
}

impl AntivirusMode {
    /// Reads the digits of a mode. Any other text names no mode. That includes `true`, which may be
    /// 1, the passive mode, or mean that the antivirus is on.
    pub fn from_text(text: &str) -> Self {
        match text.trim().parse::<u64>() {
            Ok(number) => Self::from_number(number),
            Err(_) => Self::NotKnown,
        }
    }

    /// Reads a value: a number, or a text of digits. Any other one names no mode.
    fn read(value: RawItem<'_>) -> Self {
        match value.as_whole_number() {
            Some(number) => Self::from_number(number),
            None => text(value).map_or(Self::NotKnown, |text| Self::from_text(&text)),
        }
    }

    fn from_number(number: u64) -> Self {
        match number {
            0 => Self::Active,
            1 | 4 | 5 => Self::Passive,
            2 => Self::Disabled,
            _ => Self::NotKnown,
        }
    }
}

impl<'a> AntivirusInfo<'a> {
    /// Reads an item. Returns `None` if it names no device, or has a member twice that is used
    /// here.
    pub fn read(item: RawItem<'a>) -> Option<Self> {
        let (mut machine_id, mut id) = (None, None);
        let mut info = Self {
            machine_id: Cow::Borrowed(""),
            mode: AntivirusMode::NotKnown,
            is_signature_up_to_date: None,
            os_platform: None,
            os_version: None,
        };

        let mut seen = SeenMembers::default();
        for (name, value) in item.members() {
            let number = match &*name {
                "machineId" => {
                    machine_id = id_text(value);
                    0
                }
                "id" => {
                    id = id_text(value);
                    1
                }
                "avMode" => {
                    info.mode = AntivirusMode::read(value);
                    2
                }
                "avIsSignatureUpToDate" => {
                    info.is_signature_up_to_date = up_to_date(text(value).as_deref());
                    3
                }
                "osPlatform" => {
                    info.os_platform = text(value);
                    4
                }
                "osVersion" => {
                    info.os_version = text(value);
                    5
                }
                _ => continue,
            };
            seen.once(number)?;
        }
        info.machine_id = machine_id.or(id)?;
        Some(info)
    }
}

/// Reads `True`, `False` or `Unknown`.
pub(crate) fn up_to_date(text: Option<&str>) -> Option<bool> {
    match text?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
