//! Folding vulnerabilities into the updates that devices lack.

use endstate_assessment::{ConfigurationRow, StateFold, UpdateVulnerability, VulnerabilityFold, VulnerabilityRow};
use endstate_model::{AttentionProperty, DeviceId, Entity, Machine, MachineSecurityState, StateSource};
use endstate_odata::RawItem;
use proptest::prelude::*;

fn row(device: &str, software: &str, cve: u32, severity: &str, update: &str) -> String {
    format!(
        r#"{{"id":"{device}-{cve}","deviceId":"{device}","deviceName":"ws","osPlatform":"Windows11","osVersion":"10.0.22631.3737","softwareVendor":"microsoft","softwareName":"{software}","cveId":"CVE-2026-{cve}","vulnerabilitySeverityLevel":"{severity}","recommendedSecurityUpdate":"a title","recommendedSecurityUpdateId":{update}}}"#
    )
}

fn folded(rows: &[String]) -> VulnerabilityFold {
    let mut fold = VulnerabilityFold::new();
    for row in rows {
        fold.row(&VulnerabilityRow::read(RawItem::parse(row).unwrap()).unwrap());
    }
    fold
}

fn sorted(fold: &VulnerabilityFold) -> Vec<UpdateVulnerability> {
    let mut all: Vec<_> = fold.vulnerabilities().collect();
    all.sort();
    all
}

