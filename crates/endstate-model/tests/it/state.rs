//! States as the service sends them: as documented, and with all that the document does not show.

use endstate_model::{Architecture, DeviceId, Entity, FieldValue, MachineSecurityState, ParsedState};
use endstate_odata::{Page, RawItem};
use proptest::prelude::*;

/// A state on one line, with the fields that could not be read.
fn shown(state: Result<MachineSecurityState, String>) -> String {
    let state = match state {
        Ok(state) => state,
        Err(error) => return error,
    };
    let unreadable = match state.unreadable_fields.as_slice() {
        [] => String::new(),
        fields => format!(" unreadable: {}", fields.join(", ")),
    };
    serde_json::to_string(&state).unwrap() + &unreadable
}

fn states(body: &str) -> Vec<Result<MachineSecurityState, String>> {
    let page = Page::parse(body).unwrap();
    let shown = |error: endstate_odata::Error| std::error::Error::source(&error).unwrap().to_string();
    page.items().iter().map(|item| MachineSecurityState::read(*item).map_err(shown)).collect()
}

#[test]
fn the_id_of_a_state_stays_as_the_server_sent_it() {
    for id in [" 000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4", "Ws-1 "] {
        let json = format!(r#"{{"id":"{id}","propertiesRequireAttention":[]}}"#);
        let state = MachineSecurityState::read(RawItem::parse(&json).unwrap()).unwrap();
        assert_eq!(state.id.to_string(), id);
        assert_eq!(state.id.to_join(), DeviceId::for_join(id));
    }
}

#[test]
fn the_documented_state_is_read_whole() {
    insta::assert_debug_snapshot!(states(testkit::SEED_PAGE), @r#"
    [
        Ok(
            MachineSecurityState {
                id: DeviceId(000050e1b4afeee3742489ede9ad7a3e16bbd9c4),
                build: Some(
                    14393,
                ),
                revision: Some(
                    2485,
                ),
                architecture: Some(
                    Amd64,
                ),
                os_version: Some(
                    OsVersion(
                        "10.0.14393.2485.amd64fre.rs1_release.180827-1809",
                    ),
                ),
                properties_require_attention: {
                    EdrImpairedCommunications,
                    AntivirusNotReporting,
                },
                assessment: None,
                device: None,
                unreadable_fields: [],
            },
        ),
    ]
    "#);
}

#[test]
fn odd_states_are_read_unless_the_id_is_missing() {
    let lines: Vec<_> = states(testkit::ODD_STATES).into_iter().map(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"id":"111111111111111111111111111111111111111a","build":14393,"revision":0,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":null}
    {"id":"111111111111111111111111111111111111111b","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null}
    {"id":"121688558380765161_2136280442","build":17134,"revision":345,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":["AntivirusOff","FirewallOff","QuantumShieldOff"]}
    {"id":"111111111111111111111111111111111111111C","build":18362,"revision":1,"architecture":"Itanium","osVersion":"10.0.18362.1","propertiesRequireAttention":["EdrSensorOff","BitLockerUnencryptedDrives","QuantumShieldOff"]}
    missing field `id` at line 1 column 11
    {"id":"111111111111111111111111111111111111111e","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null} unreadable: build
    "#);
}

#[test]
fn what_can_be_read_of_an_odd_device_counts() {
    let read = |members: &str| {
        let text = format!(r#"{{"id":"a",{members}}}"#);
        shown(MachineSecurityState::read(RawItem::parse(&text).unwrap()).map_err(|error| error.to_string()))
    };

    let lines = [
        r#""build":"14393","revision":2485.0"#,
        r#""build":1.4393e4,"revision":-1"#,
        r#""build":"fourteen","revision":4294967296"#,
        r#""build":1,"build":1.0,"revision":1,"revision":2"#,
        r#""architecture":64,"osVersion":[10],"propertiesRequireAttention":["FirewallOff"]"#,
        r#""architecture":"\ud800","propertiesRequireAttention":"FirewallOff, EdrSensorOff""#,
        r#""propertiesRequireAttention":["FirewallOff",7,"\ud800",["EdrSensorOff"]]"#,
        r#""propertiesRequireAttention":{"FirewallOff":true}"#,
        r#""propertiesRequireAttention":["FirewallOff"],"propertiesRequireAttention":["EdrSensorOff"]"#,
        r#""\ud800":1,"build":1,"propertiesRequireAttention":[]"#,
        r#""propertiesRequireAttention":null"#,
        r#""id":"a""#,
        r#""id":"b""#,
    ]
    .map(read);

    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"id":"a","build":14393,"revision":2485,"architecture":null,"osVersion":null,"propertiesRequireAttention":null}
    {"id":"a","build":14393,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null} unreadable: revision
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null} unreadable: build, revision
    {"id":"a","build":1,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null} unreadable: revision
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":["FirewallOff"]} unreadable: architecture, osVersion
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":["EdrSensorOff","FirewallOff"]} unreadable: architecture
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":["FirewallOff"]} unreadable: propertiesRequireAttention
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null} unreadable: propertiesRequireAttention
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":["EdrSensorOff","FirewallOff"]} unreadable: propertiesRequireAttention
    {"id":"a","build":1,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":[]}
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null}
    {"id":"a","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":null}
    the item cannot be read
    "#);
}

#[test]
fn a_list_that_is_missing_or_null_is_not_known_and_no_empty_list() {
    let state = |text: &str| MachineSecurityState::read(RawItem::parse(text).unwrap()).unwrap();
    for text in [r#"{"id":"a"}"#, r#"{"id":"a","propertiesRequireAttention":null}"#] {
        let state = state(text);
        assert!(!state.properties_require_attention.is_known() && state.properties_require_attention.is_empty());
        assert_eq!(state.field("propertiesRequireAttention"), FieldValue::Missing);
        assert_eq!(state.field("category"), FieldValue::Missing);
        assert!(state.unreadable_fields.is_empty());
    }
    let healthy = state(r#"{"id":"a","propertiesRequireAttention":[]}"#);
    assert!(healthy.properties_require_attention.is_known());
    assert_eq!(healthy.field("property"), FieldValue::List(Vec::new()));
}

#[test]
fn unknown_values_stay_verbatim() {
    let states = states(testkit::LAST_PAGE);
    let state = states[1].as_ref().unwrap();
    assert_eq!(state.architecture, Some(Architecture::Unknown("RiscV".into())));
    let names: Vec<_> = state.properties_require_attention.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["EdrSensorOff", "AntivirusQuantumScanOff"]);
}

#[test]
fn a_state_is_written_in_the_documented_form() {
    let page = Page::parse(testkit::SEED_PAGE).unwrap();
    let state: MachineSecurityState = page.items()[0].decode().unwrap();
    let written: serde_json::Value = serde_json::to_value(&state).unwrap();
    let mut documented: serde_json::Value = page.items()[0].decode().unwrap();
    // The set iterates in the order of the vendor's report. The document's example has another
    // order.
    documented["propertiesRequireAttention"].as_array_mut().unwrap().reverse();
    assert_eq!(written, documented);
}

#[test]
fn architectures_are_matched_exactly() {
    for known in ["Amd64", "X86", "Arm64", "Arm"] {
        assert!(!matches!(Architecture::from_wire(known), Architecture::Unknown(_)), "{known}");
    }
    assert_eq!(Architecture::from_wire("amd64"), Architecture::Unknown("amd64".into()));
}

#[test]
fn a_device_id_is_shown_as_it_was_written() {
    for id in ["000050e1b4afeee3742489ede9ad7a3e16bbd9c4", "000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4", "x_1"] {
        assert_eq!(DeviceId::from(id).to_string(), id);
    }
}

#[test]
fn the_cheap_check_accepts_valid_states_and_rejects_lookalikes() {
    let form = |properties: &str| {
        format!(
            r#"{{"id":"a","build":1,"revision":2,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":{properties}}}"#
        )
    };

    for (properties, is_one) in [
        ("[]", true),
        (r#"["FirewallOff"]"#, true),
        (r#"["FirewallOff","EdrSensorOff","new, with a comma"]"#, true),
        (r#"["a",["b"]]"#, false),
        (r#"["a",1]"#, false),
        ("[1]", false),
        (r#"["a",{"b":"c"}]"#, false),
        (r#"["a"],"id":"b","x":["c"]"#, false),
        (r#"["a"],"x":[1]"#, true),
    ] {
        let text = form(properties);
        let item = RawItem::parse(&text).unwrap();
        assert_eq!(MachineSecurityState::is_certainly_valid(item), is_one, "{text}");
        assert_eq!(item.decode::<MachineSecurityState>().is_ok(), is_one, "{text}");
        if is_one {
            assert_eq!(MachineSecurityState::read(item).ok(), item.decode().ok(), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn the_fields_of_an_item_are_those_of_its_state(
        id in prop::sample::select(&["000050e1b4afeee3742489ede9ad7a3e16bbd9c4", "000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4", " x", ""][..]),
        build in 0..=u32::MAX,
        texts in prop::collection::vec(prop::sample::select(&["null", "\"\"", "\"Amd64\"", "\"10.0.1.2\""][..]), 2),
        names in prop::collection::vec(prop::sample::select(&["FirewallOff", "EdrSensorOff", "LapsOff", "QuantumOff", ""][..]), 0..4),
        space in prop::sample::select(&["", "", " "][..]),
    ) {
        let [architecture, version] = [texts[0], texts[1]];
        let properties: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let properties = properties.join(",");
        let text = format!(
            r#"{{"id":"{id}","build":{build},"revision":7,{space}"architecture":{architecture},"osVersion":{version},"propertiesRequireAttention":[{properties}]}}"#
        );
        let item = RawItem::parse(&text).unwrap();
        let fields: Vec<_> = MachineSecurityState::FIELDS.iter().filter(|field| !field.is_current && !field.is_derived).collect();
        let mut passed = Vec::new();
        let has_form = MachineSecurityState::each_field(item, &fields, |field, value| passed.push((field.name, value.to_string())));
        prop_assert_eq!(has_form, !id.is_empty() && space.is_empty());
        if has_form {
            let state = MachineSecurityState::read(item).unwrap();
            let read: Vec<_> = fields.iter().map(|field| (field.name, state.field(field.name).to_string())).collect();
            prop_assert_eq!(passed, read);
        }
    }

    #[test]
    fn a_parsed_state_is_the_state_that_serde_reads(
        members in prop::collection::vec(
            prop::sample::select(&[
                r#""id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4""#,
                r#""id":"x_1""#,
                r#""id":"""#,
                r#""id":7"#,
                r#""id":"\u0061""#,
                r#""build":14393"#,
                r#""build":null"#,
                r#""build":"14393""#,
                r#""build":-1"#,
                r#""build":1.0"#,
                r#""build":4294967296"#,
                r#""revision":2485"#,
                r#""revision":[1]"#,
                r#""architecture":"Amd64""#,
                r#""architecture":"Mips""#,
                r#""architecture":null"#,
                r#""architecture":{}"#,
                r#""osVersion":"""#,
                r#""osVersion":"10.0.1.2""#,
                r#""osVersion":"a\nb""#,
                r#""osVersion":1"#,
                r#""propertiesRequireAttention":["FirewallOff","QuantumOff",null,"","FirewallOff"]"#,
                r#""propertiesRequireAttention":null"#,
                r#""propertiesRequireAttention":"FirewallOff,EdrSensorOff""#,
                r#""propertiesRequireAttention":[1]"#,
                r#""propertiesRequireAttention":[]"#,
                r#""other":{"id":[1]}"#,
                r#""\u0069d":"b""#,
            ][..]),
            0..6,
        ),
    ) {
        let text = format!("{{{}}}", members.join(","));
        let item = RawItem::parse(&text).unwrap();
        let decoded = item.decode::<MachineSecurityState>();

        prop_assert_eq!(MachineSecurityState::is_certainly_valid(item), ParsedState::read(item).is_some());
        if let Some(state) = ParsedState::read(item) {
            let owned = state.to_owned();
            prop_assert_eq!(Some(&owned), decoded.as_ref().ok());
            prop_assert_eq!(&ParsedState::from(&owned), &state);
        }
        let read = MachineSecurityState::read(item);
        if let Ok(decoded) = decoded {
            prop_assert_eq!(read.ok(), Some(decoded));
        } else {
            // An item with an id is a state, whatever else it is.
                let ids: Vec<_> = item.members().filter(|(name, _)| name == "id").map(|(_, id)| id).collect();
                let ids: Vec<_> = ids.into_iter().map(|id| id.decode::<DeviceId>().ok()).collect();
                let has_one_id = ids.first().is_some_and(|first| first.is_some() && ids.iter().all(|id| id == first));
                prop_assert_eq!(read.is_ok(), has_one_id);
        }
    }
}
