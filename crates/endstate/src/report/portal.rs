//! Links to the pages of devices in the Microsoft Defender portal.

use std::fmt::Write as _;

use endstate_model::DeviceId;

use crate::config::endpoint::find_cloud;
use crate::store::pull_info::PullInfo;

/// The page of a device. `None` if the cloud of the pull is not known, as for an emulator.
pub(crate) fn device_url(info: &PullInfo, id: &DeviceId) -> Option<String> {
    let mut url = portal_prefix(info)?;
    // An id is text from outside, and may have any character.
    for byte in id.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    Some(url)
}

/// The beginning of these addresses, before the id of the device.
pub(crate) fn portal_prefix(info: &PullInfo) -> Option<String> {
    let cloud = find_cloud(info.cloud.as_deref()?)?;
    Some(format!("{}/machines/", cloud.portal))
}

#[cfg(test)]
mod tests {
    use endstate_paging::Outcome;

    use super::*;
    use crate::store::completeness::Completeness;

    #[test]
    fn an_id_with_other_characters_stays_within_its_path() {
        let unknown = PullInfo::unknown(String::new(), Completeness::new(Outcome::Complete, String::new()));
        let info = PullInfo { cloud: Some("gcc-high".to_owned()), ..unknown.clone() };
        let url = device_url(&info, &DeviceId::from("a/../b?c")).unwrap();
        assert_eq!(url, "https://security.microsoft.us/machines/a%2F..%2Fb%3Fc");
        assert_eq!(device_url(&unknown, &DeviceId::from("a")), None);
    }
}
