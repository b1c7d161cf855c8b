//! Keys: small, and equal exactly when their texts are.

use std::collections::HashSet;

use endstate_odata::EntityKey;
use proptest::prelude::*;

#[test]
fn a_key_takes_24_bytes() {
    assert_eq!(size_of::<EntityKey>(), 24);
}

#[test]
fn only_forty_lower_case_digits_are_packed() {
    assert!(EntityKey::from("000050e1b4afeee3742489ede9ad7a3e16bbd9c4").as_digest().is_some());
    for other in [
        "000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4",
        "000050e1b4afeee3742489ede9ad7a3e16bbd9c",
        "121688558380765161_2136280442",
        "",
    ] {
        assert!(EntityKey::from(other).as_digest().is_none(), "for {other}");
        assert_eq!(EntityKey::from(other).to_string(), other);
    }
}

#[test]
fn width_and_alignment_are_respected() {
    assert_eq!(format!("[{:<6}]", EntityKey::from("abc")), "[abc   ]");
}

proptest! {
    #[test]
    fn keys_compare_hash_and_print_as_their_texts(
        left in "[0-9a-f]{40}|[0-9A-F]{40}|.{0,12}",
        right in "[0-9a-f]{40}|.{0,12}",
    ) {
        let a = EntityKey::from(left.as_str());
        let b = EntityKey::from(right.as_str());

        prop_assert_eq!(a.cmp(&b), left.as_str().cmp(right.as_str()));
        prop_assert_eq!(a == b, left == right);
        prop_assert_eq!(a.to_string(), left.as_str());
        prop_assert_eq!(HashSet::from([a.clone(), b.clone()]).len(), HashSet::from([&left, &right]).len());
        if !left.is_empty() {
            let json = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(serde_json::from_str::<EntityKey>(&json).unwrap(), a);
        }
    }
}
