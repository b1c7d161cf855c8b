//! Tests of the generated fleet: it is repeatable, ordered, and similar to a real one.

use std::collections::HashSet;

use endstate_analysis::{DifferenceBuilder, EarlierStates, TriageBuilder};
use endstate_emulator::Fleet;
use endstate_model::{Architecture, AttentionProperty};
use proptest::prelude::*;

#[test]
fn the_first_devices_of_the_demo_fleet_stay_what_they_are() {
    let fleet = Fleet::new(1, 444);
    let lines: Vec<_> = (0..6).map(|position| serde_json::to_string(&fleet.device(position)).unwrap()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","build":14393,"revision":2485,"architecture":"Amd64","osVersion":"10.0.14393.2485.amd64fre.rs1_release.180827-1809","propertiesRequireAttention":["EdrImpairedCommunications","AntivirusNotReporting"]}
    {"id":"00e0273c170ef0f60b3eedccd3fe9a8fcca1b51b","build":19045,"revision":5247,"architecture":"Amd64","osVersion":"10.0.19045.5247.amd64fre.vb_release.191206-1406","propertiesRequireAttention":["AntivirusPuaProtectionOff"]}
    {"id":"019e0b589b0a49450f268d13239faa8fa5c6324e","build":14393,"revision":7428,"architecture":"Amd64","osVersion":"10.0.14393.7428.amd64fre.rs1_release.160715-1616","propertiesRequireAttention":["AntivirusPuaProtectionOff"]}
    {"id":"024a6145cb93dff4c36b72eab607c696632f4d05","build":19045,"revision":4291,"architecture":"Amd64","osVersion":"10.0.19045.4291.amd64fre.vb_release.191206-1406","propertiesRequireAttention":[]}
    {"id":"0262562646a3e69b167a6927a2fcf64cfe3c3084","build":22000,"revision":3260,"architecture":"Amd64","osVersion":"10.0.22000.3260.amd64fre.co_release.210604-1628","propertiesRequireAttention":["EdrImpairedCommunications","AntivirusDefinitionsAreOutOfDate","AntivirusPuaProtectionOff","AntivirusIncompleteReporting","ExploitGuardControlledFolderAccessOff","CredentialGuardOff"]}
    {"id":"0363cd8fcf4d188d4ada0d26a01ff6aa01f2e0ac","build":19042,"revision":2965,"architecture":"Amd64","osVersion":"10.0.19042.2965.amd64fre.vb_release.191206-1406","propertiesRequireAttention":[]}
    "#);
}

#[test]
fn a_large_fleet_is_spread_like_a_real_one() {
    let fleet = Fleet::new(1, 20_000);
    let mut triage = TriageBuilder::new(0);
    triage.extend((0..fleet.len()).map(|position| fleet.device(position)));
    let triage = triage.finish();
    let share = |devices: u64| devices * 100 / triage.devices;
    assert!((30..45).contains(&share(triage.need_attention)), "{} % need attention", share(triage.need_attention));
    assert!(triage.by_build.len() >= 15 && triage.by_property.len() >= 20 && triage.by_category.len() >= 8);
    let amd64 = triage.by_architecture.iter().find(|row| row.key == Some(Architecture::Amd64)).unwrap();
    assert!((88..97).contains(&share(amd64.devices)), "{} % Amd64", share(amd64.devices));
    assert!(triage.by_architecture.len() >= 3);
}

#[test]
fn neighbors_are_not_alike() {
    let fleet = Fleet::new(1, 20_000);
    let ends: HashSet<_> =
        (1..fleet.len()).map(|position| fleet.device(position).id.to_string().split_off(16)).collect();
    assert_eq!(ends.len(), 19_999);
}

#[test]
fn some_devices_have_no_version_as_occurs_on_the_wire() {
    let fleet = Fleet::new(1, 2000);
    let without = (0..fleet.len()).filter(|position| fleet.device(*position).os_version.is_none()).count();
    assert!((1..40).contains(&without), "{without} of 2,000");
}

#[test]
fn a_device_on_the_newest_revision_has_no_missing_updates() {
    let fleet = Fleet::new(1, 5000);
    let newest =
        |build| (0..5000).map(|p| fleet.device(p)).filter(|s| s.build == build).filter_map(|s| s.revision).max();
    let of_19045 = newest(Some(19045));
    let on_newest = (0..5000).map(|p| fleet.device(p)).filter(|s| (s.build, s.revision) == (Some(19045), of_19045));
    for state in on_newest {
        assert!(!state.properties_require_attention.contains(&AttentionProperty::SecurityUpdatesMissing), "{state:?}");
    }
}

#[test]
fn a_second_day_is_the_same_fleet_a_little_further_on() {
    let days = [1, 2, 3].map(|day| Fleet::new(1, 2000).on_day(day));
    let states = |fleet: Fleet| (0..fleet.len()).map(move |position| fleet.device(position));
    assert!(states(days[0]).eq(states(Fleet::new(1, 2000))), "the first day is the fleet without `on_day`");

    let mut earlier = EarlierStates::new();
    let pull = earlier.begin_pull();
    states(days[0]).for_each(|state| earlier.add(pull, &state));
    let mut builder = DifferenceBuilder::new(earlier);
    for state in states(days[1]) {
        builder.compare(&state);
    }

    let difference = builder.finish();
    let of_hundred = |devices: u64| devices * 100 / difference.devices;
    assert_eq!((difference.devices, difference.new_devices), (2000, difference.not_seen.len() as u64));
    assert!((1..3).contains(&of_hundred(difference.new_devices)), "{difference:?}");
    assert!((3..15).contains(&of_hundred(difference.updated)) && difference.downgraded == 0, "{difference:?}");
    assert!(difference.build_moves.iter().all(|row| row.from < row.to) && !difference.build_moves.is_empty());
    assert!(difference.newly_need_attention > 0 && difference.resolved > 0);

    let ids: Vec<_> = states(days[2]).map(|state| state.id).collect();
    assert!(ids.is_sorted() && states(days[2]).ne(states(days[1])));
}

proptest! {
    #[test]
    fn ids_rise_with_the_position_and_every_device_is_the_same_each_time(seed: u64, devices in 1_u64..50_000_000, at in 0.0_f64..1.0) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "below 2^53")]
        let position = (at * (devices - 1) as f64) as u64;
        let fleet = Fleet::new(seed, devices);
        let device = fleet.device(position);
        prop_assert!(device.id.as_key().as_digest().is_some());
        prop_assert_eq!(&device, &Fleet::new(seed, devices).device(position));
        if position + 1 < devices {
            prop_assert!(device.id < fleet.device(position + 1).id);
        }
        if let (Some(version), Some(build), Some(revision)) = (&device.os_version, device.build, device.revision) {
            let beginning = format!("10.0.{build}.{revision}.");
            prop_assert!(version.as_str().starts_with(&beginning));
        }
    }
}
