//! Tests of the difference between pulls.

use std::collections::BTreeMap;

use endstate_analysis::{Appearance, DeviceChange, Difference, DifferenceBuilder, EarlierStates, Version};
use endstate_model::{AttentionProperties, AttentionProperty, DeviceId, Entity, MachineSecurityState};
use endstate_odata::RawItem;
use proptest::prelude::*;

use super::any_state;

fn state(id: &str, build: u32, revision: u32, properties: &[AttentionProperty]) -> MachineSecurityState {
    let mut state = MachineSecurityState::new(DeviceId::from(id));
    (state.build, state.revision) = (Some(build), Some(revision));
    state.properties_require_attention.extend(properties.iter().cloned());
    state
}

fn earlier(pulls: &[&[MachineSecurityState]]) -> EarlierStates {
    let mut earlier = EarlierStates::new();
    for pull in pulls {
        earlier.add_pull(*pull);
    }
    earlier
}

fn compare(pulls: &[&[MachineSecurityState]], now: &[MachineSecurityState]) -> (Vec<DeviceChange>, Difference) {
    let mut builder = DifferenceBuilder::new(earlier(pulls));
    let changes = compare_each(&mut builder, now).into_iter().map(|(_, change)| change).collect();
    (changes, builder.finish())
}

/// The change of each device that was not compared before.
fn compare_each(builder: &mut DifferenceBuilder, now: &[MachineSecurityState]) -> Vec<(DeviceId, DeviceChange)> {
    now.iter().filter_map(|state| Some((state.id.clone(), builder.compare(state)?))).collect()
}

