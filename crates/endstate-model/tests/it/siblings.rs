//! The collections that join with the states, from the vendor's documents.

use endstate_model::{AttentionProperty, CveKbMap, Entity, KbInfo, MachineGroup, Severity};
use endstate_odata::{KeyProperty, Page};

fn decode<E: Entity>(body: &str) -> Vec<E> {
    let page = Page::parse(body).unwrap();
    for item in page.items() {
        KeyProperty::new(E::KEY).read(*item).unwrap();
    }
    page.decode().map(Result::unwrap).collect()
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
        ["None", "Dreadful", "Low", "Critical", "Moderate", "Important"].map(Severity::from).into();
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
