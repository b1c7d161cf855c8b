//! Folding rows of today's collections into states.

use endstate_assessment::{AntivirusInfo, ConfigurationFold, ConfigurationRow, PropertyMapping, StateFold};
use endstate_model::{AttentionProperty, DeviceId, Entity, Machine, MachineSecurityState, ParsedState, StateSource};
use endstate_odata::{ItemReader, RawItem};
use proptest::prelude::*;

use crate::rows::{assessment, configuration, folded, item, only};

#[test]
fn what_does_not_apply_is_neither_fine_nor_a_fault() {
    let state = only(&folded(&[configuration("a", 2090, false, false), configuration("a", 2091, true, false)]));
    let names: Vec<_> = state.properties_require_attention.iter().map(AttentionProperty::as_str).collect();
    assert_eq!(names, ["BitLockerProtectionSuspended"]);
    assert!(assessment(&state).not_applicable.contains(&AttentionProperty::BitLockerUnencryptedDrives));
    assert!(!assessment(&state).is_conclusive());
}

#[test]
fn a_configuration_of_another_system_does_not_say_that_a_property_does_not_apply() {
    use AttentionProperty::{BitLockerUnencryptedDrives, EdrNoSensorData, FirewallOff};

    let is_not_applicable = |platform: &str, number: u32, property: &AttentionProperty| {
        let row = configuration("a", number, false, false).replace("\"Windows11\"", platform);
        let lists = only(&folded(&[row])).assessment.unwrap();
        assert_ne!(lists.not_known.contains(property), lists.not_applicable.contains(property));
        lists.not_applicable.contains(property)
    };
    // Each system has a configuration of its own for the sensor's data.
    for (platform, own) in [("\"Windows11\"", 2001), ("\"macOS\"", 5001), ("\"Ubuntu\"", 6001), ("null", 0)] {
        for number in [2001, 5001, 6001] {
            assert_eq!(is_not_applicable(platform, number, &EdrNoSensorData), number == own, "{platform} {number}");
        }
    }
    assert!(is_not_applicable("\"Ubuntu\"", 2070, &FirewallOff), "Linux has no configuration for it");
    assert!(!is_not_applicable("\"macOS\"", 2070, &FirewallOff));
    for platform in ["\"Ubuntu\"", "null", "\"Quantum\""] {
        assert!(is_not_applicable(platform, 2090, &BitLockerUnencryptedDrives), "only Windows has it");
    }
}

#[test]
fn a_property_without_a_row_is_not_known() {
    let state = only(&folded(&[configuration("a", 2070, true, true)]));
    let not_known = &assessment(&state).not_known;
    assert!(!not_known.contains(&AttentionProperty::FirewallOff));
    assert!(not_known.contains(&AttentionProperty::DomainProfileNotSecure));
    assert!(not_known.contains(&AttentionProperty::AppGuardOff), "nothing of today says it");
    assert!(not_known.contains(&AttentionProperty::LapsOff), "a control of today is not fine without a row");
    assert_eq!(not_known.len(), AttentionProperty::KNOWN.len() - 1);
    assert!(state.field("notKnownProperties").to_string().split(';').all(|name| name != "LapsOff"));
    assert!(!state.is_known());
}

#[test]
fn a_device_with_a_row_for_each_stated_property_is_conclusive() {
    let rows: Vec<_> = PropertyMapping::ALL
        .iter()
        .flat_map(PropertyMapping::configurations)
        .map(|id| configuration("a", id.number(), id.number() < 5000, true))
        .collect();
    let state = only(&folded(&rows));
    assert!(state.properties_require_attention.is_empty());
    assert!(state.is_known());
    assert_eq!(assessment(&state).not_known.len(), 20, "19 are never known, and updates only in hunting");
}

#[test]
fn one_failing_rule_of_nineteen_requires_attention() {
    let rules = (2500..=2518).map(|number| configuration("a", number, true, number != 2507));
    let state = only(&folded(&rules.collect::<Vec<_>>()));
    let property = AttentionProperty::ExploitGuardAttackSurfaceReductionRuleOff;
    assert!(state.properties_require_attention.contains(&property));
}

