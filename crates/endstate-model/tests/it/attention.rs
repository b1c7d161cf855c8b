//! The known properties, and the set of them.

use std::collections::BTreeSet;

use endstate_model::{AttentionProperties, AttentionProperty, Category};
use proptest::prelude::*;

#[test]
fn the_table_is_the_vendors_row_by_row() {
    let rows: Vec<_> = AttentionProperty::DOCUMENTED
        .iter()
        .map(|p| format!("{},{},{},{}", p.rank().unwrap(), p.as_str(), p.category(), p.display_name()))
        .collect();
    let vendors: Vec<_> = testkit::ATTENTION_PROPERTIES.lines().skip(1).collect();
    assert_eq!(rows, vendors);
    assert_eq!(rows.len(), 42);
}

#[test]
fn controls_of_today_have_no_rank_and_come_after_the_documented_ones() {
    let (documented, current) = AttentionProperty::KNOWN.split_at(42);
    assert!(documented.iter().all(|property| property.rank().is_some() && !property.is_current()));
    assert!(current.iter().all(|property| property.rank().is_none() && property.is_current()));
    assert!(!AttentionProperty::from_wire("Quantum").is_current());
}

#[test]
fn the_page_on_attention_has_every_property_under_its_category_in_order() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/attention.md")).unwrap();
    let mut category = "";
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            category = title;
        } else if let Some((name, title)) = line.strip_prefix("### `").and_then(|line| line.split_once("`: ")) {
            let property = AttentionProperty::from_wire(name);
            assert_eq!(property.category().as_str(), category, "{name}");
            let today = if property.is_current() { ", a control of today" } else { "" };
            assert_eq!(title, format!("{}{today}", property.display_name()));
            let meaning = lines.nth(1).unwrap();
            assert_eq!(property.is_informational(), meaning.starts_with("Information: "), "{name}");
            found.push(property);
        }
    }
    // The controls of today are in their categories, after the documented properties.
    found.sort_by_key(AttentionProperty::is_current);
    assert_eq!(found, AttentionProperty::KNOWN);
}

#[test]
fn every_known_value_is_read_back() {
    for property in AttentionProperty::KNOWN {
        assert_eq!(AttentionProperty::from_wire(property.as_str()), *property);
    }
}

#[test]
fn the_name_of_an_unknown_property_decides_its_category() {
    let category = |value: &str| AttentionProperty::from_wire(value).category();
    assert_eq!(category("AntivirusTamperProtectionOff"), Category::Antivirus);
    assert_eq!(category("AppGuardBroken"), Category::ApplicationGuard);
    assert_eq!(category("QuantumShieldOff"), Category::Other);
    assert_eq!(category("antivirusoff"), Category::Other);
    for property in AttentionProperty::KNOWN {
        let changed = AttentionProperty::from_wire(format!("{property}X").as_str());
        let by_name = changed.category();
        assert!(by_name == property.category() || by_name == Category::Other, "{changed}");
    }
}

fn any_property() -> impl Strategy<Value = AttentionProperty> {
    prop_oneof![
        3 => prop::sample::select(AttentionProperty::KNOWN),
        1 => "[A-Z][a-z]{1,6}".prop_map(|value| AttentionProperty::from_wire(value.as_str())),
    ]
}

proptest! {
    #[test]
    fn the_set_holds_what_was_put_in_and_iterates_in_order(properties in prop::collection::vec(any_property(), 0..60)) {
        let set: AttentionProperties = properties.iter().cloned().collect();
        let oracle: BTreeSet<_> = properties.iter().cloned().collect();
        prop_assert_eq!(set.iter().cloned().collect::<Vec<_>>(), oracle.iter().cloned().collect::<Vec<_>>());
        prop_assert_eq!(set.len(), oracle.len());
        prop_assert_eq!(set.is_empty(), oracle.is_empty());
        for property in AttentionProperty::KNOWN.iter().chain(&properties) {
            prop_assert_eq!(set.contains(property), oracle.contains(property));
        }
    }

    #[test]
    fn an_array_and_a_text_with_commas_are_the_same_set(properties in prop::collection::vec(any_property(), 0..9)) {
        let array = serde_json::to_string(&properties).unwrap();
        let text = properties.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let from_array: AttentionProperties = serde_json::from_str(&array).unwrap();
        let from_text: AttentionProperties = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
        prop_assert_eq!(&from_array, &from_text);
        let written = serde_json::to_string(&from_array).unwrap();
        prop_assert_eq!(serde_json::from_str::<AttentionProperties>(&written).unwrap(), from_array);
    }

    #[test]
    fn difference_and_intersection_are_those_of_sets(
        left in prop::collection::vec(any_property(), 0..30),
        right in prop::collection::vec(any_property(), 0..30),
    ) {
        let set = |properties: &[AttentionProperty]| properties.iter().cloned().collect::<AttentionProperties>();
        let oracle = |properties: &[AttentionProperty]| properties.iter().cloned().collect::<BTreeSet<_>>();
        let list = |set: &AttentionProperties| set.iter().cloned().collect::<Vec<_>>();

        let a = oracle(&left);
        let b = oracle(&right);
        let left = set(&left);
        let right = set(&right);

        prop_assert_eq!(list(&left.difference(&right)), a.difference(&b).cloned().collect::<Vec<_>>());
        prop_assert_eq!(list(&left.intersection(&right)), a.intersection(&b).cloned().collect::<Vec<_>>());
    }
}
