//! States as the service sends them: as documented, and with all that the document does not show.

use endstate_model::{Architecture, DeviceId, Entity, MachineSecurityState, ParsedState};
use endstate_odata::{Page, RawItem};
use proptest::prelude::*;

fn states(body: &str) -> Vec<Result<MachineSecurityState, String>> {
    let page = Page::parse(body).unwrap();
    let shown = |invalid: endstate_odata::InvalidItem| {
        let cause = std::error::Error::source(&invalid.error).unwrap().to_string();
        format!("item {}: {cause}: {}", invalid.index, invalid.raw)
    };
    page.decode().map(|state| state.map_err(shown)).collect()
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
            },
        ),
    ]
    "#);
}

#[test]
fn odd_states_are_read_unless_the_id_is_missing_or_a_type_is_wrong() {
    let lines: Vec<_> = states(testkit::ODD_STATES)
        .into_iter()
        .map(|state| match state {
            Ok(state) => serde_json::to_string(&state).unwrap(),
            Err(error) => error,
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"id":"111111111111111111111111111111111111111a","build":14393,"revision":0,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":[]}
    {"id":"111111111111111111111111111111111111111b","build":null,"revision":null,"architecture":null,"osVersion":null,"propertiesRequireAttention":[]}
    {"id":"121688558380765161_2136280442","build":17134,"revision":345,"architecture":"Amd64","osVersion":null,"propertiesRequireAttention":["AntivirusOff","FirewallOff","QuantumShieldOff"]}
    {"id":"111111111111111111111111111111111111111C","build":18362,"revision":1,"architecture":"Itanium","osVersion":"10.0.18362.1","propertiesRequireAttention":["EdrSensorOff","BitLockerUnencryptedDrives","QuantumShieldOff"]}
    item 4: missing field `id` at line 1 column 11: {"build":1}
    item 5: invalid type: string "fourteen", expected u32 at line 1 column 67: {"id":"111111111111111111111111111111111111111e","build":"fourteen"}
    "#);
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
        assert!(!matches!(Architecture::from(known), Architecture::Unknown(_)), "{known}");
    }
    assert_eq!(Architecture::from("amd64"), Architecture::Unknown("amd64".into()));
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
        assert_eq!(MachineSecurityState::read(item).ok(), item.decode().ok(), "{text}");
        assert_eq!(item.decode::<MachineSecurityState>().is_ok(), is_one, "{text}");
    }
}

proptest! {
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
        prop_assert_eq!(MachineSecurityState::read(item).ok(), decoded.ok());
    }
}
