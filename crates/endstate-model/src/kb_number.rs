//! The numbers of updates, such as `5051987` of KB5051987.

use std::cmp::Ordering;

/// Reads the number of an update, with or without `KB` before it. Returns `None` for any other
/// text, so no other text is shown as the name of an update.
///
/// ```
/// use endstate_model::kb_number;
///
/// assert_eq!([kb_number("KB5051987"), kb_number("5051987")], [Some("5051987"); 2]);
/// assert_eq!(kb_number("none"), None);
/// ```
pub fn kb_number(text: &str) -> Option<&str> {
    let text = text.trim();
    let has_prefix = text.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("KB"));
    let digits = if has_prefix { &text[2..] } else { text };
    let number = digits.trim_start_matches('0');
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

/// The numbers in these texts, each once, the newest update first. Texts without a number are left
/// out.
///
/// ```
/// let numbers = endstate_model::newest_kbs_first(["KB999999", "5051987", "odd", "KB5051987"]);
/// assert_eq!(numbers.join(" "), "5051987 999999");
/// ```
pub fn newest_kbs_first<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Box<str>> {
    let mut numbers: Vec<Box<str>> = texts.into_iter().filter_map(kb_number).map(Into::into).collect();
    numbers.sort_unstable_by(|number, other| compare_kb_numbers(number, other));
    numbers.dedup();
    numbers
}

/// The updates that a device lacks, from a list of them, the newest first. `None` if the list has
/// texts but no number, because then it is not known which updates they are.
///
/// ```
/// assert_eq!(endstate_model::missing_kbs([]), Some(vec![]));
/// assert_eq!(endstate_model::missing_kbs(["MS17-010"]), None);
/// ```
pub fn missing_kbs<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Vec<Box<str>>> {
    let mut texts = texts.into_iter().peekable();
    let has_texts = texts.peek().is_some();
    Some(newest_kbs_first(texts)).filter(|numbers| !has_texts || !numbers.is_empty())
}

/// Compares the numbers of two updates, so sorting puts the newest update first: Microsoft numbers
/// the articles of updates upwards. Texts that are no numbers come last.
///
/// ```
/// let mut numbers = ["999999", "5052000", "odd", "5051987"];
/// numbers.sort_by(|number, other| endstate_model::compare_kb_numbers(number, other));
/// assert_eq!(numbers, ["5052000", "5051987", "999999", "odd"]);
/// ```
pub fn compare_kb_numbers(number: &str, other: &str) -> Ordering {
    // Of two numbers without leading zeros, the longer one is larger, however long it is.
    let [value, of_other] = [number, other].map(|text| kb_number(text).map(|number| (number.len(), number)));
    of_other.cmp(&value).then_with(|| number.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_after_an_optional_prefix_are_a_number() {
        for text in ["KB5051987", "kb5051987", "Kb5051987", " 5051987 ", "05051987"] {
            assert_eq!(kb_number(text), Some("5051987"), "{text}");
        }
        for text in ["", "KB", "0", "KBKB5", "KB 5", "5 6", "5a", "-5", "+5", "1.5", "é5", "MS17-010", "٣"] {
            assert_eq!(kb_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_64_bits_is_still_the_largest() {
        let huge = "100000000000000000000";
        assert_eq!(newest_kbs_first(["9", huge, "KB9", "10"]).join(" "), format!("{huge} 10 9"));
    }
}