#[test]
fn a_control_of_today_is_written_in_a_list_of_its_own() {
    let state = only(&folded(&[configuration("a", 2003, true, false), configuration("a", 2070, true, false)]));
    let json = serde_json::to_string(&state).unwrap();
    assert!(json.contains(r#""propertiesRequireAttention":["FirewallOff"],"notKnownProperties":["#), "{json}");
    assert!(
        json.contains(r#""currentControls":["AntivirusTamperProtectionOff"],"notKnownControls":["EdrBlockModeOff","#),
        "{json}"
    );
    assert_eq!(ParsedState::read(item(&json)).unwrap().to_owned(), state);
    assert_eq!(MachineSecurityState::read(item(&json)).unwrap(), state);
    assert_eq!(serde_json::from_str::<MachineSecurityState>(&json).unwrap(), state);
}

#[test]
fn every_machine_is_a_state_and_one_without_rows_is_not_assessed() {
    let mut fold = StateFold::new(StateSource::Assessments);
    let machine = r#"{"id":"b","computerDnsName":"ws-1.contoso.example","osPlatform":"Windows10","osBuild":19045,
        "osProcessor":"x64","healthStatus":"ImpairedCommunication","onboardingStatus":"Onboarded","rbacGroupId":140,
        "rbacGroupName":"Servers","machineTags":["red","blue"],"lastSeen":"2026-11-25T11:54:59.5717001Z",
        "firstSeen":"0001-01-01T00:00:00Z","isExcluded":false,"riskScore":null}"#;
    fold.machine(&Machine::read(item(machine)).unwrap());
    fold.configuration(&ConfigurationRow::read(item(&configuration("c", 2000, true, true))).unwrap());

    let states: Vec<_> = fold.states().collect();
    insta::assert_snapshot!(serde_json::to_string(&states[0]).unwrap());
    assert!(!assessment(&states[0]).is_assessed && !states[0].is_known());
    assert_eq!(states[1].id, DeviceId::from("c"));
    insta::assert_debug_snapshot!(fold.counts(), @"
    FoldCounts {
        devices: 2,
        machines: 1,
        assessed: 1,
        not_assessed: 1,
        not_listed: 1,
        rows: 1,
        apart: 0,
    }
    ");
}

#[test]
fn a_row_without_a_device_or_of_another_form_is_no_row() {
    assert_eq!(ConfigurationRow::read(item(r#"{"configurationId":"scid-2000"}"#)), None);
    assert_eq!(ConfigurationRow::read(item("7")), None);
    assert_eq!(AntivirusInfo::read(item(r#"{"avMode":"0"}"#)), None);
    let odd =
        ConfigurationRow::read(item(r#"{"DeviceId":"a","ConfigurationId":7,"IsApplicable":1,"IsCompliant":"False"}"#));
    let odd = odd.unwrap();
    assert_eq!((odd.configuration, odd.is_applicable, odd.is_compliant), (None, Some(true), Some(false)));
}

#[test]
fn a_device_takes_at_most_128_bytes_beside_its_texts() {
    const DEVICES: u64 = 20_000;
    let measured = allocation_counter::measure(|| {
        let mut fold = StateFold::new(StateSource::Assessments);
        for device in 0..DEVICES {
            for number in [2000, 2001, 2070] {
                let row = configuration(&format!("{device:040x}"), number, true, true);
                fold.configuration(&ConfigurationRow::read(item(&row)).unwrap());
            }
        }
        assert_eq!(fold.counts().assessed, DEVICES);
    });
    // While a vector grows, it is in memory one and a half times; the table of places beside it.
    assert!(measured.bytes_max < DEVICES * 128 * 5 / 2, "{measured:?}");
}

#[test]
fn configurations_that_are_merged_join_the_machine_and_its_antivirus() {
    let mut fold = StateFold::new(StateSource::Export);
    let machine = r#"{"id":"a","computerDnsName":"ws-1","osPlatform":"Windows11","healthStatus":"Active"}"#;
    fold.machine(&Machine::read(item(machine)).unwrap());
    fold.antivirus(&AntivirusInfo::read(item(r#"{"machineId":"a","avMode":"2"}"#)).unwrap());
    let rows = [configuration("b", 2070, true, true), configuration("a", 2070, true, false)];
    for _ in 0..2 {
        // The second time, as a file that is read again: no state changes.
        fold.merge_configurations(&folded(&rows));
        let states: Vec<_> = fold.states().collect();
        let names: Vec<_> = states[0].properties_require_attention.iter().map(AttentionProperty::as_str).collect();
        assert_eq!(names, ["AntivirusOff", "ExploitGuardWindowsDefenderAntivirusOff", "FirewallOff"]);
        assert_eq!(states[0].device.as_deref().unwrap().name.as_deref(), Some("ws-1"));
        assert_eq!((states.len(), states[1].id.to_string()), (2, "b".to_owned()));
        assert!(states.iter().all(|state| assessment(state).is_assessed));
    }
    let counts = fold.counts();
    assert_eq!((counts.devices, counts.assessed, counts.rows, counts.apart), (2, 2, 4, 2));
}

/// Values of members: texts, an escape, nested values, white space.
const VALUES: [&str; 14] = [
    "\"a\"",
    "\"\"",
    "\"scid-2090\"",
    "\"scid-x\"",
    "true",
    "false",
    "null",
    "7",
    "\"true\"",
    "\"\\u0041\"",
    "{\"b\":1}",
    "[1]",
    " 1 ",
    "\"Unassigned\"",
];

const NAMES: [&str; 9] = [
    "deviceId",
    "DeviceId",
    "configurationId",
    "isApplicable",
    "isCompliant",
    "osVersion",
    "rbacGroupName",
    "new",
    "DeviceName",
];

/// Any row, with members in any order, some of them repeated, and white space between its tokens.
fn any_row() -> impl Strategy<Value = String> {
    let member = (prop::sample::select(&NAMES), prop::sample::select(&VALUES));
    let members = prop::collection::vec(member, 0..9);
    (members, prop::sample::select(vec!["", "", " ", "\t", "\r\n "])).prop_map(|(members, space)| {
        let written = members.iter().map(|(name, value)| format!("\"{name}\"{space}:{space}{value}{space}"));
        format!("{{{space}{}}}", written.collect::<Vec<_>>().join(&format!(",{space}")))
    })
}

#[test]
fn a_row_without_a_device_is_never_added_to_the_device_before() {
    let (mut items, mut page) = (ItemReader::default(), ConfigurationFold::new(StateSource::Assessments));
    let row = |id: &str| {
        let common = r#""deviceName":"a name that makes the rows long enough to be compared""#;
        let what = r#""configurationId":"scid-2070","isApplicable":true,"isCompliant":false"#;
        format!(r#"{{"deviceId":"{id}",{common},{what}}}"#)
    };
    let rows = [row("a"), row("a"), row(""), row(""), row(""), row("a")];
    let are_rows = rows.each_ref().map(|row| page.item(items.read(row).unwrap()));
    assert_eq!(are_rows, [true, true, false, false, false, true]);
    let mut whole = StateFold::new(StateSource::Assessments);
    page.merge_into(&mut whole);
    assert_eq!((whole.counts().devices, whole.counts().rows), (1, 3));
}

proptest! {
    #[test]
    fn rows_of_a_page_say_what_the_same_rows_say_one_by_one(rows in prop::collection::vec(any_row(), 1..12), repeats in 1_usize..3) {
        let (mut items, mut page) = (ItemReader::default(), ConfigurationFold::new(StateSource::Assessments));
        let mut one_by_one = StateFold::new(StateSource::Assessments);
        for row in rows.iter().flat_map(|row| std::iter::repeat_n(row, repeats)) {
            let is_row = page.item(items.read(row).unwrap());
            let read = ConfigurationRow::read(RawItem::parse(row).unwrap());
            prop_assert_eq!(is_row, read.is_some(), "{}", row);
            if let Some(read) = read {
                one_by_one.configuration(&read);
            }
        }
        let mut whole = StateFold::new(StateSource::Assessments);
        page.merge_into(&mut whole);
        prop_assert_eq!(whole.counts(), one_by_one.counts());
        prop_assert!(whole.states().eq(one_by_one.states()));
    }

    #[test]
    fn folds_that_are_merged_say_what_one_fold_says(
        rows in prop::collection::vec(
            ("[abc]", prop::sample::select(vec![91, 2000, 2010, 2070, 2090, 2503, 77]), any::<bool>(), any::<bool>()),
            0..40,
        ),
        cuts in prop::collection::vec(0_usize..40, 0..4),
    ) {
        let rows: Vec<_> = rows.iter().map(|(id, number, applies, complies)| configuration(id, *number, *applies, *complies)).collect();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let mut merged = StateFold::new(StateSource::Assessments);
        for part in cuts.windows(2) {
            merged.merge_configurations(&folded(&rows[part[0]..part[1]]));
        }
        let whole = folded(&rows);
        let texts = |fold: &StateFold| fold.states().map(|state| serde_json::to_string(&state).unwrap()).collect::<Vec<_>>();
        prop_assert_eq!(texts(&merged), texts(&whole));
        // Rows of a device that continue in the next part are not apart.
        prop_assert_eq!(merged.counts(), whole.counts());
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        rows in prop::collection::vec(
            ("[abc]", prop::sample::select(vec![91, 2000, 2010, 2070, 2090, 2503, 5007, 6001, 77]), any::<bool>(), any::<bool>()),
            0..40,
        ),
        seed in any::<u64>(),
    ) {
        let rows: Vec<_> = rows.iter().map(|(id, number, applies, complies)| configuration(id, *number, *applies, *complies)).collect();
        let mut other = rows.clone();
        // Some other order.
        for place in (1..other.len()).rev() {
            let with = seed.rotate_left(u32::try_from(place).unwrap()) % (place as u64 + 1);
            other.swap(place, usize::try_from(with).unwrap());
        }
        let sorted = |rows: &[String]| {
            let mut states: Vec<_> = folded(rows).states().map(|state| serde_json::to_string(&state).unwrap()).collect();
            states.sort();
            states
        };
        prop_assert_eq!(sorted(&rows), sorted(&other));
    }
}
