//! States from today's sources: what is not known, devices that do not count, names and groups.

use endstate_analysis::{
    Condition, DeviceKey, DifferenceBuilder, EarlierStates, LeaveOut, LeftOut, Order, Triage, TriageBuilder,
};
use endstate_assessment::{ConfigurationRow, PropertyMapping, StateFold};
use endstate_model::{
    Assessment, AttentionProperties, AttentionProperty, Device, DeviceId, MachineSecurityState, StateSource, UtcTime,
};
use endstate_odata::RawItem;

const DAY: i64 = 24 * 60 * 60;

fn now() -> UtcTime {
    UtcTime::from_second(1_000 * DAY)
}

fn set(properties: &[AttentionProperty]) -> AttentionProperties {
    properties.iter().cloned().collect()
}

/// A device that was assessed, and of which everything is known that can be.
fn state(id: &str, attention: &[AttentionProperty]) -> MachineSecurityState {
    let mut state = MachineSecurityState::new(DeviceId::from(id));
    state.properties_require_attention = set(attention);
    let mut assessment = Assessment::new(StateSource::Hunting);
    assessment.not_known = set(&[AttentionProperty::AppGuardOff]);
    state.assessment = Some(Box::new(assessment));
    state.device = Some(Box::default());
    state
}

fn with_device(mut state: MachineSecurityState, change: impl FnOnce(&mut Device)) -> MachineSecurityState {
    change(state.device.as_mut().unwrap());
    state
}

fn triage(builder: TriageBuilder, states: &[MachineSecurityState]) -> Triage {
    let mut builder = builder;
    builder.extend(states.iter().cloned());
    builder.finish()
}

#[test]
fn a_device_that_was_not_assessed_is_not_known_and_never_ok() {
    let mut not_assessed = state("a", &[]);
    not_assessed.assessment.as_mut().unwrap().is_assessed = false;
    let mut lacks_a_row = state("b", &[]);
    lacks_a_row.assessment.as_mut().unwrap().not_known.insert(AttentionProperty::FirewallOff);
    let triage = triage(TriageBuilder::new(5), &[not_assessed, lacks_a_row, state("c", &[])]);
    assert_eq!((triage.devices, triage.ok(), triage.not_known, triage.not_assessed), (3, 1, 2, 1));
    assert_eq!(triage.not_known_of(&AttentionProperty::FirewallOff), 1);
    assert_eq!(triage.not_known_of(&AttentionProperty::AppGuardOff), 3);
    assert_eq!(triage.not_known_of(&AttentionProperty::EdrSensorOff), 0);
}

#[test]
fn a_control_of_today_needs_attention() {
    let triage = triage(TriageBuilder::new(5), &[state("a", &[AttentionProperty::AntivirusTamperProtectionOff])]);
    assert_eq!((triage.need_attention, triage.ok()), (1, 0));
    assert_eq!(triage.devices_with(&AttentionProperty::AntivirusTamperProtectionOff), 1);
}

#[test]
fn devices_that_do_not_count_are_counted_apart_by_their_first_reason() {
    let rule = LeaveOut::not_seen_since(UtcTime::from_second(970 * DAY));
    let states = [
        with_device(state("a", &[]), |device| device.last_seen = Some(UtcTime::from_second(969 * DAY))),
        with_device(state("b", &[]), |device| {
            device.last_seen = Some(UtcTime::from_second(1));
            device.merged_into = Some("a".into());
        }),
        with_device(state("c", &[]), |device| device.excluded = Some(true)),
        with_device(state("d", &[AttentionProperty::FirewallOff]), |device| {
            device.onboarding = Some("CanBeOnboarded".into());
        }),
        with_device(state("e", &[AttentionProperty::FirewallOff]), |device| {
            device.onboarding = Some("onboarded".into());
        }),
        MachineSecurityState::new(DeviceId::from("f")),
    ];
    let counted = triage(TriageBuilder::new(5).leave_out(rule), &states);
    assert_eq!((counted.devices, counted.need_attention), (2, 1));
    let left_out = counted.left_out;
    let counts = [left_out.stale, left_out.duplicates, left_out.excluded, left_out.not_onboarded, left_out.total()];
    assert_eq!(counts, [1, 1, 1, 1, 4]);
    assert_eq!(rule.reason(states[1].device.as_ref().unwrap()), Some(LeftOut::Duplicate));

    let all = triage(TriageBuilder::new(5), &states);
    assert_eq!((all.devices, all.left_out.total()), (6, 0));
}

