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
fn only_a_guid_in_lower_case_with_its_hyphens_is_packed() {
    let guid = "01234567-89ab-cdef-0123-456789abcdef";
    let expected = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    assert_eq!(EntityKey::from(guid).as_guid(), Some([expected, expected].as_flattened().try_into().unwrap()));
    for other in [
        "01234567-89AB-cdef-0123-456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "{1234567-89ab-cdef-0123-456789abcde}",
        "01234567089ab-cdef-0123-456789abcdef",
        "0123456--89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123456789-abcdef",
        "000050e1b4afeee3742489ede9ad7a3e16bbd9c4",
    ] {
        assert!(EntityKey::from(other).as_guid().is_none(), "for {other}");
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
        left in "[0-9a-f]{40}|[0-9A-F]{40}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f-]{36}|.{0,12}",
        right in "[0-9a-f]{40}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|.{0,12}",
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
