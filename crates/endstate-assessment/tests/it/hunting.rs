//! Queries for advanced hunting, and their answers.

use endstate_assessment::{HuntingQuery, HuntingResults, HuntingRow, UpdateVulnerability};
use endstate_model::{AttentionProperty, Entity, Severity};
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

    insta::assert_snapshot!(HuntingQuery::VulnerabilitiesOfUpdates { part: 2, parts: 4 }, @r#"
    // endstate: one row for each update and each vulnerability of a part that it fixes
    let Parts = 4;
    let Part = 2;
    DeviceTvmSoftwareVulnerabilities
    | where SoftwareVendor == "microsoft" and SoftwareName startswith "windows_" and isnotempty(RecommendedSecurityUpdateId)
    | where hash(CveId, Parts) == Part
    | summarize Severity = take_any(VulnerabilitySeverityLevel) by Kb = RecommendedSecurityUpdateId, CveId
    | project Kb, CveId, Severity
    "#);
    let count = HuntingQuery::VulnerabilitiesInParts { parts: 1024 }.to_string();
    assert!(count.contains("hash(CveId, 1024)") && !count.contains('{'));
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
    assert_eq!(row.state.field("missingKbs").to_string(), "5052000;5051987", "the newest first");
}

#[test]
fn devices_are_counted_whatever_the_letter_case() {
    let id = "000050e1b4afeee3742489ede9ad7a3e16bbd9c4";
    let rows = [
        ("DeviceId", format!("\"{id}\"")),
        ("deviceid", format!("\"{}\"", id.to_uppercase())),
        ("DEVICEID", "7".to_owned()),
    ];
    let rows: Vec<_> = rows.iter().map(|(name, id)| format!("{{\"Build\":1,\"{name}\":{id}}}")).collect();
    let body = format!("{{\"results\":[{},{{\"Build\":1}}]}}", rows.join(","));
    let results = HuntingResults::parse(body.as_bytes()).unwrap();
    assert_eq!((results.len(), results.devices()), (4, 2));
}