#[test]
fn devices_are_counted_by_their_texts_and_each_tag_counts_once() {
    let tagged = |id: &str, tags: &[&str], attention: &[AttentionProperty]| {
        with_device(state(id, attention), |device| device.tags = tags.iter().map(|tag| (*tag).into()).collect())
    };
    let states = [
        tagged("a", &["red", "blue", "red"], &[AttentionProperty::FirewallOff]),
        tagged("b", &["blue"], &[]),
        tagged("c", &[], &[]),
    ];
    let mut builder = TriageBuilder::new(5).count_by(DeviceKey::Tag);
    builder.extend(states[..1].iter().cloned());
    let mut other = TriageBuilder::new(5).count_by(DeviceKey::Tag);
    other.extend(states[1..].iter().cloned());
    builder.merge(other);
    let rows: Vec<_> =
        builder.finish().by_device.into_iter().map(|row| (row.key, row.devices, row.need_attention)).collect();
    assert_eq!(rows, [(Some("blue".into()), 2, 1), (Some("red".into()), 1, 1), (None, 1, 0)]);
}

#[test]
fn what_a_source_does_not_say_of_a_device_is_not_known() {
    let not_known = |key, states: &[MachineSecurityState]| {
        let mut builder = TriageBuilder::new(5).count_by(key);
        builder.extend(states.iter().cloned());
        let mut all = TriageBuilder::new(5).count_by(key);
        all.merge(builder);
        all.finish().by_device_not_known
    };
    let documented = MachineSecurityState::new(DeviceId::from("a"));
    let mut with_record = documented.clone();
    let mut device = Device::default();
    device.health = Some("Active".into());
    with_record.device = Some(Box::new(device));
    let states = [documented, with_record];
    // The record says which group and tags a device has, but not who is signed in.
    assert_eq!(not_known(DeviceKey::Group, &states), 1);
    assert_eq!(not_known(DeviceKey::Tag, &states), 1);
    assert_eq!(not_known(DeviceKey::Owner, &states), 2);
}

#[test]
fn the_order_by_name_ignores_case_and_has_nameless_devices_last() {
    let named = |id: &str, name: Option<&str>| {
        with_device(state(id, &[AttentionProperty::FirewallOff]), |device| device.name = name.map(Into::into))
    };
    let states = [named("1", None), named("2", Some("b")), named("3", Some("A")), named("4", Some("c"))];
    let triage = triage(TriageBuilder::new(3).order(Order::Name), &states);
    let ids: Vec<_> = triage.most_urgent.iter().map(|state| state.id.to_string()).collect();
    assert_eq!(ids, ["3", "2", "4"]);
}

#[test]
fn a_time_is_compared_with_an_age_or_a_date() {
    let seen = |days_ago: i64| {
        let second = now().as_second() - days_ago * DAY;
        with_device(state("a", &[]), |device| device.last_seen = Some(UtcTime::from_second(second)))
    };
    let holds = |text: &str, state: &MachineSecurityState| {
        text.parse::<Condition<MachineSecurityState>>().unwrap().at(now()).matches(state)
    };
    assert!(holds("lastSeen lt 7d", &seen(6)) && !holds("lastSeen lt 7d", &seen(8)));
    assert!(holds("lastSeen gt 36h", &seen(2)) && holds("lastSeen ge 2d", &seen(2)));
    assert!(holds("lastSeen lt 1972-09-20", &seen(10)) && !holds("lastSeen lt 1972-09-10", &seen(10)));
    assert!(!holds("lastSeen lt 7d", &state("a", &[])), "not known when");
    let without_time = "lastSeen lt 7d".parse::<Condition<MachineSecurityState>>().unwrap();
    assert!(!without_time.matches(&seen(6)));
    let error = "lastSeen lt soon".parse::<Condition<MachineSecurityState>>().unwrap_err();
    insta::assert_snapshot!(error, @"expected an age such as 7d or 36h, or a date, for lastSeen");
}

#[test]
fn groups_and_tags_can_be_conditions() {
    let state = with_device(state("a", &[]), |device| {
        device.group = Some("Servers".into());
        device.tags = vec!["red".into()];
        device.health = Some("Active".into());
    });
    for text in ["group eq 'servers' and tag has RED", "assessed eq true", "source = hunting", "name eq null"] {
        assert!(text.parse::<Condition<MachineSecurityState>>().unwrap().matches(&state), "{text}");
    }
}

