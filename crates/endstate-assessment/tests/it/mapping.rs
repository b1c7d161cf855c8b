//! The mapping, against the table that it was made from and against the model.

use std::collections::BTreeMap;

use endstate_assessment::{Confidence, PropertyMapping};
use endstate_model::AttentionProperty;

fn with(confidence: Confidence, of: &[AttentionProperty]) -> Vec<&'static str> {
    let rows = of.iter().map(|property| PropertyMapping::for_property(property).unwrap());
    rows.filter(|row| row.confidence == confidence).map(|row| row.property.as_str()).collect()
}

#[test]
fn of_the_documented_properties_18_are_stated_and_19_are_never_known() {
    let documented = AttentionProperty::DOCUMENTED;
    assert_eq!(documented.len(), 42);
    assert_eq!(with(Confidence::Direct, documented).len(), 18);
    assert_eq!(with(Confidence::Partial, documented).len(), 5);
    assert_eq!(with(Confidence::AbsenceOnly, documented).len(), 10);
    assert_eq!(with(Confidence::Never, documented).len(), 9);
    for row in PropertyMapping::ALL {
        assert_eq!(row.can_be_known(), row.configurations().next().is_some() || !row.also.is_empty(), "{row:?}");
    }
}

#[test]
fn the_model_knows_which_properties_are_stated_today() {
    for property in AttentionProperty::DOCUMENTED {
        let is_direct = PropertyMapping::for_property(property).unwrap().confidence == Confidence::Direct;
        assert_eq!(is_direct, property.is_stated_today(), "{property}");
    }
}

#[test]
fn each_controls_configuration_is_of_one_platform_or_one_of_three() {
    let mut by_number: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for row in PropertyMapping::ALL {
        for id in row.configurations() {
            by_number.entry(id.number()).or_default().push(row.property.as_str());
        }
    }
    let shared: Vec<_> = by_number.iter().filter(|(_, properties)| properties.len() > 1).collect();
    assert_eq!(shared, [(&2010, &vec!["AntivirusOff", "ExploitGuardWindowsDefenderAntivirusOff"])]);
    assert_eq!(by_number.len(), 67, "{:?}", by_number.keys());
}

#[test]
fn a_property_that_is_not_known_has_no_row() {
    assert_eq!(PropertyMapping::for_property(&AttentionProperty::from_wire("Quantum")), None);
}

#[test]
fn every_configuration_of_the_mapping_has_a_name() {
    for id in PropertyMapping::ALL.iter().flat_map(PropertyMapping::configurations) {
        assert!(id.name().is_some_and(|name| name.len() > 8), "{id}");
    }
    assert_eq!(endstate_assessment::ConfigurationId::new(7).name(), None);
}

#[test]
fn the_page_on_sources_has_every_row_of_the_mapping() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sources.md")).unwrap();
    let mut lines = page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 5);
    let mut lines = lines.by_ref().skip_while(|line| !line.contains("EdrSensorOff"));
    for row in PropertyMapping::ALL {
        let line = lines.next().unwrap();
        let begin = format!("| `{}` | {} | ", row.property, row.confidence.as_str());
        assert!(line.starts_with(&begin), "{line} is not {begin}");
        assert!(line.contains(row.also) && line.ends_with(&format!("| {} |", row.note)), "{line}");
    }
}
