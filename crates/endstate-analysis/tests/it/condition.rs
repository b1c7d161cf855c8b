//! Tests of conditions: what valid ones mean, and the errors of invalid ones.

use endstate_analysis::Condition;
use endstate_model::{
    Assessment, AttentionProperties, AttentionProperty, DeviceId, KbInfo, MachineGroup, MachineSecurityState,
    StateSource,
};
use proptest::prelude::*;

use super::states;

fn holds(condition: &str) -> bool {
    let state = states::<MachineSecurityState>(testkit::SEED_PAGE).remove(0);
    condition.parse::<Condition<MachineSecurityState>>().unwrap().matches(&state)
}

#[test]
fn each_kind_of_field_is_compared_in_its_own_way() {
    // The state is the documented device.
    for (condition, expected) in [
        ("build = 14393", true),
        ("build eq 14393 and revision ge 2485", true),
        ("build lt 14393 or revision > 2485", false),
        ("build != 14393", false),
        ("architecture = 'amd64'", true),
        ("ARCHITECTURE eq Amd64", true),
        ("architecture ne Arm64", true),
        ("architecture contains MD", true),
        ("osVersion ge 10.0.9999", true),
        ("osVersion < 10.0.14393.2486", true),
        ("osVersion contains rs1_release", true),
        ("release contains 'Server 2016'", true),
        ("property has AntivirusNotReporting", true),
        ("propertiesRequireAttention has FirewallOff", false),
        ("property contains impaired", true),
        ("property has any", true),
        ("category has edr", true),
        ("category has 'OS security updates'", false),
        ("id contains 50E1", true),
        ("build eq null", false),
        ("build ne null", true),
    ] {
        assert_eq!(holds(condition), expected, "{condition}");
    }
}

#[test]
fn and_binds_more_strongly_than_or_and_not_more_than_both() {
    assert!(holds("build = 1 and build = 2 or build = 14393"));
    assert!(holds("build = 14393 or build = 1 and build = 2"));
    assert!(!holds("(build = 14393 or build = 1) and build = 2"));
    assert!(holds("not build = 1 and build = 14393"));
    assert!(!holds("not (build = 1 or build = 14393)"));
    assert!(holds("not not build=14393"));
}

#[test]
fn a_missing_value_is_unequal_to_everything_and_nothing_else() {
    let group = states::<MachineGroup>(testkit::MACHINE_GROUPS).remove(1);
    let holds = |text: &str| text.parse::<Condition<MachineGroup>>().unwrap().matches(&group);
    assert!(holds("description eq null") && holds("description ne x") && holds("ungrouped ne true"));
    assert!(!holds("description lt x") && !holds("description contains x") && !holds("ungrouped = false"));
}

