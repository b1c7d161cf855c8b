//! States from today's sources: what is known of each property, and the device.

use endstate_model::{AttentionProperty, Entity, FieldValue, MachineSecurityState, ParsedState, StateSource};
use endstate_odata::RawItem;

const STATE: &str = r#"{"id":"0001","build":19045,"revision":3803,"architecture":"Amd64","osVersion":"10.0.19045.3803","propertiesRequireAttention":["FirewallOff"],"notKnownProperties":["AppGuardOff"],"notApplicableProperties":["BitLockerUnencryptedDrives"],"currentControls":["LapsOff"],"notKnownControls":["SecureBootOff"],"notApplicableControls":["EdrBlockModeOff"],"missingKbs":["5052000","5051987"],"assessed":true,"source":"hunting","device":{"name":"ws-1","tags":["red"],"lastSeen":"2026-11-25T11:54:59Z"}}"#;

fn read(json: &str) -> MachineSecurityState {
    MachineSecurityState::read(RawItem::parse(json).unwrap()).unwrap()
}

#[test]
fn a_state_of_today_is_read_and_written_the_same() {
    let state = read(STATE);
    let assessment = state.assessment.as_deref().unwrap();
    assert_eq!(assessment.source, StateSource::Hunting);
    assert!(assessment.not_known.contains(&AttentionProperty::AppGuardOff));
    assert!(state.properties_require_attention.contains(&AttentionProperty::LapsOff));
    assert!(state.is_known(), "no configuration says whether Application Guard is off");
    assert_eq!(serde_json::to_string(&state).unwrap(), STATE);
}

#[test]
fn every_way_to_read_a_state_of_today_agrees() {
    let state = read(STATE);
    let item = RawItem::parse(STATE).unwrap();
    assert_eq!(ParsedState::read(item).unwrap().to_owned(), state);
    assert_eq!(item.decode::<MachineSecurityState>().unwrap(), state);
    // An odd field sends it the long way.
    let odd = STATE.replace("19045,", "\"new\",");
    let odd = read(&odd);
    assert_eq!((odd.build, odd.unreadable_fields.as_slice()), (None, ["build"].as_slice()));
    assert_eq!((odd.assessment, odd.device), (state.assessment, state.device));
}

#[test]
fn the_fields_of_today_have_names_for_conditions() {
    let state = read(STATE);
    let text = |name: &str| state.field(name).to_string();
    assert_eq!(text("propertiesRequireAttention"), "FirewallOff");
    assert_eq!(text("property"), "FirewallOff;LapsOff");
    assert_eq!(text("currentControls"), "LapsOff");
    assert_eq!(text("missingKbs"), "5052000;5051987");
    assert_eq!(text("category"), "Firewall;Device security");
    assert_eq!([text("assessed"), text("source"), text("name"), text("tag")], ["true", "hunting", "ws-1", "red"]);
    assert_eq!(text("lastSeen"), "2026-11-25T11:54:59Z");
    assert_eq!(state.field("group"), FieldValue::Missing);
}

#[test]
fn the_documented_lists_have_no_control_of_today() {
    let state = read(STATE);
    let text = |name: &str| state.field(name).to_string();
    assert_eq!([text("notKnownProperties"), text("notKnownControls")], ["AppGuardOff", "SecureBootOff"]);
    assert_eq!(text("notKnown"), "AppGuardOff;SecureBootOff");
    let lists = ["notApplicableProperties", "notApplicableControls"].map(text);
    assert_eq!(lists, ["BitLockerUnencryptedDrives", "EdrBlockModeOff"]);
    assert!(state.is_known(), "a control does not decide it");
}

