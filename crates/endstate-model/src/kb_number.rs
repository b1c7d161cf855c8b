//! The numbers of updates, such as `5051987` of KB5051987.

use std::cmp::Ordering;

/// Compares the numbers of two updates, so sorting puts the newest update first: Microsoft numbers
/// the articles of updates upwards. Texts that are no numbers come last.
///
/// ```
/// let mut numbers = ["999999", "5052000", "odd", "5051987"];
/// numbers.sort_by(|number, other| endstate_model::compare_kb_numbers(number, other));
/// assert_eq!(numbers, ["5052000", "5051987", "999999", "odd"]);
/// ```
pub fn compare_kb_numbers(number: &str, other: &str) -> Ordering {
    let [value, of_other] = [number, other].map(|text| text.parse::<u64>().ok());
    of_other.cmp(&value).then_with(|| number.cmp(other))
}
