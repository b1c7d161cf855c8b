//! Tests of triage, with fixtures and with arbitrary fleets.

use std::cmp::Reverse;

use endstate_analysis::{Order, Triage, TriageBuilder};
use endstate_model::{
    Architecture, AttentionProperties, AttentionProperty, Category, Date, DeviceId, Entity, MachineSecurityState,
    ParsedState,
};
use endstate_odata::{KeyProperties, Page, RawItem};
use proptest::prelude::*;

use super::{any_state, states};

fn triage(states: &[MachineSecurityState], limit: usize) -> Triage {
    let mut builder = TriageBuilder::new(limit);
    builder.extend(states.iter().cloned());
    builder.finish()
}

#[test]
fn the_documented_device_is_counted_once_a_category_and_once_a_property() {
    let triage = triage(&states(testkit::SEED_PAGE), 5);

    insta::assert_debug_snapshot!((triage.by_category, triage.by_property, triage.by_build), @"
    (
        [
            Tally {
                key: Edr,
                devices: 1,
                need_attention: 1,
            },
            Tally {
                key: Antivirus,
                devices: 1,
                need_attention: 1,
            },
        ],
        [
            Tally {
                key: EdrImpairedCommunications,
                devices: 1,
                need_attention: 1,
            },
            Tally {
                key: AntivirusNotReporting,
                devices: 1,
                need_attention: 1,
            },
        ],
        [
            Tally {
                key: Some(
                    14393,
                ),
                devices: 1,
                need_attention: 1,
            },
        ],
    )
    ");
}

#[test]
fn a_device_with_several_properties_of_a_category_counts_once_in_it() {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    let values = ["AntivirusOff", "FirewallOff", "AntivirusNotReporting", "AntivirusQuantumOff"];
    state.properties_require_attention.extend(values.map(AttentionProperty::from_wire));
    let by_category = triage(&[state], 0).by_category;
    let rows: Vec<_> = by_category.iter().map(|row| (row.key, row.devices)).collect();
    assert_eq!(rows, [(Category::Antivirus, 1), (Category::Firewall, 1)]);
}

#[test]
fn odd_states_are_counted_and_rows_without_a_value_come_last() {
    let triage = triage(&states(testkit::ODD_STATES), 5);
    // Three lists are null or missing, which is no good news.
    assert_eq!((triage.devices, triage.need_attention, triage.ok(), triage.not_known), (5, 2, 0, 3));
    let builds: Vec<_> = triage.by_build.iter().map(|row| row.key).collect();
    assert_eq!(builds, [Some(14393), Some(17134), Some(18362), None]);
    let architectures: Vec<_> = triage.by_architecture.iter().map(|row| row.key.clone()).collect();
    assert_eq!(architectures, [Some(Architecture::Amd64), Some(Architecture::Unknown("Itanium".into())), None]);
}

#[test]
fn a_device_whose_properties_are_not_known_is_never_ok() {
    let state = |id: &str, properties: &[AttentionProperty], is_known: bool| {
        let mut state = MachineSecurityState::new(DeviceId::from(id));
        state.properties_require_attention.extend(properties.iter().cloned());
        if !is_known {
            state.properties_require_attention.mark_not_known();
        }
        state
    };
    let two = [AttentionProperty::FirewallOff, AttentionProperty::EdrSensorOff];
    let states = [
        state("a", &[], true),
        state("b", &[], false),
        state("c", &two, true),
        state("d", &two, false),
        state("e", &[AttentionProperty::ThirdPartyFirewallActive], false),
    ];
    let triage = triage(&states, 5);
    assert_eq!((triage.devices, triage.need_attention, triage.ok()), (5, 2, 1));
    assert_eq!((triage.not_known, triage.known_in_part), (2, 1));
    // What may be a larger combination has no row of its own.
    assert_eq!((triage.by_combination[0].devices, triage.other_combinations), (1, 1));
}

#[test]
fn releases_out_of_support_are_counted_for_the_given_day() {
    let of_build = |build| {
        let mut state = MachineSecurityState::new(DeviceId::from("a"));
        state.build = build;
        state
    };
    let triage = triage(&[Some(19045), Some(14393), Some(26200), Some(30000), None].map(of_build), 0);
    let counts = |year, month, day| {
        let counts = triage.servicing_on(Date::new(year, month, day).unwrap());
        [counts.serviced, counts.ended_for_some, counts.ended, counts.unknown]
    };
    assert_eq!(counts(2025, 10, 14), [2, 1, 0, 2]);
    assert_eq!(counts(2025, 10, 15), [1, 1, 1, 2]);
    assert_eq!(counts(2027, 1, 13), [1, 0, 2, 2]);
}

#[test]
fn an_item_of_the_documented_form_is_counted_without_an_allocation() {
    // The documented device a hundred times, as services write it, each with a different id.
    let seed = Page::parse(testkit::SEED_PAGE).unwrap();
    let item = seed.items()[0].compact().into_owned();
    let items: Vec<_> = (100..200).map(|number| item.replacen("9c4\"", &format!("{number}\""), 1)).collect();
    let body = format!("{{\"value\":[{}]}}", items.join(","));
    let page = Page::parse(&body).unwrap();
    let key = KeyProperties::default();
    let mut builder = TriageBuilder::new(0);
    let mut count = |item: &RawItem<'_>| {
        // The checks that a pull makes on an item before it writes NDJSON, and then triage.
        assert!(key.read(*item).is_ok() && MachineSecurityState::is_certainly_valid(*item));
        assert_eq!(item.compact().len(), item.as_str().len());
        builder.add_parsed(&ParsedState::read(*item).unwrap());
    };

    // The first item allocates the rows of the counts.
    count(&page.items()[0]);
    let allocations = allocation_counter::measure(|| page.items()[1..].iter().for_each(&mut count));
    assert_eq!(allocations.count_total, 0);
    assert_eq!(builder.finish().devices, 100);
}

