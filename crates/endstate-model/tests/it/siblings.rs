//! The collections that join with the states, from the vendor's documents.

use std::collections::BTreeSet;

use endstate_model::{
    AttentionProperty, CveKbMap, Entity, FieldValue, KbInfo, MachineGroup, MachineSecurityState, Severity,
};
use endstate_odata::{KeyProperties, Page, RawItem};

fn decode<E: Entity>(body: &str) -> Vec<E> {
    let page = Page::parse(body).unwrap();
    for item in page.items() {
        KeyProperties::new(E::KEY).read(*item).unwrap();
    }
    page.items().iter().map(|item| E::read(*item).unwrap()).collect()
}

#[test]
fn machine_groups_are_read_as_documented() {
    insta::assert_debug_snapshot!(decode::<MachineGroup>(testkit::MACHINE_GROUPS), @r#"
    [
        MachineGroup {
            id: 86,
            name: Some(
                "UnassignedGroup",
            ),
            description: Some(
                "",
            ),
            ungrouped: Some(
                true,
            ),
        },
        MachineGroup {
            id: 87,
            name: Some(
                "Servers",
            ),
            description: None,
            ungrouped: None,
        },
    ]
    "#);
}

#[test]
fn updates_are_read_as_documented_and_name_their_number() {
    let updates = decode::<KbInfo>(testkit::KB_INFO);
    insta::assert_debug_snapshot!(updates, @r#"
    [
        KbInfo {
            id: "KB3097617 (10240.16549) Amd64",
            release: Some(
                "KB3097617 (10240.16549)",
            ),
            publishing_date: Some(
                "2015-10-16T21:00:00Z",
            ),
            version: Some(
                OsVersion(
                    "10.0.10240.16549",
                ),
            ),
            architecture: Some(
                Amd64,
            ),
        },
        KbInfo {
            id: "RTM (10240.16384) X86",
            release: Some(
                "RTM (10240.16384)",
            ),
            publishing_date: None,
            version: Some(
                OsVersion(
                    "10.0.10240.16384",
                ),
            ),
            architecture: Some(
                X86,
            ),
        },
    ]
    "#);

    let numbers: Vec<_> = updates.iter().map(KbInfo::kb_id).collect();
    assert_eq!(numbers, [Some("3097617"), None], "a release of another form has no number");
}

#[test]
fn vulnerabilities_are_read_as_documented_and_meet_their_update() {
    let map = decode::<CveKbMap>(testkit::CVE_KB_MAP);
    insta::assert_debug_snapshot!(map, @r#"
    [
        CveKbMap {
            cve_kb_id: "CVE-2015-2482-3097617",
            cve_id: Some(
                "CVE-2015-2482",
            ),
            kb_id: Some(
                "3097617",
            ),
            title: Some(
                "Cumulative Security Update for Internet Explorer",
            ),
            severity: Some(
                Critical,
            ),
        },
        CveKbMap {
            cve_kb_id: "CVE-2015-0000-3097617",
            cve_id: Some(
                "CVE-2015-0000",
            ),
            kb_id: Some(
                "3097617",
            ),
            title: None,
            severity: Some(
                Unknown(
                    "Dreadful",
                ),
            ),
        },
    ]
    "#);

    assert_eq!(map[0].kb_id.as_deref(), decode::<KbInfo>(testkit::KB_INFO)[0].kb_id());
}

#[test]
fn severities_are_in_the_vendors_order_and_unknown_ones_last() {
    let mut severities: Vec<_> =
        ["None", "Dreadful", "Low", "Critical", "Moderate", "Important"].map(Severity::from_wire).into();
    severities.sort();
    let names: Vec<_> = severities.iter().map(Severity::as_str).collect();
    assert_eq!(names, ["Critical", "Important", "Moderate", "Low", "None", "Dreadful"]);
}

#[test]
fn two_of_the_properties_only_inform() {
    let informing: Vec<_> = AttentionProperty::KNOWN.iter().filter(|property| property.is_informational()).collect();
    assert_eq!(
        informing,
        [&AttentionProperty::SecurityUpdatesWindowsInsiderPreview, &AttentionProperty::ThirdPartyFirewallActive]
    );
}

/// Returns the document's value of a field, as a flat table shows it.
fn cell(item: &serde_json::Value, name: &str) -> String {
    match &item[name] {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(texts) => {
            texts.iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join(";")
        }
        other => other.to_string(),
    }
}

fn fields_are_those_of<E: Entity>(body: &str) {
    let document: serde_json::Value = serde_json::from_str(body).unwrap();
    for (item, decoded) in document["value"].as_array().unwrap().iter().zip(decode::<E>(body)) {
        for field in E::FIELDS.iter().filter(|field| !field.is_derived) {
            let ours = decoded.field(field.name).to_string();
            let documents = cell(item, field.name);
            // `ours` lists texts in the order of the vendor's report, so compare without order.
            let sorted = |cell: &str| cell.split(';').map(ToOwned::to_owned).collect::<BTreeSet<_>>();
            assert_eq!(sorted(&ours), sorted(&documents), "{}", field.name);
        }
        for name in item.as_object().unwrap().keys() {
            assert!(E::FIELDS.iter().any(|field| field.name == name), "{name} is not a field of {}", E::ENTITY_SET);
        }
        assert_eq!(decoded.field("noSuchField"), FieldValue::Missing);
    }
}

#[test]
fn every_field_of_the_documents_can_be_read_by_its_name() {
    fields_are_those_of::<MachineSecurityState>(testkit::SEED_PAGE);
    fields_are_those_of::<MachineGroup>(testkit::MACHINE_GROUPS);
    fields_are_those_of::<KbInfo>(testkit::KB_INFO);
    fields_are_those_of::<CveKbMap>(testkit::CVE_KB_MAP);
}

#[test]
fn category_and_release_follow_from_the_properties_and_the_build() {
    let states = decode::<MachineSecurityState>(testkit::SEED_PAGE);
    let derived = |name: &str| states[0].field(name).to_string();
    assert_eq!(derived("category"), "EDR;Antivirus");
    assert_eq!(derived("release"), "Windows 10, version 1607 / Windows Server 2016");
}

#[test]
fn an_entity_with_only_its_id_is_what_an_item_with_only_its_id_is() {
    let read = |json: &str| RawItem::parse(json).unwrap().decode::<KbInfo>().unwrap();
    assert_eq!(KbInfo::new("KB1"), read(r#"{"id":"KB1"}"#));
    let pair: CveKbMap = RawItem::parse(r#"{"cveKbId":"CVE-1-1"}"#).unwrap().decode().unwrap();
    assert_eq!(CveKbMap::new("CVE-1-1"), pair);
    let group: MachineGroup = RawItem::parse(r#"{"id":7}"#).unwrap().decode().unwrap();
    assert_eq!(MachineGroup::new(7), group);
}