#[test]
fn a_quotation_mark_in_a_text_is_written_twice() {
    let text = "release = 'it''s' or release = \"a \"\"b\"\"\" or release contains ''";
    let update = states::<KbInfo>(testkit::KB_INFO).remove(0);
    assert!(text.parse::<Condition<KbInfo>>().unwrap().matches(&update));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let wrong = [
        "",
        "biuld = 3",
        "xyzzyx = 3",
        "build 3",
        "build = x",
        "build = '3'",
        "build has 3",
        "property = FirewallOff",
        "architecture has x",
        "build = 3 build = 4",
        "(build = 3",
        "build = 3)",
        "build =",
        "architecture = 'Amd64",
        "build = 3 and",
        "not",
        "build <> 3 = 4",
        "é = 3 and",
    ];
    let messages: Vec<_> = wrong
        .iter()
        .map(|text| {
            let error = text.parse::<Condition<MachineSecurityState>>().unwrap_err();
            format!("{text}\n{}^ {error}", " ".repeat(error.position()))
        })
        .collect();
    insta::assert_snapshot!(messages.join("\n"), @"

    ^ expected a field: id, build, revision, architecture, osVersion, propertiesRequireAttention, notKnownProperties, notApplicableProperties, currentControls, notKnownControls, notApplicableControls, missingKbs, assessed, source, name, group, tags, platform, lastSeen, onboarding, health, risk, exposure, value, entraDeviceId, managedBy, users, mergedInto, excluded, property, notKnown, tag, category, release, tenant
    biuld = 3
    ^ unknown field 'biuld'; did you mean 'build'?
    xyzzyx = 3
    ^ unknown field 'xyzzyx'; use one of id, build, revision, architecture, osVersion, propertiesRequireAttention, notKnownProperties, notApplicableProperties, currentControls, notKnownControls, notApplicableControls, missingKbs, assessed, source, name, group, tags, platform, lastSeen, onboarding, health, risk, exposure, value, entraDeviceId, managedBy, users, mergedInto, excluded, property, notKnown, tag, category, release, tenant
    build 3
          ^ expected `eq`, `ne`, `lt`, `le`, `gt` or `ge`
    build = x
            ^ expected a whole number without quotation marks for build
    build = '3'
            ^ expected a whole number without quotation marks for build
    build has 3
          ^ build does not support this operator: expected `eq`, `ne`, `lt`, `le`, `gt` or `ge`
    property = FirewallOff
             ^ property does not support this operator: expected `has` or `contains`, since it is a list
    architecture has x
                 ^ architecture does not support this operator: expected `eq`, `ne`, `lt`, `le`, `gt`, `ge` or `contains`
    build = 3 build = 4
              ^ expected `and`, `or` or the end
    (build = 3
              ^ expected `and`, `or` or a closing parenthesis
    build = 3)
             ^ expected `and`, `or` or the end
    build =
           ^ expected a value
    architecture = 'Amd64
                   ^ this text has no closing quotation mark; add one
    build = 3 and
                 ^ expected a field: id, build, revision, architecture, osVersion, propertiesRequireAttention, notKnownProperties, notApplicableProperties, currentControls, notKnownControls, notApplicableControls, missingKbs, assessed, source, name, group, tags, platform, lastSeen, onboarding, health, risk, exposure, value, entraDeviceId, managedBy, users, mergedInto, excluded, property, notKnown, tag, category, release, tenant
    not
       ^ expected a field: id, build, revision, architecture, osVersion, propertiesRequireAttention, notKnownProperties, notApplicableProperties, currentControls, notKnownControls, notApplicableControls, missingKbs, assessed, source, name, group, tags, platform, lastSeen, onboarding, health, risk, exposure, value, entraDeviceId, managedBy, users, mergedInto, excluded, property, notKnown, tag, category, release, tenant
    build <> 3 = 4
               ^ expected `and`, `or` or the end
    é = 3 and
    ^ unknown field 'é'; use one of id, build, revision, architecture, osVersion, propertiesRequireAttention, notKnownProperties, notApplicableProperties, currentControls, notKnownControls, notApplicableControls, missingKbs, assessed, source, name, group, tags, platform, lastSeen, onboarding, health, risk, exposure, value, entraDeviceId, managedBy, users, mergedInto, excluded, property, notKnown, tag, category, release, tenant
    ");
    let error = "ungrouped = maybe".parse::<Condition<MachineGroup>>().unwrap_err();
    assert_eq!(error.to_string(), "expected `true` or `false` for ungrouped");
    let deep = "(".repeat(100_000);
    assert!(deep.parse::<Condition<MachineSecurityState>>().is_err(), "the stack does not overflow");
    assert!("not ".repeat(100_000).parse::<Condition<MachineSecurityState>>().is_err());
}

proptest! {
    #[test]
    fn any_text_is_a_condition_or_an_error_within_it(
        words in prop::collection::vec(prop::sample::select(
            &["build", "property", "has", "any", "=", "<", "and", "or", "not", "(", ")", "'a'", "\"", "7", "null", "é", "x.y"][..]
        ), 0..12),
        between in prop::sample::select(&["", " "][..]),
    ) {
        let text = words.join(between);
        match text.parse::<Condition<MachineSecurityState>>() {
            Ok(condition) => prop_assert_eq!(condition.as_str(), text),
            Err(error) => prop_assert!(error.position() <= text.chars().count()),
        }
    }
}

#[test]
fn a_list_that_is_not_known_is_missing_and_an_empty_one_is_not() {
    let state = |properties: AttentionProperties| {
        let mut state = MachineSecurityState::new(DeviceId::from("a"));
        state.properties_require_attention = properties;
        state
    };
    let holds = |text: &str, state: &MachineSecurityState| {
        text.parse::<Condition<MachineSecurityState>>().unwrap().matches(state)
    };
    let (unknown, healthy) = (state(AttentionProperties::not_known()), state(AttentionProperties::new()));
    for (text, of_unknown, of_healthy) in [
        ("property eq null", true, false),
        ("category ne null", false, true),
        ("property has any", false, false),
        ("not property has FirewallOff", false, true),
        ("not property has FirewallOff and property ne null", false, true),
    ] {
        assert_eq!((holds(text, &unknown), holds(text, &healthy)), (of_unknown, of_healthy), "{text}");
    }
    let error = "property eq FirewallOff".parse::<Condition<MachineSecurityState>>().unwrap_err();
    assert!(error.to_string().starts_with("property does not support this operator"), "{error}");
}

/// What is known of a device decides a condition as far as it goes.
#[test]
fn a_condition_is_decided_by_what_is_known() {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    state.properties_require_attention = [AttentionProperty::FirewallOff].into_iter().collect();
    let mut assessment = Assessment::new(StateSource::Hunting);
    assessment.is_assessed = true;
    assessment.not_known = [AttentionProperty::LapsOff, AttentionProperty::AntivirusOff].into_iter().collect();
    state.assessment = Some(Box::new(assessment));

    let decide = |text: &str| text.parse::<Condition<MachineSecurityState>>().unwrap().decide(&state, None);
    for (text, expected) in [
        ("property has FirewallOff", Some(true)),
        ("property has EdrSensorOff", Some(false)),
        ("property has LapsOff", None),
        ("not property has LapsOff", None),
        ("property contains Laps", None),
        ("not property contains laps", None),
        ("property contains EdrSensor", Some(false)),
        ("property contains 'Sensor off'", Some(false)),
        ("property contains Firewall", Some(true)),
        ("property contains 'Firewall off'", Some(true)),
        ("category contains Anti", None),
        ("currentControls has any", None),
        ("category has Firewall", Some(true)),
        ("category has Antivirus", None),
        ("group eq x", None),
        ("missingKbs has 1", None),
        ("id eq b and group eq x", Some(false)),
        ("group eq x and id eq b", Some(false)),
        ("id eq a and group eq x", None),
        ("id eq a or group eq x", Some(true)),
        ("group eq x or id eq a", Some(true)),
        ("group eq x or id eq b", None),
        ("not (group eq x and id eq b)", Some(true)),
    ] {
        assert_eq!(decide(text), expected, "{text}");
    }
}

/// A list that was read whole has every property of the documented collection, known or not, and
/// none of today's controls.
#[test]
fn a_documented_list_decides_every_category_of_its_own() {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    state.properties_require_attention = [AttentionProperty::FirewallOff].into_iter().collect();
    let decide = |text: &str| text.parse::<Condition<MachineSecurityState>>().unwrap().decide(&state, None);
    assert_eq!(decide("category has Other"), Some(false));
    assert_eq!(decide("category has EDR"), Some(false));
    assert_eq!(decide("category has 'Device security'"), None);
    assert_eq!(decide("property has LapsOff"), None);
    assert_eq!(decide("category contains Anti"), Some(false));
    assert_eq!(decide("property contains Laps"), None);
}
