//! Queries for advanced hunting, and their answers.

use endstate_assessment::{HuntingQuery, HuntingResults, HuntingRow};
use endstate_odata::RawItem;

#[test]
fn the_query_names_every_configuration_of_the_mapping() {
    let query = HuntingQuery::DeviceStates { part: 1, parts: 2 }.to_string();
    for id in ["scid-25", "scid-91", "scid-2000", "scid-2100", "scid-6095"] {
        assert!(query.contains(&format!("\"{id}\"")), "{id}");
    }
    assert!(!query.contains("\"scid-2500\"") && query.contains("startswith \"scid-250\""));
    assert!(!query.contains('{'), "every placeholder is filled in: {query}");
    assert!(query.len() < 16 * 1024, "the service refuses long queries");
    insta::assert_snapshot!(HuntingQuery::DevicesInParts { parts: 1024 }, @"
    // endstate: how many devices each part has
    // Counted exactly: dcount() only estimates.
    DeviceInfo
    | summarize by DeviceId
    | summarize Devices = count() by Part = hash(DeviceId, 1024)
    | project Part, Devices
    ");
}

#[test]
fn live_shapes_of_values_are_read() {
    let row = r##"{"DeviceId":"0001","devicename":"ws-1","OSPlatform":"Windows11","OSArchitecture":"64-bit","Build":22631,
        "Revision@odata.type":"#Int64","Revision":"3737","FullOsVersion":{},"SensorHealthState":"Active",
        "OnboardingStatus":"Onboarded","MachineGroup":"","DeviceManualTags":"[\"red\",\"blue\"]","DeviceDynamicTags":"[]",
        "RegistryDeviceTag":"blue","LoggedOnUsers":"[{\"UserName\":\"ada\",\"DomainName\":\"CONTOSO\",\"Sid\":\"S-1-5-21\"}]",
        "IsExcluded@odata.type":"#SByte","IsExcluded":0,"LastSeen":"2026-11-25T10:00:00.1234567Z",
        "Assessed":"2026-11-25T09:00:00Z","Fail":"scid-2070 scid-2003","Pass":"scid-2000 scid-2001","NotApplicable":"scid-2090",
        "AvMode":"1","AvSignatureUpToDate":"True","MissingKbs":"5051987 5052000"}"##;
    let row = HuntingRow::read(RawItem::parse(row).unwrap()).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&row.state).unwrap());
    assert_eq!(row.missing_kbs.unwrap(), ["5051987".into(), "5052000".into()]);
}

#[test]
fn a_device_that_was_not_assessed_says_nothing_of_updates() {
    let row =
        HuntingRow::read(RawItem::parse(r#"{"DeviceId":"0001","Assessed":"","MissingKbs":{}}"#).unwrap()).unwrap();
    assert_eq!(row.missing_kbs, None);
    assert!(!row.state.assessment.unwrap().is_assessed);
}

#[test]
fn an_answer_that_is_cut_off_is_no_answer() {
    assert!(HuntingResults::parse(br#"{"schema":[],"results":[{"Part":1}"#).is_err());
    assert!(HuntingResults::parse(br#"{"error":{"code":"BadRequest"}}"#).is_err());
    let odd = HuntingResults::parse(br#"{"results":[{"Part":"x","Devices":1}]}"#).unwrap();
    assert_eq!(odd.devices_in_parts(), None);
    let texts = HuntingResults::parse(br#"{"results":[{"part":"7","DEVICES":"30"}]}"#).unwrap();
    assert_eq!(texts.devices_in_parts(), Some(vec![(7, 30)]));
}
