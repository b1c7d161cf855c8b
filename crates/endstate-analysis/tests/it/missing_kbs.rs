//! Tests of the updates that states of today carry, with a second calculation for each device.

use std::collections::{BTreeMap, BTreeSet};

use endstate_analysis::{MissingKbs, MissingKbsBuilder};
use endstate_model::{Assessment, Device, DeviceId, MachineSecurityState, Severity, StateSource};
use proptest::prelude::*;

/// A state that lacks these updates; `None` if that is not known.
fn state(id: &str, missing: Option<&[u32]>) -> MachineSecurityState {
    let mut assessment = Assessment::new(StateSource::Hunting);
    assessment.missing_kbs = missing.map(|numbers| numbers.iter().map(|number| number.to_string().into()).collect());
    let mut state = MachineSecurityState::new(DeviceId::from(id));
    state.assessment = Some(Box::new(assessment));
    let mut device = Device::default();
    device.name = Some(format!("ws-{id}").into());
    state.device = Some(Box::new(device));
    state
}

type Pair = (u32, &'static str, Severity);

fn builder(states: &[MachineSecurityState], pairs: Option<&[Pair]>, limit: usize) -> MissingKbsBuilder {
    let mut builder = MissingKbsBuilder::new(limit);
    for state in states {
        builder.add(state);
    }
    if let Some(pairs) = pairs {
        let pair = |(number, cve, severity): &Pair| (number.to_string().into(), (*cve).into(), severity.clone());
        builder.add_vulnerabilities(pairs.iter().map(pair));
    }
    builder
}

fn rows(missing: &MissingKbs) -> String {
    let count = |counts: &Option<endstate_analysis::SeverityCounts>| {
        counts.as_ref().map_or("not known".to_owned(), |counts| {
            counts.iter().map(|(severity, count)| format!("{count} {severity}")).collect::<Vec<_>>().join(", ")
        })
    };
    let updates = missing.by_kb.iter().map(|row| {
        format!("{}: {} devices, newest on {}, {}", row.name, row.devices, row.newest_on, count(&row.fixes))
    });
    let devices = missing.most_exposed.iter().map(|device| {
        let name = device.name.as_deref().unwrap_or_default();
        format!("{name}: {} updates up to {}, {}", device.updates, device.newest, count(&device.vulnerabilities))
    });
    updates.chain(devices).collect::<Vec<_>>().join("\n")
}

const PAIRS: &[Pair] = &[
    (20, "CVE-2", Severity::Critical),
    (20, "CVE-1", Severity::Low),
    (10, "CVE-1", Severity::Important),
    (99, "CVE-9", Severity::Critical),
];

#[test]
fn updates_are_counted_and_the_newest_of_each_device() {
    let states = [state("a", Some(&[20, 10])), state("b", Some(&[10])), state("c", Some(&[])), state("d", None)];
    let missing = builder(&states, Some(PAIRS), 2).finish();
    assert_eq!((missing.devices, missing.lacking, missing.not_known), (4, 2, 1));
    insta::assert_snapshot!(rows(&missing), @"
    KB10: 2 devices, newest on 1, 1 Important
    KB20: 1 devices, newest on 1, 1 Critical, 1 Important
    ws-a: 2 updates up to KB20, 1 Critical, 1 Important
    ws-b: 1 updates up to KB10, 1 Important
    ");
    let cves: Vec<_> = missing.by_cve.as_ref().unwrap().iter().map(|row| (row.name.as_str(), row.devices)).collect();
    assert_eq!(cves, [("CVE-2", 1), ("CVE-1", 2)], "no device lacks KB99");
}

#[test]
fn without_vulnerabilities_their_numbers_are_not_known() {
    let missing = builder(&[state("a", Some(&[9, 10])), state("b", Some(&[10, 9]))], None, 1).finish();
    assert_eq!(missing.by_cve, None);
    insta::assert_snapshot!(rows(&missing), @"
    KB10: 2 devices, newest on 2, not known
    KB9: 2 devices, newest on 0, not known
    ws-a: 2 updates up to KB10, not known
    ");
}

#[test]
fn a_state_that_says_nothing_of_updates_is_not_up_to_date() {
    let missing = builder(&[MachineSecurityState::new(DeviceId::from("a"))], Some(&[]), 1).finish();
    assert_eq!((missing.devices, missing.lacking, missing.not_known), (1, 0, 1));
    assert_eq!(missing.by_cve, Some(Vec::new()));
}

#[test]
fn devices_of_two_tenants_are_two_devices() {
    let of = |tenant| {
        let mut builder = MissingKbsBuilder::new(5).with_tenant(Some(tenant));
        builder.add(&state("a", Some(&[10])));
        builder.add_vulnerabilities(None);
        builder
    };
    let mut all = of("fabrikam");
    all.merge(of("contoso"));
    let missing = all.finish();
    let tenants: Vec<_> = missing.most_exposed.iter().map(|device| device.tenant.as_deref().unwrap()).collect();
    assert_eq!((missing.lacking, tenants), (2, vec!["contoso", "fabrikam"]));
    assert!(missing.by_cve.is_some());
    all.merge(builder(&[], None, 5));
    assert_eq!(all.finish().by_cve, None, "one tenant's vulnerabilities are not known");
}

fn any_states() -> impl Strategy<Value = Vec<MachineSecurityState>> {
    let list = prop::collection::vec(prop::sample::select(vec![9_u32, 10, 20, 30]), 0..4);
    let device = ("[a-d]{1,2}", prop::option::of(list));
    prop::collection::btree_map("[a-d]{1,3}", device, 0..20)
        .prop_map(|devices| devices.iter().map(|(id, (_, missing))| state(id, missing.as_deref())).collect())
}

fn any_pairs() -> impl Strategy<Value = Vec<Pair>> {
    let severity = prop::sample::select(vec![Severity::Critical, Severity::Moderate, Severity::Low]);
    let cve = prop::sample::select(vec!["CVE-1", "CVE-2", "CVE-3"]);
    prop::collection::vec((prop::sample::select(vec![9_u32, 10, 20, 99]), cve, severity), 0..8)
}

proptest! {
    #[test]
    fn counts_equal_those_of_a_second_calculation(states in any_states(), pairs in any_pairs()) {
        let missing = builder(&states, Some(&pairs), usize::MAX).finish();
        let list = |state: &MachineSecurityState| -> Option<BTreeSet<u32>> {
            let known = state.assessment.as_ref().unwrap().missing_kbs.as_ref()?;
            Some(known.iter().map(|number| number.parse().unwrap()).collect())
        };
        let lists: Vec<_> = states.iter().filter_map(list).collect();
        prop_assert_eq!(missing.not_known, (states.len() - lists.len()) as u64);
        prop_assert_eq!(missing.lacking, lists.iter().filter(|list| !list.is_empty()).count() as u64);
        prop_assert_eq!(missing.most_exposed.len() as u64, missing.lacking);
        prop_assert_eq!(missing.by_kb.iter().map(|row| row.newest_on).sum::<u64>(), missing.lacking);

        for row in &missing.by_kb {
            let number: u32 = row.name[2..].parse().unwrap();
            let lacking = lists.iter().filter(|list| list.contains(&number));
            prop_assert_eq!(row.devices, lacking.clone().count() as u64);
            prop_assert_eq!(row.newest_on, lacking.filter(|list| list.last() == Some(&number)).count() as u64);
            let fixes: BTreeSet<_> = pairs.iter().filter(|pair| pair.0 == number).map(|pair| pair.1).collect();
            prop_assert_eq!(row.fixes.as_ref().unwrap().total(), fixes.len() as u64);
        }

        let cves: BTreeMap<_, _> = missing.by_cve.as_ref().unwrap().iter().map(|row| (row.name.as_str(), row)).collect();
        for cve in ["CVE-1", "CVE-2", "CVE-3"] {
            let fixing = |list: &&BTreeSet<u32>| pairs.iter().any(|pair| pair.1 == cve && list.contains(&pair.0));
            let devices = lists.iter().filter(fixing).count() as u64;
            prop_assert_eq!(cves.get(cve).map_or(0, |row| row.devices), devices);
            let severity = pairs.iter().filter(|pair| pair.1 == cve).map(|pair| &pair.2).min();
            prop_assert!(cves.get(cve).is_none_or(|row| Some(&row.severity) == severity));
        }
    }

    #[test]
    fn fleets_counted_apart_and_merged_equal_one_fleet(
        states in any_states(), pairs in any_pairs(), at in any::<prop::sample::Index>(), limit in 0_usize..4
    ) {
        let (some, others) = states.split_at(at.index(states.len() + 1));
        let mut merged = builder(some, Some(&pairs), limit);
        merged.merge(builder(others, Some(&pairs), limit));
        prop_assert_eq!(merged.finish(), builder(&states, Some(&pairs), limit).finish());
    }
}

#[test]
fn a_text_that_is_no_number_is_not_shown_as_an_update() {
    let mut odd = state("a", Some(&[]));
    odd.assessment.as_mut().unwrap().missing_kbs = Some(vec!["odd".into(), "KB20".into(), "20".into()]);
    let mut only_odd = state("b", Some(&[]));
    only_odd.assessment.as_mut().unwrap().missing_kbs = Some(vec!["odd".into()]);
    let mut builder = builder(&[odd, only_odd], Some(&[(20, "CVE-2", Severity::Critical)]), 5);
    builder.add_vulnerabilities([("odd".into(), "CVE-3".into(), Severity::Critical)]);
    insta::assert_snapshot!(rows(&builder.finish()), @"
    KB20: 1 devices, newest on 1, 1 Critical
    ws-a: 1 updates up to KB20, 1 Critical
    ");
}