/// The states of devices `a` to `d`, of which `d` was not assessed.
fn states() -> Vec<MachineSecurityState> {
    let mut fold = StateFold::new(StateSource::Assessments);
    for id in ["a", "b", "c"] {
        let platform = if id == "c" { "Linux" } else { "Windows11" };
        let row = format!(r#"{{"deviceId":"{id}","osPlatform":"{platform}","configurationId":"scid-2000"}}"#);
        fold.configuration(&ConfigurationRow::read(RawItem::parse(&row).unwrap()).unwrap());
    }
    let machine = RawItem::parse(r#"{"id":"d","osPlatform":"Windows11"}"#).unwrap();
    fold.machine(&Machine::read(machine).unwrap());
    fold.states().collect()
}

#[test]
fn the_updates_of_windows_are_listed_newest_first_and_other_software_is_skipped() {
    let fold = folded(&[
        row("a", "windows_11", 1, "High", r#""999999""#),
        row("a", "windows_11", 2, "Medium", r#""5051987""#),
        row("a", "windows_11", 3, "Low", r#""KB5051987""#),
        row("a", "windows_11", 4, "Low", "null"),
        row("a", "office", 5, "Critical", r#""5052999""#),
    ]);
    let missing = fold.missing_kbs(&DeviceId::from("a")).join(" ");
    assert_eq!((fold.devices(), missing.as_str()), (1, "5051987 999999"));
    let pairs: Vec<_> = sorted(&fold).iter().map(|row| format!("{} {} {}", row.kb, row.cve, row.severity)).collect();
    assert_eq!(pairs, ["5051987 CVE-2026-2 Moderate", "5051987 CVE-2026-3 Low", "999999 CVE-2026-1 Important"]);
}

#[test]
fn a_state_knows_its_updates_only_if_its_device_was_assessed_and_runs_windows() {
    let fold =
        folded(&[row("a", "windows_11", 1, "High", r#""5051987""#), row("d", "windows_11", 1, "High", r#""5""#)]);
    let property = AttentionProperty::SecurityUpdatesMissing;
    let known: Vec<_> = states()
        .iter_mut()
        .map(|state| {
            fold.complete(state);
            let assessment = state.assessment.as_ref().unwrap();
            let is_known = !assessment.not_known.contains(&property);
            assert_eq!(assessment.missing_kbs.is_some(), is_known);
            let requires = state.properties_require_attention.contains(&property);
            (state.field("missingKbs").to_string(), is_known, requires)
        })
        .collect();
    let of = |kbs: &str, is_known, requires| (kbs.to_owned(), is_known, requires);
    assert_eq!(known, [of("5051987", true, true), of("", true, false), of("", false, false), of("", false, false)]);
}

#[test]
fn updates_of_a_device_without_a_platform_are_known_only_from_rows() {
    let fold = folded(&[row("a", "windows_11", 1, "High", r#""5051987""#)]);
    let missing = |id: &str, platform: &str| {
        let row = format!(r#"{{"deviceId":"{id}","osPlatform":{platform},"configurationId":"scid-2000"}}"#);
        let mut states = StateFold::new(StateSource::Assessments);
        states.configuration(&ConfigurationRow::read(RawItem::parse(&row).unwrap()).unwrap());
        let mut state = states.states().next().unwrap();
        fold.complete(&mut state);
        let assessment = state.assessment.unwrap();
        let is_known = !assessment.not_known.contains(&AttentionProperty::SecurityUpdatesMissing);
        assert_eq!(assessment.missing_kbs.is_some(), is_known);
        assessment.missing_kbs.map(|kbs| kbs.join(" "))
    };
    for platform in ["null", "\"Quantum\""] {
        assert_eq!(missing("a", platform).as_deref(), Some("5051987"), "{platform}");
        assert_eq!(missing("b", platform), None, "{platform}");
    }
    assert_eq!(missing("b", "\"Windows11\"").as_deref(), Some(""));
}

#[test]
fn updates_join_their_device_in_any_letter_case_of_its_id() {
    const LOWER: &str = "000050e1b4afeee3742489ede9ad7a3e16bbd9c4";
    let upper = LOWER.to_ascii_uppercase();
    let fold = folded(&[row(&upper, "windows_11", 1, "High", "5"), row(LOWER, "windows_11", 2, "High", "\"6\"")]);
    assert_eq!(fold.devices(), 1);
    assert_eq!(fold.missing_kbs(&DeviceId::from(upper.as_str())).join(" "), "6 5");
    let by_number = VulnerabilityRow::read(RawItem::parse(r#"{"deviceId":17}"#).unwrap()).unwrap();
    assert_eq!(by_number.device_id, "17");
}

#[test]
fn an_update_without_a_number_is_missing_but_not_listed() {
    let fold = folded(&[row("a", "windows_11", 1, "High", r#""security update""#), row("b", "office", 1, "High", "5")]);
    let mut states = states();
    for state in &mut states {
        fold.complete(state);
    }
    let texts: Vec<_> = states.iter().map(|state| state.field("property").to_string()).collect();
    assert_eq!(texts[..2], ["SecurityUpdatesMissing", ""]);
    assert_eq!(states[0].assessment.as_ref().unwrap().missing_kbs, None, "not known which");
    assert_eq!(fold.vulnerabilities().count(), 0);
}

#[test]
fn without_all_rows_a_device_without_rows_is_not_up_to_date() {
    let mut fold = folded(&[row("a", "windows_11", 1, "High", r#""5051987""#)]);
    fold.mark_incomplete();
    let known: Vec<_> = states()
        .iter_mut()
        .map(|state| {
            fold.complete(state);
            state.assessment.as_ref().unwrap().missing_kbs.is_some()
        })
        .collect();
    assert_eq!(known, [true, false, false, false]);
}

#[test]
fn a_row_of_another_form_is_no_row_or_says_less() {
    let read =
        |json: &str| VulnerabilityRow::read(RawItem::parse(json).unwrap()).map(|row| row.windows_update().is_some());
    assert_eq!(read(r#"{"cveId":"CVE-2026-1"}"#), None);
    assert_eq!(read("7"), None);
    assert_eq!(read(r#"{"deviceId":"a","softwareName":7,"recommendedSecurityUpdateId":5}"#), Some(false));
    let file = r#"{"DeviceId":"a","SoftwareVendor":"microsoft","SoftwareName":"windows_10","RecommendedSecurityUpdateId":"5"}"#;
    assert_eq!(read(file), Some(true), "files write capital letters");
}

proptest! {
    #[test]
    fn the_order_and_repetition_of_rows_do_not_matter(
        rows in prop::collection::vec(("[abc]", 1_u32..5, prop::sample::select(vec!["Critical", "High", "Low", "odd"]), 1_u32..4), 0..30),
        turn in any::<prop::sample::Index>(),
    ) {
        let rows: Vec<_> = rows.iter().map(|(id, cve, severity, kb)| row(id, "windows_10", *cve, severity, &format!("\"{kb}\""))).collect();
        let mut other = rows.clone();
        other.rotate_left(if rows.is_empty() { 0 } else { turn.index(rows.len()) });
        other.extend(rows.iter().rev().cloned());
        let [fold, other] = [folded(&rows), folded(&other)];
        prop_assert_eq!(sorted(&fold), sorted(&other));
        for id in ["a", "b", "c"].map(DeviceId::from) {
            prop_assert_eq!(fold.missing_kbs(&id), other.missing_kbs(&id));
        }
    }
}