#[test]
fn properties_versions_and_devices_are_classified_by_their_change() {
    let before = [
        state("a", 19045, 10, &[AttentionProperty::FirewallOff]),
        state("b", 19045, 10, &[AttentionProperty::AntivirusOff, AttentionProperty::FirewallOff]),
        state("c", 19045, 10, &[]),
        state("d", 19045, 12, &[]),
    ];
    let now = [
        state("a", 22631, 3, &[]),
        state("b", 19045, 11, &[AttentionProperty::AntivirusOff, AttentionProperty::EdrSensorOff]),
        state("d", 19045, 11, &[]),
        state("e", 22631, 3, &[AttentionProperty::EdrSensorOff]),
    ];

    let (changes, difference) = compare(&[&before], &now);
    assert!(changes.iter().all(DeviceChange::is_different));
    insta::assert_debug_snapshot!((changes[1].clone(), difference), @"
    (
        DeviceChange {
            appearance: Known,
            new: {
                EdrSensorOff,
            },
            resolved: {
                FirewallOff,
            },
            persisting: {
                AntivirusOff,
            },
            version_before: Version {
                build: Some(
                    19045,
                ),
                revision: Some(
                    10,
                ),
            },
            version: Version {
                build: Some(
                    19045,
                ),
                revision: Some(
                    11,
                ),
            },
            since: Some(
                0,
            ),
            attention: Some(
                Unchanged,
            ),
        },
        Difference {
            devices_before: 4,
            devices: 4,
            new_devices: 1,
            not_seen_before: 0,
            need_attention_not_seen_before: 0,
            not_seen: [
                DeviceId(c),
            ],
            newly_need_attention: 1,
            resolved: 1,
            still_need_attention: 1,
            not_known: 0,
            with_new_properties: 2,
            by_property: [
                PropertyChange {
                    property: EdrSensorOff,
                    new: 2,
                    resolved: 0,
                    persisting: 0,
                },
                PropertyChange {
                    property: AntivirusOff,
                    new: 0,
                    resolved: 0,
                    persisting: 1,
                },
                PropertyChange {
                    property: FirewallOff,
                    new: 0,
                    resolved: 2,
                    persisting: 0,
                },
            ],
            build_moves: [
                BuildMove {
                    from: Some(
                        19045,
                    ),
                    to: Some(
                        22631,
                    ),
                    devices: 1,
                },
            ],
            updated: 1,
            downgraded: 1,
        },
    )
    ");
}

#[test]
fn since_is_the_oldest_pull_after_which_the_device_was_never_ok() {
    use AttentionProperty::{AntivirusOff, FirewallOff};
    let ill = |id| state(id, 1, 1, &[FirewallOff]);
    let other = |id| state(id, 1, 1, &[AntivirusOff]);
    let well = |id| state(id, 1, 1, &[]);
    let oldest = [ill("always"), ill("recovered"), ill("absent"), well("later")];
    let middle = [other("always"), well("recovered"), ill("later")];
    let newest = [ill("always"), ill("recovered"), ill("later")];
    let now = ["always", "recovered", "absent", "later", "now"].map(ill);
    let (changes, _) = compare(&[&oldest, &middle, &newest], &now);
    let since: Vec<_> = changes.iter().map(|change| change.since).collect();
    assert_eq!(since, [Some(0), Some(2), Some(0), Some(1), None]);
    let (changes, _) = compare(&[&oldest], &["always"].map(well));
    assert_eq!(changes[0].since, None, "it no longer needs attention");
}

#[test]
fn a_device_is_compared_once_and_is_not_seen_only_if_the_last_pull_had_it() {
    let old = [state("a", 1, 1, &[]), state("b", 1, 1, &[])];
    let last = [state("b", 1, 1, &[])];
    let now = [state("c", 1, 1, &[]), state("c", 1, 2, &[])];
    let (changes, difference) = compare(&[&old, &last], &now);
    assert_eq!(changes.len(), 1);
    assert_eq!(difference.not_seen, [DeviceId::from("b")]);
    assert_eq!((difference.devices_before, difference.devices, difference.new_devices), (1, 1, 1));
}

/// The contents of a pull by device. The first row of a device counts.
type Contents = BTreeMap<DeviceId, (AttentionProperties, Version)>;

fn contents(states: &[MachineSecurityState]) -> Contents {
    let rows = states.iter().rev();
    rows.map(|s| (s.id.clone(), (s.properties_require_attention.clone(), Version::from_state(s)))).collect()
}

#[test]
fn a_device_outside_a_partial_older_pull_is_not_seen_before_and_never_new() {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    state.properties_require_attention.insert(AttentionProperty::FirewallOff);
    let changes = |is_partial: bool| {
        let mut earlier = EarlierStates::new();
        let pull = earlier.begin_pull();
        if is_partial {
            earlier.mark_partial(pull);
        }
        let mut builder = DifferenceBuilder::new(earlier);
        let change = builder.compare(&state).unwrap();
        let difference = builder.finish();
        let counts = [difference.new_devices, difference.not_seen_before, difference.with_new_properties];
        (change.appearance, change.new.len(), counts, difference.newly_need_attention)
    };
    assert_eq!(changes(false), (Appearance::New, 1, [1, 0, 1], 1));
    assert_eq!(changes(true), (Appearance::NotSeenBefore, 0, [0, 1, 0], 0));
}

#[test]
fn a_state_is_of_the_pull_to_which_it_is_added_in_any_order() {
    let state = |fault: Option<AttentionProperty>| {
        let mut state = MachineSecurityState::new(DeviceId::from("a"));
        state.properties_require_attention.extend(fault);
        state
    };
    let mut earlier = EarlierStates::new();
    let pulls = [earlier.begin_pull(), earlier.begin_pull()];
    earlier.add(pulls[1], &state(Some(AttentionProperty::FirewallOff)));
    earlier.add(pulls[0], &state(None));
    earlier.mark_partial(pulls[0]);
    let mut builder = DifferenceBuilder::new(earlier);
    let change = builder.compare(&state(Some(AttentionProperty::FirewallOff))).unwrap();
    assert_eq!((change.new.len(), change.since), (0, Some(1)), "the newer pull counts");
    let other = MachineSecurityState::new(DeviceId::from("b"));
    assert_eq!(builder.compare(&other).unwrap().appearance, Appearance::New, "the newer pull has every device");
}

#[test]
fn a_device_that_exists_but_is_not_compared_is_not_missing() {
    let state = |id: &str| MachineSecurityState::new(DeviceId::from(id));
    let mut earlier = EarlierStates::new();
    let pull = earlier.add_pull(&[state("unreadable"), state("gone")]);
    earlier.add_outside(pull, &state("outside"));
    assert_eq!(earlier.devices_of_last_pull(), 2);
    let mut builder = DifferenceBuilder::new(earlier);
    builder.note_seen(&DeviceId::from("unreadable"));
    assert_eq!(builder.finish().not_seen, [DeviceId::from("gone")]);
}

proptest! {
    #[test]
    fn a_difference_applied_to_the_old_pull_gives_the_new_one(
        before in prop::collection::vec(any_state(), 0..30),
        now in prop::collection::vec(any_state(), 0..30),
    ) {
        let mut builder = DifferenceBuilder::new(earlier(&[&before]));
        let changes = compare_each(&mut builder, &now);
        let difference = builder.finish();
        let mut applied = contents(&before);
        for (id, change) in &changes {
            let (kept, version) = applied.remove(id).unwrap_or_default();
            prop_assert_eq!(version, change.version_before);
            prop_assert_eq!(&kept.difference(&change.resolved), &change.persisting);
            let mut properties = kept.difference(&change.resolved);
            properties.extend(change.new.iter().cloned());
            applied.insert(id.clone(), (properties, change.version));
        }

        for id in &difference.not_seen {
            prop_assert!(applied.remove(id).is_some());
        }
        prop_assert_eq!(&applied, &contents(&now));

        let before = contents(&before);
        let now = contents(&now);
        prop_assert_eq!(difference.devices_before, before.len() as u64);
        prop_assert_eq!(difference.devices, now.len() as u64);
        let need = |contents: &Contents| contents.values().filter(|(properties, _)| properties.needs_attention()).count() as u64;
        prop_assert_eq!(difference.newly_need_attention + difference.still_need_attention, need(&now));
        for row in &difference.by_property {
            let have = |contents: &Contents| contents.values().filter(|(set, _)| set.contains(&row.property)).count() as u64;
            prop_assert_eq!(row.new + row.persisting, have(&now));
        }
    }
}

#[test]
fn what_is_not_known_is_neither_new_nor_resolved() {
    let state = |properties: &str| {
        let text = format!(r#"{{"id":"a","propertiesRequireAttention":{properties}}}"#);
        MachineSecurityState::read(RawItem::parse(&text).unwrap()).unwrap()
    };
    let compare = |before: &str, after: &str| {
        let mut earlier = EarlierStates::new();
        earlier.add_pull([&state(before)]);
        let mut builder = DifferenceBuilder::new(earlier);
        let change = builder.compare(&state(after)).unwrap();
        let difference = builder.finish();
        let counts = [
            difference.newly_need_attention,
            difference.resolved,
            difference.still_need_attention,
            difference.with_new_properties,
            difference.not_known,
        ];
        (change.new.len(), change.resolved.len(), counts)
    };

    let firewall = r#"["FirewallOff"]"#;
    assert_eq!(compare("null", firewall), (0, 0, [0, 0, 0, 0, 1]));
    assert_eq!(compare(firewall, "null"), (0, 0, [0, 0, 0, 0, 1]));
    assert_eq!(compare("[7]", "[]"), (0, 0, [0, 0, 0, 0, 1]));
    assert_eq!(compare(firewall, r#"["FirewallOff",7]"#), (0, 0, [0, 0, 1, 0, 1]));
    // What is known counts: the sensor was on before, or the firewall is on now.
    assert_eq!(compare(firewall, r#"["FirewallOff","EdrSensorOff",7]"#), (1, 0, [0, 0, 1, 1, 1]));
    assert_eq!(compare(r#"["FirewallOff",7]"#, "[]"), (0, 1, [0, 1, 0, 0, 1]));
    assert_eq!(compare(firewall, "[]"), (0, 1, [0, 1, 0, 0, 0]));
}