fn change(before: &MachineSecurityState, after: &MachineSecurityState) -> (String, String) {
    let mut earlier = EarlierStates::new();
    earlier.add_pull([before]);
    let change = DifferenceBuilder::new(earlier).compare(after).unwrap();
    (format!("{:?}", change.new), format!("{:?}", change.resolved))
}

#[test]
fn what_is_no_longer_known_is_not_resolved_and_what_was_not_known_is_not_new() {
    let fault = state("a", &[AttentionProperty::FirewallOff]);
    let mut not_known = state("a", &[]);
    not_known.assessment.as_mut().unwrap().not_known.insert(AttentionProperty::FirewallOff);
    let nothing = || ("{}".to_owned(), "{}".to_owned());
    assert_eq!(change(&fault, &not_known), nothing());
    assert_eq!(change(&not_known, &fault), nothing());
    assert_eq!(change(&fault, &state("a", &[])).1, "{FirewallOff}");
    assert_eq!(change(&state("a", &[]), &fault).0, "{FirewallOff}");
}

/// The state of a device of which only these configurations are known, and comply or not.
fn folded(configurations: &[(u32, bool)]) -> MachineSecurityState {
    let mut fold = StateFold::new(StateSource::Assessments);
    let stated = PropertyMapping::ALL.iter().filter(|row| row.property.is_stated_today());
    let fine = stated.flat_map(PropertyMapping::configurations).map(|id| (id.number(), true));
    for (number, complies) in fine.chain(configurations.iter().copied()) {
        let row = format!(
            r#"{{"deviceId":"a","configurationId":"scid-{number}","isApplicable":true,"isCompliant":{complies}}}"#
        );
        fold.configuration(&ConfigurationRow::read(RawItem::parse(&row).unwrap()).unwrap());
    }
    fold.states().next().unwrap()
}

#[test]
fn a_control_whose_row_vanishes_is_neither_resolved_nor_new() {
    const LAPS: u32 = 113;
    let [off, vanished, on] = [&[(LAPS, false)][..], &[], &[(LAPS, true)]].map(folded);
    assert!(vanished.is_known() && !vanished.properties_require_attention.needs_attention());
    let nothing = || ("{}".to_owned(), "{}".to_owned());
    assert_eq!([change(&off, &vanished), change(&vanished, &off)], [nothing(), nothing()]);
    assert_eq!((change(&off, &on).1, change(&on, &off).0), ("{LapsOff}".to_owned(), "{LapsOff}".to_owned()));

    let counts = |before: &MachineSecurityState, after: &MachineSecurityState| {
        let mut earlier = EarlierStates::new();
        earlier.add_pull([before]);
        let mut builder = DifferenceBuilder::new(earlier);
        builder.compare(after).unwrap();
        let difference = builder.finish();
        [difference.resolved, difference.newly_need_attention, difference.not_known]
    };
    assert_eq!([counts(&off, &vanished), counts(&vanished, &off)], [[0, 0, 1], [0, 0, 1]]);
    assert_eq!([counts(&off, &on), counts(&on, &off)], [[1, 0, 0], [0, 1, 0]]);
    assert_eq!([counts(&vanished, &on), counts(&off, &off)], [[0, 0, 0], [0, 0, 0]]);
    let written: MachineSecurityState = serde_json::from_str(&serde_json::to_string(&vanished).unwrap()).unwrap();
    assert_eq!(counts(&off, &written), [0, 0, 1], "in a file, too");

    let triage = triage(TriageBuilder::new(5), &[vanished, off]);
    assert_eq!((triage.not_known_of(&AttentionProperty::LapsOff), triage.not_known), (1, 0));
}

#[test]
fn a_control_of_today_is_not_new_after_the_documented_collection() {
    let mut documented = MachineSecurityState::new(DeviceId::from("a"));
    let today = state("a", &[AttentionProperty::LapsOff, AttentionProperty::FirewallOff]);
    assert_eq!(change(&documented, &today).0, "{FirewallOff}");
    documented.properties_require_attention = set(&[AttentionProperty::AppGuardOff]);
    assert_eq!(change(&documented, &today).1, "{}", "nothing of today says it");
    assert_eq!(change(&today, &documented).1, "{FirewallOff}");
}
