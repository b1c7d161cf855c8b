//! Names that people type, and values that go out as JSON and come back.

use endstate_model::{Architecture, AttentionProperties, AttentionProperty, Category, Date, Severity};
use proptest::prelude::*;

#[test]
fn what_people_type_is_read_without_regard_to_case() {
    for property in AttentionProperty::KNOWN {
        assert_eq!(property.as_str().to_uppercase().parse().as_ref(), Ok(property));
    }
    assert_eq!("ARM64".parse(), Ok(Architecture::Arm64));
    assert_eq!("important".parse(), Ok(Severity::Important));
    for category in Category::ALL {
        assert_eq!(category.to_string().parse(), Ok(category));
        assert_eq!(category.short_name().to_lowercase().parse(), Ok(category));
    }
}

#[test]
fn an_unknown_name_is_an_error_with_the_nearest_one() {
    let errors = [
        "FirewalOff".parse::<AttentionProperty>().unwrap_err(),
        "arm46".parse::<Architecture>().unwrap_err(),
        "CredentialGuar".parse::<Category>().unwrap_err(),
        "Dreadful".parse::<Severity>().unwrap_err(),
    ];
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"), @"
    unknown name 'FirewalOff'; did you mean 'FirewallOff'?
    unknown name 'arm46'; did you mean 'Arm64'?
    unknown name 'CredentialGuar'; did you mean 'Credential Guard'?
    unknown name 'Dreadful'
    ");
}

#[test]
fn what_the_service_sends_is_kept_although_it_is_unknown() {
    assert_eq!(AttentionProperty::from_wire("FirewalOff").as_str(), "FirewalOff");
    assert!(matches!(Architecture::from_wire("arm64"), Architecture::Unknown(_)), "the wire form has one case");
}

#[test]
fn a_date_is_four_two_and_two_digits_of_a_day_that_exists() {
    assert_eq!("2026-11-27".parse(), Ok(Date::new(2026, 11, 27).unwrap()));
    for text in ["", "2026-11", "2026-11-27-1", "2026-13-01", "2026-02-29", "26-11-27", "2026-1-27", "+026-11-27"] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
    assert_eq!("x".parse::<Date>().unwrap_err().to_string(), "not a date, such as 2026-10-13");
}

#[test]
fn dates_and_categories_are_texts_in_json() {
    let json = serde_json::to_string(&(Date::new(2026, 11, 27), Category::SecurityUpdates)).unwrap();
    assert_eq!(json, r#"["2026-11-27","OS security updates"]"#);
    assert_eq!(serde_json::from_str::<(Date, Category)>(&json).unwrap().1, Category::SecurityUpdates);
    assert!(serde_json::from_str::<Category>("\"Antivirs\"").is_err());
    assert!(serde_json::from_str::<Date>("\"2026-02-29\"").is_err());
}

#[test]
fn a_set_of_properties_grows_by_values_and_by_references() {
    let properties = [AttentionProperty::FirewallOff, AttentionProperty::from_wire("New")];
    let mut by_reference = AttentionProperties::new();
    by_reference.extend(&properties);
    assert_eq!(by_reference, properties.into_iter().collect());
}

proptest! {
    #[test]
    fn every_day_is_read_as_it_is_shown(year in 0_u16..=9999, month in 1_u8..=12, day in 1_u8..=31) {
        if let Some(date) = Date::new(year, month, day) {
            prop_assert_eq!(date.to_string().parse(), Ok(date));
        }
    }

    #[test]
    fn any_text_is_a_date_or_an_error(text in "\\PC{0,12}|[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}") {
        if let Ok(date) = text.parse::<Date>() {
            prop_assert_eq!(date.to_string(), text);
        }
    }
}
