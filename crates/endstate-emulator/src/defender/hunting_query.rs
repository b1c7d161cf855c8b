//! The queries that the emulator can answer. It knows their text, and does not run any language.

/// A query with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HuntingQuery {
    /// One row for each device of a part.
    DeviceStates { parts: u64, part: u64, configurations: Vec<String> },
    /// How many devices each part has.
    DevicesInParts { parts: u64 },
    /// One row for each update and each vulnerability of a part that it fixes.
    VulnerabilitiesOfUpdates { parts: u64, part: u64 },
    /// How many such rows each part has.
    VulnerabilitiesInParts { parts: u64 },
}

const DEVICE_STATES: &str = include_str!("queries/device-states.kql");
const DEVICES_IN_PARTS: &str = include_str!("queries/devices-in-parts.kql");
const VULNERABILITIES_OF_UPDATES: &str = include_str!("queries/vulnerabilities-of-updates.kql");
const VULNERABILITIES_IN_PARTS: &str = include_str!("queries/vulnerabilities-in-parts.kql");

impl HuntingQuery {
    /// Returns the query with this text, or `None` if the text is any other one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(values) = values(DEVICES_IN_PARTS, text) {
            return Some(Self::DevicesInParts { parts: number(&values, "parts")? });
        }
        if let Some(values) = values(VULNERABILITIES_IN_PARTS, text) {
            return Some(Self::VulnerabilitiesInParts { parts: number(&values, "parts")? });
        }
        if let Some(values) = values(VULNERABILITIES_OF_UPDATES, text) {
            let [parts, part] = ["parts", "part"].map(|name| number(&values, name));
            return Some(Self::VulnerabilitiesOfUpdates { parts: parts?, part: part? });
        }
        let values = values(DEVICE_STATES, text)?;
        let list = values.iter().find(|(name, _)| *name == "configurations")?.1;
        let configurations: Option<Vec<_>> = list.split(',').map(|id| quoted(id.trim())).collect();
        Some(Self::DeviceStates {
            parts: number(&values, "parts")?,
            part: number(&values, "part")?,
            configurations: configurations?,
        })
    }
}

/// Returns the value of each placeholder in a text that is otherwise the template.
fn values<'t>(template: &'static str, text: &'t str) -> Option<Vec<(&'static str, &'t str)>> {
    let mut values = Vec::new();
    let mut template = template.trim();
    let mut text = text.trim();

    while let Some((literal, rest)) = template.split_once('{') {
        let (name, rest) = rest.split_once('}')?;
        text = text.strip_prefix(literal)?;
        // The value ends where the literal text after it begins.
        let next = rest.split_once('{').map_or(rest, |(next, _)| next);
        let end = text.find(next)?;
        values.push((name, &text[..end]));
        (template, text) = (rest, &text[end..]);
    }
    (template == text).then_some(values)
}

fn number(values: &[(&str, &str)], name: &str) -> Option<u64> {
    let mut all = values.iter().filter(|(its, _)| *its == name).map(|(_, value)| value.parse::<u64>().ok());
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

fn quoted(text: &str) -> Option<String> {
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_values_are_read_as_they_were_filled_in(
            parts: u64, part: u64, ids in proptest::collection::vec("scid-[0-9]{1,5}", 1..40)
        ) {
            let listed: Vec<_> = ids.iter().map(|id| format!("\"{id}\"")).collect();
            let filled = DEVICE_STATES
                .replace("{parts}", &parts.to_string())
                .replace("{part}", &part.to_string())
                .replace("{configurations}", &listed.join(","));
            let expected = HuntingQuery::DeviceStates { parts, part, configurations: ids };
            prop_assert_eq!(HuntingQuery::parse(&filled), Some(expected));
        }

        #[test]
        fn any_text_between_the_parts_of_a_query_is_read_without_a_panic(values in "\\PC{0,40}") {
            let filled = DEVICE_STATES.replace("{part}", &values).replace("{configurations}", &values);
            prop_assert!(HuntingQuery::parse(&filled).is_none());
        }
    }

    #[test]
    fn a_query_is_known_by_its_text_and_its_values_are_read() {
        let filled = DEVICE_STATES
            .replace("{parts}", "8")
            .replace("{part}", "3")
            .replace("{configurations}", r#""scid-2000", "scid-2010""#);
        let configurations = vec!["scid-2000".to_owned(), "scid-2010".to_owned()];
        assert_eq!(
            HuntingQuery::parse(&filled),
            Some(HuntingQuery::DeviceStates { parts: 8, part: 3, configurations })
        );
        assert_eq!(
            HuntingQuery::parse(&DEVICES_IN_PARTS.replace("{parts}", "4")),
            Some(HuntingQuery::DevicesInParts { parts: 4 })
        );
        assert_eq!(
            HuntingQuery::parse(&VULNERABILITIES_IN_PARTS.replace("{parts}", "4")),
            Some(HuntingQuery::VulnerabilitiesInParts { parts: 4 })
        );
        assert_eq!(
            HuntingQuery::parse(&VULNERABILITIES_OF_UPDATES.replace("{parts}", "4").replace("{part}", "2")),
            Some(HuntingQuery::VulnerabilitiesOfUpdates { parts: 4, part: 2 })
        );
    }

    #[test]
    fn a_query_with_any_other_text_is_not_known() {
        let filled = DEVICES_IN_PARTS.replace("{parts}", "4");
        for other in ["", "DeviceInfo", "DeviceEvents | take 1", DEVICES_IN_PARTS] {
            assert_eq!(HuntingQuery::parse(other), None, "{other}");
        }
        assert_eq!(HuntingQuery::parse(&filled.replace("count()", "dcount(DeviceId)")), None);
        assert_eq!(HuntingQuery::parse(&format!("{filled}\n| take 5")), None);
    }
}