#[test]
fn an_id_is_normalized_for_joins_and_may_be_a_number() {
    let id = |id: &str| HuntingRow::read(RawItem::parse(&format!(r#"{{"DeviceId":{id}}}"#)).unwrap()).unwrap().state.id;
    let lower = "000050e1b4afeee3742489ede9ad7a3e16bbd9c4";
    assert_eq!(id(&format!("\" {}\"", lower.to_ascii_uppercase())).to_string(), lower);
    assert_eq!([id("17").to_string(), id("\"Ws-1\"").to_string()], ["17", "Ws-1"]);
}

/// The error of a row with this column.
fn error(column: &str, value: &str) -> Option<String> {
    let row = format!(r#"{{"DeviceId":"1","{column}":{value}}}"#);
    HuntingRow::read(RawItem::parse(&row).unwrap()).err().map(|error| error.to_string())
}

#[test]
fn a_value_of_another_shape_makes_the_row_unreadable() {
    let errors = [
        ("build", "\"new\""),
        ("Revision", "4294967296"),
        ("OSPlatform", "[\"Windows11\"]"),
        ("Fail", "[\"scid-2070\"]"),
        ("MissingKbs", "{\"a\":1}"),
        ("LASTSEEN", "\"yesterday\""),
        ("IsExcluded", "\"perhaps\""),
        ("DeviceManualTags", "\"red\""),
        ("DeviceDynamicTags", "[1]"),
        ("LoggedOnUsers", r#""{\"Sid\":1}""#),
        ("AvMode", "[0]"),
    ];

    let row = |json| HuntingRow::read(RawItem::parse(json).unwrap()).unwrap_err().to_string();
    assert_eq!(row(r#"{"DeviceName":"ws-1"}"#), "the column 'DeviceId' is not an id");
    assert_eq!(row(r#"{"DeviceId":[1]}"#), "the column 'DeviceId' is not an id");
    let texts: Vec<_> = errors.iter().map(|(column, value)| error(column, value).unwrap_or_default()).collect();
    insta::assert_snapshot!(texts.join("\n"), @"
    the column 'Build' is not a whole number
    the column 'Revision' is not a whole number
    the column 'OSPlatform' is not a text
    the column 'Fail' is not a text
    the column 'MissingKbs' is not a text
    the column 'LastSeen' is not a time
    the column 'IsExcluded' is not true or false
    the column 'DeviceManualTags' is not a list of texts
    the column 'DeviceDynamicTags' is not a list of texts
    the column 'LoggedOnUsers' is not a list of users
    the column 'AvMode' is not a text
    ");
}

#[test]
fn nothing_is_no_value_whatever_its_shape() {
    for column in ["Build", "LastSeen", "IsExcluded", "DeviceManualTags", "LoggedOnUsers", "Fail", "AvMode"] {
        for nothing in ["null", "{}", "{ }", "\"\""] {
            assert_eq!(error(column, nothing), None, "{column} {nothing}");
        }
    }
    for (column, value) in [
        ("LastSeen", "\"0001-01-01T00:00:00Z\""),
        ("DeviceManualTags", "[\"red\",null]"),
        ("DeviceManualTags", "\"null\""),
        ("DeviceManualTags", "\"{}\""),
        ("LoggedOnUsers", "[{\"Sid\":\"S-1\"}]"),
        ("Build", "22631.0"),
        ("AvMode", "true"),
    ] {
        assert_eq!(error(column, value), None, "{column} {value}");
    }
}

#[test]
fn a_device_that_was_not_assessed_says_nothing_of_updates() {
    let row =
        HuntingRow::read(RawItem::parse(r#"{"DeviceId":"0001","Assessed":"","MissingKbs":{}}"#).unwrap()).unwrap();
    let assessment = row.state.assessment.unwrap();
    assert_eq!((assessment.is_assessed, assessment.missing_kbs), (false, None));
}

#[test]
fn updates_of_windows_do_not_apply_to_another_system() {
    let missing = |platform: &str, kbs: &str| {
        let row = format!(r#"{{"DeviceId":"1","OSPlatform":"{platform}","Assessed":"yes","MissingKbs":"{kbs}"}}"#);
        let assessment = HuntingRow::read(RawItem::parse(&row).unwrap()).unwrap().state.assessment.unwrap();
        let property = &AttentionProperty::SecurityUpdatesMissing;
        let does_not_apply = assessment.not_applicable.contains(property);
        let is_known = !assessment.not_known.contains(property);
        (assessment.missing_kbs.map(|kbs| kbs.join(" ")), does_not_apply, is_known)
    };
    assert_eq!(missing("Linux", ""), (None, true, true));
    assert_eq!(missing("WindowsServer2022", ""), (Some(String::new()), false, true));
    assert_eq!(missing("Windows10", "5 KB40 5"), (Some("40 5".to_owned()), false, true));
    assert_eq!(missing("Windows10", "kb5 odd KBx 7"), (Some("7 5".to_owned()), false, true));
    for platform in ["", "Quantum"] {
        assert_eq!(missing(platform, ""), (None, false, false), "'{platform}' may be Windows");
        assert_eq!(missing(platform, "5"), (Some("5".to_owned()), false, true), "only Windows has an update");
    }
}

#[test]
fn a_build_of_an_unknown_platform_is_not_one_of_windows() {
    let build = |platform: &str| {
        let row = format!(r#"{{"DeviceId":"1","OSPlatform":{platform},"Build":"22631","Revision":"5"}}"#);
        let state = HuntingRow::read(RawItem::parse(&row).unwrap()).unwrap().state;
        (state.build, state.revision)
    };
    assert_eq!(build(r#""Windows11""#), (Some(22631), Some(5)));
    assert_eq!([build("{}"), build(r#""Quantum""#)], [(None, None), (None, None)]);
}

#[test]
fn a_row_of_an_update_names_the_vulnerability_it_fixes() {
    let read = |json: &str| UpdateVulnerability::read(RawItem::parse(json).unwrap());
    let row =
        read(r##"{"kb":"KB5051987","CveId@odata.type":"#String","CveId":"CVE-2026-1","Severity":"High"}"##).unwrap();
    assert_eq!((&*row.kb, &*row.cve, row.severity), ("5051987", "CVE-2026-1", Severity::Important));
    let unrated = read(r#"{"Kb":5051987,"CveId":"CVE-2026-1","Severity":{}}"#).unwrap();
    assert_eq!((&*unrated.kb, unrated.severity), ("5051987", Severity::None));
    for (json, column) in [
        (r#"{"Kb":"","CveId":"CVE-2026-1"}"#, "Kb"),
        (r#"{"Kb":"odd","CveId":"CVE-2026-1"}"#, "Kb"),
        (r#"{"Kb":"5","CveId":{}}"#, "CveId"),
        (r#"{"Kb":"5","CveId":"CVE-2026-1","Severity":["High"]}"#, "Severity"),
    ] {
        assert_eq!(read(json).unwrap_err().column, column, "{json}");
    }
    let counts = HuntingResults::parse(br#"{"results":[{"Part":7,"Vulnerabilities":30}]}"#).unwrap();
    assert_eq!(counts.vulnerabilities_in_parts(), Some(vec![(7, 30)]));
}

#[test]
fn an_answer_that_is_cut_off_is_no_answer() {
    assert!(HuntingResults::parse(br#"{"schema":[],"results":[{"Part":1}"#).is_err());
    assert!(HuntingResults::parse(br#"{"error":{"code":"BadRequest"}}"#).is_err());
    let continued = br#"{"results":[{"Part":1}],"@odata.nextLink":"https://host/more"}"#;
    assert!(HuntingResults::parse(continued).is_err(), "a part of the rows is elsewhere");
    let odd = HuntingResults::parse(br#"{"results":[{"Part":"x","Devices":1}]}"#).unwrap();
    assert_eq!(odd.devices_in_parts(), None);
    let texts = HuntingResults::parse(br#"{"results":[{"part":"7","DEVICES":"30"}]}"#).unwrap();
    assert_eq!(texts.devices_in_parts(), Some(vec![(7, 30)]));
}
