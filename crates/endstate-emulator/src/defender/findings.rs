//! What the service finds on a device: for each configuration, whether it applies and is compliant.

use super::configuration::{CONFIGURATIONS, Configuration};
use super::device::Device;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Compliant,
    NotCompliant,
    NotApplicable,
}

/// The rules that apply to every Windows device. Any of them can fail.
const RULES_OF_ALL: u64 = 16;

/// Returns the findings of a device in the order of [`CONFIGURATIONS`], each with its place there.
///
/// A property of the state requires attention exactly if one of its configurations is not
/// compliant. The list is empty if the device is not assessed, and a few devices lack one
/// configuration.
pub(crate) fn findings(device: &Device) -> Vec<(usize, Finding)> {
    if !device.situation.is_assessed() {
        return Vec::new();
    }
    let failed_rules = failed_rules(device);
    let absent = absent_configuration(device);
    let all = CONFIGURATIONS.iter().enumerate().filter(|(place, _)| Some(*place) != absent);
    all.map(|(place, configuration)| (place, finding(device, configuration, failed_rules))).collect()
}

fn finding(device: &Device, configuration: &Configuration, failed_rules: [u16; 2]) -> Finding {
    let number = u64::from(configuration.number);
    if !configuration.is_for_windows() {
        return Finding::NotApplicable;
    }

    let has_failed = match &configuration.property {
        Some(property) if configuration.is_rule() => {
            device.requires(property) && failed_rules.contains(&configuration.number)
        }
        Some(property) => device.requires(property),
        None => {
            applies_by_release(device, configuration.number) && {
                device.draw.about("fails").at(number).below(1000) < configuration.fails
            }
        }
    };
    if has_failed {
        return Finding::NotCompliant;
    }

    let applies = applies_by_release(device, configuration.number)
        && (device.position == 0 || !device.draw.about("applies").at(number).one_in(80));
    if applies { Finding::Compliant } else { Finding::NotApplicable }
}

/// Returns whether a configuration exists in the device's release of Windows.
fn applies_by_release(device: &Device, number: u16) -> bool {
    match number {
        // The protection of the local security authority has another configuration since 22H2.
        25 => device.build() < 22621,
        102 => device.build() >= 22621,
        // Web shells are a matter of servers.
        2516 => device.platform.is_server,
        _ => true,
    }
}

/// Returns the one or two rules that fail if the property of the rules requires attention.
fn failed_rules(device: &Device) -> [u16; 2] {
    let draw = device.draw.about("rules");
    let first = draw.below(RULES_OF_ALL);
    let step = if draw.at(1).one_in(2) { 1 + draw.at(2).below(RULES_OF_ALL - 1) } else { 0 };
    [first, (first + step) % RULES_OF_ALL].map(|rule| 2500 + u16::try_from(rule).unwrap_or(0))
}

/// Returns the place of the configuration that a few devices lack. Its property does not require
/// attention, or the rows would say less than the state.
fn absent_configuration(device: &Device) -> Option<usize> {
    let draw = device.draw.about("absent");
    if device.position == 0 || !draw.one_in(40) {
        return None;
    }
    let can_be_absent = |configuration: &Configuration| {
        let of_state = configuration.property.as_ref().filter(|_| configuration.is_for_windows());
        !configuration.is_rule() && of_state.is_some_and(|property| !device.requires(property))
    };
    let places = CONFIGURATIONS.iter().enumerate().filter(|(_, configuration)| can_be_absent(configuration));
    let places: Vec<_> = places.map(|(place, _)| place).collect();
    let chosen = draw.at(1).below(places.len() as u64);
    places.get(usize::try_from(chosen).unwrap_or(0)).copied()
}

#[cfg(test)]
mod tests {
    use endstate_model::AttentionProperty;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::device::Devices;
    use super::*;
    use crate::Fleet;

    proptest! {
        #[test]
        fn a_property_requires_attention_exactly_if_a_finding_fails(seed: u64, position in 0_u64..5000, day in 1_u32..9) {
            let devices = Devices { fleet: Fleet::new(seed, 5000).on_day(day), now: Timestamp::UNIX_EPOCH };
            let device = devices.device(position);
            let findings = findings(&device);
            prop_assert_eq!(findings.is_empty(), !device.situation.is_assessed());
            let fails = |property: &AttentionProperty| {
                findings.iter().any(|(place, finding)| {
                    CONFIGURATIONS[*place].property.as_ref() == Some(property) && *finding == Finding::NotCompliant
                })
            };
            for property in CONFIGURATIONS.iter().filter_map(|configuration| configuration.property.as_ref()) {
                prop_assert_eq!(fails(property), device.requires(property) && !findings.is_empty(), "{}", property);
            }
        }
    }
}
