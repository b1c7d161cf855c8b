//! Version texts: both known forms, and all others, which stay verbatim.

use endstate_model::{DeviceId, KbInfo, MachineSecurityState, OsVersion};
use proptest::prelude::*;

#[test]
fn both_forms_are_parsed_and_any_other_has_no_parts() {
    let parts = |text: &str| OsVersion::new(text).unwrap().parts().map(|parts| format!("{parts:?}"));
    insta::assert_debug_snapshot!(parts("10.0.14393.2485.amd64fre.rs1_release.180827-1809"), @r#"
    Some(
        "OsVersionParts { major: 10, minor: 0, build: 14393, revision: 2485, flavor: Some(\"amd64fre\"), branch: Some(\"rs1_release\"), lab_time: Some(\"180827-1809\") }",
    )
    "#);
    insta::assert_debug_snapshot!(parts("10.0.17134.1"), @r#"
    Some(
        "OsVersionParts { major: 10, minor: 0, build: 17134, revision: 1, flavor: None, branch: None, lab_time: None }",
    )
    "#);
    assert!(parts("10.0.19041.1.amd64fre.vb_release.svc.prod1.200101-0000").unwrap().contains("vb_release.svc.prod1"));
    for other in [
        "10",
        "10.0",
        "10.0.17134",
        "10.0.x.1",
        "10.0.17134.1.amd64fre",
        "10.0.17134.1.amd64fre.rs4",
        "+10.0.1.1",
        "10.0.-1.1",
        "10.0.4294967296.1",
        "Ubuntu 22.04",
    ] {
        assert_eq!(parts(other), None, "{other}");
    }

    assert_eq!(OsVersion::new(""), None);
    assert!(serde_json::from_str::<OsVersion>("\"\"").is_err());
    let update: KbInfo = serde_json::from_str(r#"{"id":"a","version":""}"#).unwrap();
    assert_eq!(update.version, None);
}

#[test]
fn a_text_that_disagrees_with_the_fields_is_detected() {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    assert!(!state.version_disagrees());
    state.os_version = OsVersion::new("10.0.14393.2485.amd64fre.rs1_release.180827-1809");
    assert!(!state.version_disagrees(), "a field that is missing disagrees with nothing");
    for (build, revision, disagrees) in [(14393, 2485, false), (14393, 2486, true), (14394, 2485, true)] {
        state.build = Some(build);
        state.revision = Some(revision);
        assert_eq!(state.version_disagrees(), disagrees);
    }
    state.os_version = OsVersion::new("unknown");
    assert!(!state.version_disagrees());
}

proptest! {
    #[test]
    fn four_numbers_are_read_back_and_any_text_never_panics(numbers: [u32; 4], text in "[0-9.a-z-]{0,40}|\\PC{0,20}") {
        let [major, minor, build, revision] = numbers;
        let version = OsVersion::new(&format!("{major}.{minor}.{build}.{revision}")).unwrap();
        let parts = version.parts().unwrap();
        prop_assert_eq!([parts.major, parts.minor, parts.build, parts.revision], numbers);
        if let Some(version) = OsVersion::new(&text) {
            let _ = version.parts();
            prop_assert_eq!(version.as_str(), text);
        }
    }
}
