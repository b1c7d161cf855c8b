//! Reads pages whose members occur several times, under either name and with any value. A page that
//! is read has one value of each.
#![no_main]

use std::collections::BTreeMap;

use endstate_odata::Page;
use libfuzzer_sys::fuzz_target;

/// Members of an envelope: what they are, and how they may be written.
const NAMES: [(&str, &str); 8] = [
    ("link", "@odata.nextLink"),
    ("link", "@nextLink"),
    ("link", "@odata.next\\u004cink"),
    ("count", "@odata.count"),
    ("count", "@count"),
    ("value", "value"),
    ("value", "v\\u0061lue"),
    ("other", "@odata.other"),
];

const VALUES: [(&str, &[&str]); 4] = [
    ("link", &["null", "\"https://host/a\"", "\"https://host/b\"", "\"https://host/\\u0061\""]),
    ("count", &["1", "1.0", "\"1\"", "2", "18446744073709551616", "null"]),
    ("value", &["[]", "[{}]", "[1,2]", "[{\"id\":\"a\"}]"]),
    ("other", &["1", "{}"]),
];

fuzz_target!(|members: Vec<(u8, u8)>| {
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut written = Vec::new();
    for (name, value) in members {
        let (what, name) = NAMES[usize::from(name) % NAMES.len()];
        let (_, choices) = VALUES.iter().find(|(values_of, _)| *values_of == what).expect("every member has values");
        let value = choices[usize::from(value) % choices.len()];
        values.entry(what).or_default().push(value);
        written.push(format!("\"{name}\":{value}"));
    }
    let body = format!("{{{}}}", written.join(","));
    let Ok(page) = Page::parse(&body) else { return };

    let same = |what: &str, read: fn(&str) -> String| {
        let mut read: Vec<_> = values.get(what).into_iter().flatten().map(|value| read(value)).collect();
        read.dedup();
        assert!(read.len() <= 1, "{body} was read with two values of {what}");
    };
    same("link", |link| serde_json::from_str::<Option<String>>(link).expect("a link or null").unwrap_or_default());
    same("count", |count| count.trim_matches('"').trim_end_matches(".0").to_owned());
    assert!(values["value"].len() == 1, "{body} was read with two lists");
    assert!(page.items().len() <= 2);
});
