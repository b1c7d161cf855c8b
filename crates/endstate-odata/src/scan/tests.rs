//! The scanner accepts what `serde_json` accepts, and nothing else.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

/// Reads a text that is one whole value, both with the scanner and with `serde_json`.
fn both(text: &str) -> (Option<&str>, Option<&str>) {
    let scan = |is_plain: bool| {
        let mut scanner = Scanner::with(text, is_plain);
        let value = scanner.value().filter(|_| scanner.peek().is_none() && scanner.at == text.len());
        value.map(|place| &text[place])
    };
    let value = scan(false);
    if crate::item::Form::for_text(text.as_bytes()).is_plain {
        assert_eq!(scan(true), value, "{text}");
    }
    (value, serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get))
}

const VALUES: &str = r#"
    null   true   false   0   -0   12   -1.5   1e9   1.25E-7
    ""   "a\"b\u00e9\n"   "\ud800"   "é"   "ordinary text of more than eight bytes"
    []   {}   {"a":{"b":[null,"x"]},"c":1}
"#;

const NOT_VALUES: &str = r#"
    nul   tru"e"   01   1.   .5   1e   +1   -   "   "\x"   "\u12g4"
    [1,]   [,1]   [1}   [   {"a"}   {"a":}   {"a":1,}   {a:1}   {"a":1]   {
"#;

/// The texts of a list, which three spaces separate.
fn listed(texts: &str) -> impl Iterator<Item = &str> {
    texts.lines().flat_map(|line| line.trim().split("   ")).filter(|text| !text.is_empty())
}

#[test]
fn values_of_every_kind_are_skipped() {
    for text in listed(VALUES).chain([" [ 1 , [ ] , { } ] ", "{ \"a\" : \"b\" }"]) {
        let (scanned, serde) = both(text);
        assert!(scanned.is_some(), "{text}");
        assert_eq!(scanned, serde, "{text}");
    }
}

#[test]
fn text_that_is_not_a_json_value_is_refused() {
    for text in listed(NOT_VALUES).chain(["", " ", "1 2", "\"a\nb\"", "\u{b}1"]) {
        assert_eq!(both(text), (None, None), "{text}");
    }
}

#[test]
fn nesting_of_any_depth_is_followed() {
    for depth in [1, 63, 64, 65, 127, 128, 129, 1000, 100_000] {
        let mut open = String::new();
        let mut close = String::new();
        for level in 0..depth {
            open.push_str(if level % 3 == 0 { "{\"a\":" } else { "[" });
            close.insert(0, if level % 3 == 0 { '}' } else { ']' });
        }

        let text = format!("{open}1{close}");
        assert_eq!(Scanner::with(&text, false).value(), Some(0..text.len()), "{depth}");
        let wrong = text.replacen("1}", "1]", 1).replacen("1]]", "1}]", 1);
        if wrong != text {
            assert_eq!(Scanner::with(&wrong, false).value(), None, "{depth}");
        }
    }
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| format!("{number:e}")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap_or_default()),
    ];

    leaf.prop_recursive(4, 40, 5, |inner| {
        let space = prop::sample::select(&["", " ", "\n\t"][..]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), space.clone())
                .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(&format!("{space},")))),
            (prop::collection::vec((any::<String>(), inner), 0..5), space).prop_map(|(members, space)| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{}{space}:{value}", serde_json::to_string(name).unwrap_or_default()))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_passed_over_as_serde_json_does(text in any_json()) {
        let (scanned, serde) = both(&text);
        prop_assert!(scanned.is_some());
        prop_assert_eq!(scanned, serde);
    }

    #[test]
    fn nothing_is_accepted_that_serde_json_refuses(
        text in any_json(),
        at in 0.0_f64..1.0,
        with in any::<char>(),
        cut in any::<bool>(),
    ) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in the text"
        )]
        let place = (at * text.chars().count() as f64) as usize;
        let mut letters: Vec<char> = text.chars().collect();
        if cut {
            letters.truncate(place);
        } else if place < letters.len() {
            letters[place] = with;
        }
        let spoiled: String = letters.into_iter().collect();
        let (scanned, serde) = both(&spoiled);
        prop_assert!(scanned.is_none() || scanned == serde, "{} {:?} {:?}", spoiled, scanned, serde);
    }

    #[test]
    fn any_text_that_is_accepted_is_json(text in "[\\[\\]{}:,\"\\\\ntrue0-9.eE+\\- ]{0,24}") {
        let (scanned, serde) = both(&text);
        prop_assert!(scanned.is_none() || scanned == serde);
    }
}