#[test]
fn without_its_list_a_control_is_known_only_if_another_has_it() {
    use AttentionProperty::{EdrBlockModeOff, LapsOff};

    let no_list = STATE.replace(r#","notKnownControls":["SecureBootOff"]"#, "");
    let neither = no_list.replace(r#","notApplicableControls":["EdrBlockModeOff"]"#, "");
    for (json, expected) in [(no_list, &[EdrBlockModeOff, LapsOff][..]), (neither, &[LapsOff])] {
        let state = read(&json);
        assert_eq!(RawItem::parse(&json).unwrap().decode::<MachineSecurityState>().unwrap(), state);
        let not_known = &state.assessment.as_deref().unwrap().not_known;
        let is_known = |property: &&AttentionProperty| property.is_current() && !not_known.contains(property);
        let known: Vec<_> = AttentionProperty::KNOWN.iter().filter(is_known).cloned().collect();
        assert_eq!(known, expected, "{json}");
        assert!(state.is_known());
    }
}

#[test]
fn without_the_list_of_what_is_not_known_nothing_is_fine() {
    use AttentionProperty::{BitLockerUnencryptedDrives, FirewallOff};

    let list = r#""notKnownProperties":["AppGuardOff"],"#;
    let states = ["", r#""notKnownProperties":null,"#].map(|written| read(&STATE.replace(list, written)));
    assert_eq!(states[0], states[1]);
    let state = &states[0];
    assert_eq!(RawItem::parse(&STATE.replace(list, "")).unwrap().decode::<MachineSecurityState>().unwrap(), *state);

    let not_known = &state.assessment.as_deref().unwrap().not_known;
    let known = AttentionProperty::DOCUMENTED.iter().filter(|property| !not_known.contains(property));
    assert_eq!(known.collect::<Vec<_>>(), [&FirewallOff, &BitLockerUnencryptedDrives]);
    assert!(!state.is_known(), "it is not OK");
    assert!(state.unreadable_fields.is_empty());
    assert_eq!(read(&serde_json::to_string(state).unwrap()), *state);

    let bare = read(r#"{"id":"0001","propertiesRequireAttention":[],"assessed":true,"source":"hunting"}"#);
    assert_eq!(bare.assessment.as_deref().unwrap().not_known.len(), AttentionProperty::KNOWN.len());
    assert!(!bare.is_known());
}

#[test]
fn missing_updates_that_are_not_known_differ_from_an_empty_list() {
    let list = r#""missingKbs":["5052000","5051987"],"#;
    let missing_kbs = |json: &str| {
        let item = RawItem::parse(json).unwrap();
        let [state, strict] = [read(json), item.decode().unwrap()];
        assert_eq!(state, strict);
        let written = serde_json::to_string(&state).unwrap();
        (state.assessment.as_ref().unwrap().missing_kbs.clone(), state.field("missingKbs").to_string(), written)
    };
    let without = STATE.replace(list, "");
    assert_eq!(missing_kbs(&without), (None, String::new(), without.clone()));
    let null = STATE.replace(list, r#""missingKbs":null,"#);
    assert_eq!(missing_kbs(&null), (None, String::new(), without));
    let empty = STATE.replace(list, r#""missingKbs":[],"#);
    assert_eq!(missing_kbs(&empty), (Some(Vec::new()), String::new(), empty.clone()));
    assert_eq!(read(&empty).field("missingKbs"), FieldValue::List(Vec::new()));
}

#[test]
fn missing_updates_are_numbers_each_once_the_newest_first() {
    let list = r#"["5052000","5051987"]"#;
    let json = STATE.replace(list, r#"["KB5051987","odd","kb5052000","999","5051987","KB","1e3"]"#);
    let [state, strict] = [read(&json), RawItem::parse(&json).unwrap().decode().unwrap()];
    assert_eq!(state, strict);
    assert_eq!(state.field("missingKbs").to_string(), "5052000;5051987;999");
}

#[test]
fn a_documented_state_has_no_assessment_and_no_device() {
    let state = read(r#"{"id":"0001","propertiesRequireAttention":[],"source":"a sensor","device":7}"#);
    assert_eq!((&state.assessment, &state.device), (&None, &None));
    assert!(state.is_known() && state.unreadable_fields.is_empty());
    for name in ["notKnownProperties", "assessed", "source", "name", "tags", "currentControls", "missingKbs"] {
        assert_eq!(state.field(name), FieldValue::Missing, "{name}");
    }
}

#[test]
fn an_assessment_that_cannot_be_read_makes_the_properties_not_known() {
    for (good, bad) in [
        (r#"["AppGuardOff"]"#, "7"),
        (r#"["LapsOff"]"#, "null"),
        (r#"["5052000","5051987"]"#, "[5052000]"),
        (r#""source":"hunting""#, r#""source":7"#),
        (r#""assessed":true"#, r#""assessed":true,"assessed":true"#),
    ] {
        let state = read(&STATE.replace(good, bad));
        assert_eq!(state.unreadable_fields, ["assessed"], "{bad}");
        assert!(!state.is_known(), "{bad}");
        assert!(state.properties_require_attention.contains(&AttentionProperty::FirewallOff), "{bad}");
    }
}

#[test]
fn lists_without_a_truth_value_for_assessed_do_not_read_as_fine() {
    for bad in ["", r#""assessed":null,"#, r#""assessed":"true","#] {
        let json = STATE.replace(r#""assessed":true,"#, bad).replace("FirewallOff", "");
        let state = read(&json);
        assert_eq!((state.unreadable_fields.as_slice(), state.is_known()), (["assessed"].as_slice(), false), "{bad}");
        if let Ok(strict) = RawItem::parse(&json).unwrap().decode::<MachineSecurityState>() {
            assert!(!strict.is_known(), "{bad}");
        }
    }
}

#[test]
fn a_device_that_was_not_assessed_or_lacks_a_stated_property_is_not_known() {
    assert!(!read(&STATE.replace(r#""assessed":true"#, r#""assessed":false"#)).is_known());
    assert!(!read(&STATE.replace("AppGuardOff", "EdrSensorOff")).is_known());
}

#[test]
fn a_null_list_is_not_known_however_the_state_is_read() {
    let lists = [
        "notKnownProperties",
        "notApplicableProperties",
        "currentControls",
        "notKnownControls",
        "notApplicableControls",
    ];
    for list in lists {
        let start = STATE.find(&format!("\"{list}\":[")).unwrap() + list.len() + 3;
        let end = start + STATE[start..].find(']').unwrap() + 1;
        let with_null = format!("{}null{}", &STATE[..start], &STATE[end..]);
        let decoded: MachineSecurityState = RawItem::parse(&with_null).unwrap().decode().unwrap();
        for state in [decoded, read(&with_null)] {
            let knows_control = state.knows("property", &["AntivirusTamperProtectionOff".to_owned()]);
            // A control does not decide whether a device is OK.
            let expected =
                if list == "notKnownControls" { (true, false) } else { (false, list == "notKnownProperties") };
            assert_eq!((state.is_known(), knows_control), expected, "{list}");
        }

        let cut = with_null.replace("\"assessed\":true,", "");
        let decoded: MachineSecurityState = RawItem::parse(&cut).unwrap().decode().unwrap();
        assert!(!decoded.is_known() && !read(&cut).is_known(), "{list} of a row that was cut");
    }
}

#[test]
fn updates_without_a_number_are_not_known() {
    let with = |kbs: &str| read(&STATE.replace(r#"["5052000","5051987"]"#, kbs));
    for (kbs, known) in [("[]", Some(0)), (r#"["MS17-010"]"#, None), (r#"["odd","KB5"]"#, Some(1)), ("null", None)] {
        let state = with(kbs);
        let assessment = state.assessment.as_ref().unwrap();
        assert_eq!(assessment.missing_kbs.as_ref().map(Vec::len), known, "{kbs}");
        assert_eq!(state.knows("missingKbs", &[]), known.is_some(), "{kbs}");
    }
}