#[test]
fn an_empty_fleet_has_no_rows_and_no_share() {
    let triage = triage(&[], 5);
    assert_eq!((triage.devices, triage.ok()), (0, 0));
    assert!(triage.by_property.is_empty() && triage.most_urgent.is_empty());
}

/// The properties that need attention.
fn faults(state: &MachineSecurityState) -> AttentionProperties {
    state.properties_require_attention.iter().filter(|property| !property.is_informational()).cloned().collect()
}

#[test]
fn informational_properties_count_apart_unless_they_are_included() {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    state.properties_require_attention.insert(AttentionProperty::ThirdPartyFirewallActive);
    let counts = |is_included| {
        let mut builder = TriageBuilder::new(5).include_informational(is_included);
        builder.add(&state);
        let triage = builder.finish();
        (triage.need_attention, triage.informational, triage.by_property.len(), triage.most_urgent.len())
    };
    assert_eq!((counts(false), counts(true)), ((0, 1, 1, 0), (1, 1, 1, 1)));
}

proptest! {
    #[test]
    fn counts_add_up_to_the_devices(states in prop::collection::vec(any_state(), 0..40)) {
        let triage = triage(&states, 3);
        prop_assert_eq!(triage.devices, states.len() as u64);
        prop_assert_eq!(triage.by_build.iter().map(|row| row.devices).sum::<u64>(), triage.devices);
        prop_assert_eq!(triage.by_build.iter().map(|row| row.need_attention).sum::<u64>(), triage.need_attention);
        prop_assert_eq!(triage.by_architecture.iter().map(|row| row.devices).sum::<u64>(), triage.devices);
        let properties: usize = states.iter().map(|state| state.properties_require_attention.len()).sum();
        prop_assert_eq!(triage.by_property.iter().map(|row| row.devices).sum::<u64>(), properties as u64);
        for row in &triage.by_category {
            prop_assert!(row.devices <= triage.need_attention && row.share_of(triage.devices) <= 1.0);
        }
    }

    #[test]
    fn combinations_revisions_and_servicing_match_a_second_calculation(
        states in prop::collection::vec(any_state(), 0..40),
        limit in 0_usize..12,
    ) {
        let triage = triage(&states, limit);
        for row in &triage.by_combination {
            let having = states.iter().filter(|state| faults(state) == row.key).count();
            prop_assert!(row.key.len() >= 2 && row.devices == having as u64);
        }
        let with_several = states.iter().filter(|state| faults(state).len() >= 2).count();
        prop_assert_eq!(triage.by_combination.iter().map(|row| row.devices).sum::<u64>(), with_several as u64);

        let newest = |build| states.iter().filter(|state| state.build == Some(build)).filter_map(|s| s.revision).max();
        let behind_by = |state: &MachineSecurityState| Some(newest(state.build?)? - state.revision?);
        let mut behind: Vec<_> = states
            .iter()
            .filter_map(|state| Some((Reverse(behind_by(state)?), state.id.clone())))
            .filter(|(distance, _)| distance.0 > 0)
            .collect();
        prop_assert_eq!(triage.behind(), behind.len() as u64);
        behind.sort();
        behind.truncate(limit);
        let kept: Vec<_> = triage.furthest_behind.iter().map(|d| (Reverse(d.distance()), d.state.id.clone())).collect();
        prop_assert_eq!(kept, behind);
        for row in &triage.revisions {
            prop_assert_eq!(Some(row.newest), newest(row.build));
            prop_assert!(row.oldest <= row.newest && (row.behind > 0) == (row.oldest < row.newest));
        }

        let servicing = triage.servicing_on(Date::new(2026, 11, 23).unwrap());
        let all = servicing.serviced + servicing.ended_for_some + servicing.ended + servicing.unknown;
        prop_assert_eq!(all, triage.devices);
    }

    #[test]
    fn the_most_urgent_are_the_first_of_all_sorted_by_urgency(states in prop::collection::vec(any_state(), 0..40), limit in 0_usize..12) {
        let weight = |s: &MachineSecurityState| faults(s).iter().map(AttentionProperty::weight).max();
        let unknown_last = |n: Option<u32>| n.unwrap_or(u32::MAX);
        let version = |s: &MachineSecurityState| (unknown_last(s.build), unknown_last(s.revision));
        let number = |s: &MachineSecurityState| faults(s).len();
        for order in [Order::Urgency, Order::Properties, Order::Version, Order::Id] {
            let mut sorted: Vec<_> = states.iter().filter(|s| !faults(s).is_empty()).cloned().collect();
            match order {
                Order::Urgency => sorted.sort_by_key(|s| (Reverse(weight(s)), Reverse(number(s)), version(s), s.id.clone())),
                Order::Properties => sorted.sort_by_key(|s| (Reverse(number(s)), version(s), s.id.clone())),
                Order::Version => sorted.sort_by_key(|s| (version(s), s.id.clone())),
                _ => sorted.sort_by_key(|s| s.id.clone()),
            }
            sorted.truncate(limit);
            let mut builder = TriageBuilder::new(limit).order(order);
            builder.extend(states.iter().cloned());
            let ids = |states: &[MachineSecurityState]| states.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&builder.finish().most_urgent), ids(&sorted));
        }
    }

    #[test]
    fn fleets_counted_apart_and_merged_are_the_fleet_counted_at_once(
        states in prop::collection::vec(any_state(), 0..40),
        others in prop::collection::vec(any_state(), 0..40),
    ) {
        let builder = |states: &[MachineSecurityState]| {
            let mut builder = TriageBuilder::new(5);
            builder.extend(states.iter().cloned());
            builder
        };
        let mut merged = builder(&states);
        merged.merge(builder(&others));
        let at_once = builder(&[states, others].concat());
        let (merged, at_once) = (merged.finish(), at_once.finish());
        // Devices with one id and version are kept in any order.
        let urgent = |triage: &Triage| triage.most_urgent.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
        prop_assert_eq!(urgent(&merged), urgent(&at_once));
        let counts = |mut triage: Triage| {
            triage.most_urgent.clear();
            triage.furthest_behind.clear();
            triage
        };
        prop_assert_eq!(counts(merged), counts(at_once));
    }
}
